import { Clock, Context, Effect, Layer, type Redacted } from "effect"
import { Digest } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { KnownPeople } from "../directory/KnownPeople.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { refuse } from "../directory/Submission.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { comparisonKey } from "../scim/Comparison.ts"
import { ScimError } from "../scim/ScimError.ts"
import { type Access, accessOf, type PasswordAnswer, passwordAnswer, passwordsOff } from "./Access.ts"
import { type AttemptSubject, judgeAttempts, PasswordAttempts, TooManyAttempts } from "./PasswordAttempts.ts"
import { PasswordCheck } from "./PasswordCheck.ts"
import type { User } from "./User.ts"

/** What the product next door asks before it lets somebody in, or writes to them (R-API-2). */
export class AccessCheck extends Context.Service<
  AccessCheck,
  {
    /** Whether the person with this as *the email* may sign in and be notified. */
    check(organization: OrganizationId, email: string): Effect.Effect<Access, StoreUnavailable>
    /**
     * Whether somebody may sign in with a password. For an e-mail that nobody has, as for somebody without a password, the
     * same is looked up, a hash of the same cost is computed, and the answer is that of a wrong password. Attempts are
     * limited per e-mail and per key; the first that is refused in a window leaves an entry in the log.
     */
    checkPassword(
      caller: Caller,
      email: string,
      password: Redacted.Redacted<string>
    ): Effect.Effect<PasswordAnswer, TooManyAttempts | StoreUnavailable>
  }
>()("@rollcall/domain/user/AccessCheck") {
  static readonly layer: Layer.Layer<
    AccessCheck,
    never,
    Directory | PeopleLookup | PasswordAttempts | PasswordCheck | Digest.Digest
  > = Layer.effect(
    AccessCheck,
    Effect.gen(function* () {
      const directory = yield* Directory
      const lookup = yield* PeopleLookup
      const attempts = yield* PasswordAttempts
      const passwords = yield* PasswordCheck
      const digest = yield* Digest.Digest

      const holderOf = Effect.fnUntraced(function* (organization: OrganizationId, key: string) {
        const needs = new NeedsUnion()
        needs.add({ emails: [key] })
        const people = new KnownPeople()
        people.load(needs, yield* lookup.find(organization, needs))
        const user: User | undefined = people.emailHolder(key)
        return user
      })

      const take = Effect.fnUntraced(function* (caller: Caller, subject: AttemptSubject) {
        const now = yield* Clock.currentTimeMillis
        const verdict = judgeAttempts(subject.kind, yield* attempts.take(caller.organization.id, subject, now), now)
        if (verdict === undefined) return
        const { isFirst, retryAfter } = verdict
        const detail = refusals[subject.kind](retryAfter)
        // One entry a window: a guesser is not to fill the log.
        const told = isFirst
          ? yield* Effect.flip(refuse(directory, caller, new ScimError({ status: 429, detail })))
          : { detail }
        return yield* new TooManyAttempts({ detail: told.detail, retryAfter })
      })

      const check = Effect.fn("AccessCheck.check")(function* (organization: OrganizationId, email: string) {
        return accessOf(yield* holderOf(organization, emailKey(email)))
      })

      const checkPassword = Effect.fn("AccessCheck.checkPassword")(function* (
        caller: Caller,
        email: string,
        password: Redacted.Redacted<string>
      ) {
        const { id, singleSignOn } = caller.organization
        if (singleSignOn.enabled) return passwordsOff
        const key = emailKey(email)
        // No address is kept of whoever is not here, and no length of it means anything.
        const hash = yield* digest.digestHex(Digest.sha256, new TextEncoder().encode(key))
        const person: AttemptSubject = { kind: "person", id: hash }
        const byKey: AttemptSubject = { kind: "key", id: caller.actor.keyId }
        // The person first: what is refused for one person does not lead to the refusal of everybody.
        yield* take(caller, person)
        yield* take(caller, byKey)
        const user = yield* holderOf(id, key)
        const isTheirs = yield* passwords.verify(id, user?.id, password)
        if (isTheirs) yield* attempts.forgive(id, person, byKey)
        return passwordAnswer(user, isTheirs)
      })

      return AccessCheck.of({ check, checkPassword })
    })
  )
}

const emailKey = (email: string): string => comparisonKey(email.trim())

const inTime = (seconds: number): string => (seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`)

const refusals: Readonly<Record<AttemptSubject["kind"], (retryAfter: number) => string>> = {
  person: (retryAfter) =>
    `Too many passwords were tried for this e-mail. Try again in ${inTime(retryAfter)}, or let the person set a new password.`,
  key: (retryAfter) =>
    `Too many wrong passwords came with this API key. Try again in ${inTime(retryAfter)}, and find out who is guessing.`
}
