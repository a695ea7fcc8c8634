import { assert, it } from "@effect/vitest"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { PasswordCheck } from "@rollcall/domain/user/PasswordCheck"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { Passwords } from "@rollcall/domain/user/Passwords"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Redacted } from "effect"
import { cheapHash } from "../contract/PasswordProbe.ts"

const organization = OrganizationId.make("0191f2c4-3c2e-7d7a-9a51-2f6b8f0d1c22")
const known = UserId.make("5b0f6f39-6c1e-4a51-8f55-0d7f3a8f2c11")

it.effect("a password is checked against the one that counts, and an unknown person costs as much (R-API-2)", () => {
  const asked: Array<string | undefined> = []
  const ports = Layer.mergeAll(
    Layer.succeed(Passwords, {
      find: (_organization, user) =>
        Effect.succeed(user === known ? { current: cheapHash("own"), synced: cheapHash("sent") } : undefined)
    }),
    Layer.mock(PasswordHasher, {
      verify: (password, hash) =>
        Effect.sync(() => {
          asked.push(hash)
          return hash !== undefined && hash === cheapHash(Redacted.value(password))
        })
    })
  )
  return Effect.gen(function* () {
    const check = yield* PasswordCheck
    assert.isTrue(yield* check.verify(organization, known, Redacted.make("own")))
    assert.isFalse(yield* check.verify(organization, known, Redacted.make("sent")))
    assert.isFalse(yield* check.verify(organization, UserId.make("nobody"), Redacted.make("own")))
    assert.isFalse(yield* check.verify(organization, undefined, Redacted.make("own")))
    assert.deepStrictEqual(asked, [cheapHash("own"), cheapHash("own"), undefined, undefined])
  }).pipe(Effect.provide(Layer.provide(PasswordCheck.layer, ports)))
})
