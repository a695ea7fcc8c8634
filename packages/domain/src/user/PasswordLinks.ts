import { Context, type Effect, type Redacted } from "effect"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { UserId } from "./UserId.ts"

/** What a link is for: the first password (welcome), or another one in place of what an identity provider sent. */
export type PasswordLinkPurpose = "set" | "reset"

/** How long a link works, in milliseconds: 72 hours (R-MAIL-1). */
export const passwordLinkLifetime = 72 * 60 * 60 * 1_000

/** So long after its end a link is still known as expired, in milliseconds; then it is forgotten. */
export const passwordLinkMemory = 30 * 24 * 60 * 60 * 1_000

/** A link that was just made: its token is known to nobody else, and is never to be had again. */
export interface IssuedPasswordLink {
  readonly token: Redacted.Redacted<string>
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number
}

/**
 * How a link stands. `void`: its person set the password by another link, has another e-mail than the one that it was
 * sent to, or may not sign in.
 */
export type PasswordLinkState = "live" | "used" | "expired" | "void"

/** A link as it is kept; times in milliseconds. */
export interface StandingPasswordLink {
  /** The hash of its token. */
  readonly tokenHash: string
  readonly user: UserId
  readonly expiresAt: number
  readonly used: boolean
  /** Another link of the person was used. */
  readonly replaced: boolean
  /** The comparison key of the address that the link was sent to. */
  readonly sentToKey: string
}

/** What the state of a link follows from. */
export interface PasswordLinkFacts extends Omit<StandingPasswordLink, "tokenHash" | "user"> {
  /** The comparison key of the person's e-mail; undefined where they have none. */
  readonly emailKey: string | undefined
  /** The person is there and active. */
  readonly mayUse: boolean
}

/** How a link stands at a time (ABUSE-19). */
export const passwordLinkState = (link: PasswordLinkFacts, now: number): PasswordLinkState => {
  if (link.used) return "used"
  if (link.replaced || !link.mayUse || link.sentToKey !== link.emailKey) return "void"
  return link.expiresAt > now ? "live" : "expired"
}

/** A link as it stands, and whose it is. */
export interface PasswordLink {
  readonly organization: Pick<Organization, "id" | "subdomain" | "name" | "singleSignOn">
  readonly user: UserId
  /** The person's SCIM attributes. */
  readonly attributes: JsonObject
  readonly purpose: PasswordLinkPurpose
  readonly state: PasswordLinkState
}

/**
 * Links by which people set their password (port): single use, 72 hours, kept only as the hash of their token.
 *
 * A link dies with what it rests on: the person deactivated or deleted, or another e-mail than the one that it was sent
 * to (ABUSE-19). That is judged when the link is used, against the person as they stand then ({@link OwnPassword}).
 */
export class PasswordLinks extends Context.Service<
  PasswordLinks,
  {
    /**
     * Makes a link for the mail that is about to go to the address `sentTo`, the person's e-mail. Each call makes
     * another token; those made before stay as they are, since one mail may have gone out already.
     */
    issue(
      organization: OrganizationId,
      user: UserId,
      purpose: PasswordLinkPurpose,
      sentTo: string
    ): Effect.Effect<IssuedPasswordLink, StoreUnavailable>
    /** The link of a token; undefined for a token that is unknown or malformed. Changes nothing. */
    look(token: Redacted.Redacted<string>): Effect.Effect<PasswordLink | undefined, StoreUnavailable>
  }
>()("@rollcall/domain/user/PasswordLinks") {}
