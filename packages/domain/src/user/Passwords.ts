import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { PasswordHash } from "./PasswordHash.ts"
import type { UserId } from "./UserId.ts"

/** The passwords of a person, as hashes. */
export interface HeldPasswords {
  /** The one that the person signs in with. */
  readonly current: PasswordHash
  /** The one that the identity provider sent last, which need not be the current one. */
  readonly synced: PasswordHash | undefined
}

/**
 * People's passwords (port). They are no part of the SCIM state: the directory writes the one that an identity provider
 * sent together with the change that it came in, and `PasswordLinks` the one that a person chose.
 */
export class Passwords extends Context.Service<
  Passwords,
  {
    /** Of a person who is there, active or not; undefined where there is no such person, or no password. */
    find(organization: OrganizationId, user: UserId): Effect.Effect<HeldPasswords | undefined, StoreUnavailable>
  }
>()("@rollcall/domain/user/Passwords") {}
