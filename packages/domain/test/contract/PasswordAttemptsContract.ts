import { assert, type Vitest } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { type AttemptSubject, attemptWindow, PasswordAttempts } from "@rollcall/domain/user/PasswordAttempts"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"

const newOrganization = () => OrganizationId.make(SecureRandom.uuidV4Unsafe())
const person: AttemptSubject = { kind: "person", id: "a".repeat(64) }
const other: AttemptSubject = { kind: "person", id: "b".repeat(64) }
// The very id of a person: the kind tells them apart.
const key: AttemptSubject = { kind: "key", id: person.id }
const now = 1_900_000_000_000

/** Counting attempts at passwords, on every adapter (R-API-2). */
export const passwordAttemptsContract = (it: Vitest.MethodsNonLive<PasswordAttempts>): void => {
  it.effect("attempts of one e-mail are counted together from the first, those of others and of the key apart", () =>
    Effect.gen(function* () {
      const attempts = yield* PasswordAttempts
      const organization = newOrganization()
      assert.deepStrictEqual(yield* attempts.take(organization, person, now), { attempts: 1, since: now })
      assert.deepStrictEqual(yield* attempts.take(organization, person, now + 5), { attempts: 2, since: now })
      for (const subject of [other, key]) {
        assert.deepStrictEqual(yield* attempts.take(organization, subject, now + 9), { attempts: 1, since: now + 9 })
      }
      const elsewhere = yield* attempts.take(newOrganization(), person, now)
      assert.deepStrictEqual(elsewhere, { attempts: 1, since: now })
    })
  )

  it.effect("a window that is over is forgotten, and the next attempt is the first", () =>
    Effect.gen(function* () {
      const attempts = yield* PasswordAttempts
      const organization = newOrganization()
      yield* attempts.take(organization, person, now)
      yield* attempts.take(organization, other, now + 1)
      const last = yield* attempts.take(organization, person, now + attemptWindow - 1)
      assert.deepStrictEqual(last, { attempts: 2, since: now })
      const later = now + attemptWindow
      assert.deepStrictEqual(yield* attempts.take(organization, person, later), { attempts: 1, since: later })
      // What is removed with it is only what is over.
      const kept = yield* attempts.take(organization, other, later)
      assert.deepStrictEqual(kept, { attempts: 2, since: now + 1 })
    })
  )

  it.effect("a right password makes those of the person undone, and one of the key's", () =>
    Effect.gen(function* () {
      const attempts = yield* PasswordAttempts
      const organization = newOrganization()
      for (const subject of [person, person, other, key, key, key]) yield* attempts.take(organization, subject, now)
      yield* attempts.forgive(organization, person, key)
      const counts = yield* Effect.forEach([person, other, key], (subject) => attempts.take(organization, subject, now))
      assert.deepStrictEqual(
        counts.map((count) => count.attempts),
        [1, 2, 3]
      )
      // Forgiving what nobody counted changes nothing.
      yield* attempts.forgive(newOrganization(), person, key)
    })
  )

  it.effect("of many attempts at once each has a number of its own", () =>
    Effect.gen(function* () {
      const attempts = yield* PasswordAttempts
      const organization = newOrganization()
      const taken = yield* Effect.all(
        Array.from({ length: 40 }, () => attempts.take(organization, person, now)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        taken.map((count) => count.attempts).toSorted((left, right) => left - right),
        Array.from({ length: 40 }, (_, i) => i + 1)
      )
    })
  )
}
