import { Context, type Effect, Schema } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"

/** For so long attempts are counted together, from the first of them, in milliseconds. */
export const attemptWindow = 15 * 60_000

/**
 * So many passwords may be tried within a window: for one e-mail, which stops guessing one person's password, and, not
 * counting those that were right, by one key, which slows down trying one password on everybody. The second is far above
 * what a large company mistypes on a Monday morning: it would lock everybody out.
 */
export const attemptLimits = { person: 10, key: 5_000 } as const

/** Whom or what attempts are counted for. */
export interface AttemptSubject {
  readonly kind: keyof typeof attemptLimits
  /** A digest of the e-mail's comparison key, or the id of the access key. */
  readonly id: string
}

/** Attempts that were counted: how many, this one included, and when the first of them was, in milliseconds. */
export interface CountedAttempts {
  readonly attempts: number
  readonly since: number
}

/** Too many passwords were tried: the HTTP edge makes it 429 with `Retry-After`. Whether there is such a person plays no part. */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  detail: Schema.String,
  /** After how many seconds the next attempt is looked at. */
  retryAfter: Schema.Int
}) {
  override get message(): string {
    return this.detail
  }
}

/** Whether an attempt may be looked at, and after how many seconds one will be; `isFirst` of the refused ones of a window. */
export const judgeAttempts = (
  kind: AttemptSubject["kind"],
  { attempts, since }: CountedAttempts,
  now: number
): { readonly retryAfter: number; readonly isFirst: boolean } | undefined =>
  attempts <= attemptLimits[kind]
    ? undefined
    : {
        // Servers' clocks differ: never none, never more than a window.
        retryAfter: Math.min(attemptWindow / 1_000, Math.max(1, Math.ceil((since + attemptWindow - now) / 1_000))),
        isFirst: attempts === attemptLimits[kind] + 1
      }

/**
 * Counts attempts at passwords (port), for all servers together. Counting is atomic: of any number of attempts at once, on
 * any number of servers, each is given a number of its own, so that no more than the limit are looked at.
 */
export class PasswordAttempts extends Context.Service<
  PasswordAttempts,
  {
    /** Counts one more, before it is looked at; where the window of the earlier ones is over, it is the first. */
    take(
      organization: OrganizationId,
      subject: AttemptSubject,
      now: number
    ): Effect.Effect<CountedAttempts, StoreUnavailable>
    /** Those of the person are forgotten, and the key's counted one less: the password was right. */
    forgive(
      organization: OrganizationId,
      person: AttemptSubject,
      key: AttemptSubject
    ): Effect.Effect<void, StoreUnavailable>
  }
>()("@rollcall/domain/user/PasswordAttempts") {}
