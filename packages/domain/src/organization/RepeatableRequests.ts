import { Context, type Effect } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { OrganizationId } from "./Organization.ts"

/** For so long an answer is kept to be repeated, in milliseconds. */
export const repeatableFor = 24 * 3_600_000

/** For so long a request is taken to be under way where nobody tells what came of it, in milliseconds: its server died. */
export const runningFor = 60_000

/** What names a request that may come again: the caller's key, and what the caller named it. */
export interface RepeatableName {
  readonly organization: OrganizationId
  readonly keyId: string
  readonly idempotencyKey: string
}

/** An answer as it went out. */
export interface RepeatableAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** What stands of a request of that name. Times are milliseconds since 1970 UTC. */
export interface HeldRequest {
  readonly requestHash: string
  readonly begunAt: number
  readonly outcome: RepeatableAnswer | "running" | "secret"
}

/** How a request is to be met. */
export type Meeting =
  /** Nobody has carried it out: the caller does, and tells by the token what came of it. */
  | { readonly _tag: "Begun"; readonly token: string }
  /** It was carried out: this was the answer. */
  | { readonly _tag: "Repeat"; readonly answer: RepeatableAnswer }
  /** It was carried out, and the answer held a secret, which is shown once. */
  | { readonly _tag: "Secret" }
  /** It is under way. */
  | { readonly _tag: "Running" }
  /** The name was used for another request. */
  | { readonly _tag: "Another" }

/** How a request meets what stands of its name; undefined where it begins. */
export const meet = (
  held: HeldRequest | undefined,
  requestHash: string,
  now: number
): Exclude<Meeting, { readonly _tag: "Begun" }> | undefined => {
  if (held === undefined || now - held.begunAt >= repeatableFor) return undefined
  if (held.requestHash !== requestHash) return { _tag: "Another" }
  if (held.outcome === "secret") return { _tag: "Secret" }
  if (held.outcome !== "running") return { _tag: "Repeat", answer: held.outcome }
  return now - held.begunAt < runningFor ? { _tag: "Running" } : undefined
}

/**
 * Requests that their callers have named, so that one which comes again is not carried out twice (port). Of any number
 * of equal ones at once exactly one begins, on whichever servers they arrive.
 */
export class RepeatableRequests extends Context.Service<
  RepeatableRequests,
  {
    begin(name: RepeatableName, requestHash: string): Effect.Effect<Meeting, StoreUnavailable>
    /** Keeps the answer, or that it was given once and is not kept; nothing where another has begun meanwhile. */
    finish(
      name: RepeatableName,
      token: string,
      answer: RepeatableAnswer | "secret"
    ): Effect.Effect<void, StoreUnavailable>
    /** Forgets the request: nothing came of it, and the next of the name begins. */
    abandon(name: RepeatableName, token: string): Effect.Effect<void, StoreUnavailable>
  }
>()("@rollcall/domain/organization/RepeatableRequests") {}
