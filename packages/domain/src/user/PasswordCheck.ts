import { Context, Effect, Layer, type Redacted } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { PasswordHasher } from "./PasswordHasher.ts"
import { Passwords } from "./Passwords.ts"
import { UserId } from "./UserId.ts"

/** An id that no person is given (RFC 9562 section 5.9). */
const nobody = UserId.make("00000000-0000-0000-0000-000000000000")

/** Tells whether a password is a person's (R-API-2); whether they may sign in at all is another question. */
export class PasswordCheck extends Context.Service<
  PasswordCheck,
  {
    /**
     * `user` undefined stands for somebody whom nobody knows: no, after the same work as for a wrong password, the look for
     * one included.
     */
    verify(
      organization: OrganizationId,
      user: UserId | undefined,
      password: Redacted.Redacted<string>
    ): Effect.Effect<boolean, StoreUnavailable>
  }
>()("@rollcall/domain/user/PasswordCheck") {
  static readonly layer: Layer.Layer<PasswordCheck, never, Passwords | PasswordHasher> = Layer.effect(
    PasswordCheck,
    Effect.gen(function* () {
      const passwords = yield* Passwords
      const hasher = yield* PasswordHasher
      return PasswordCheck.of({
        verify: Effect.fn("PasswordCheck.verify")(function* (organization, user, password) {
          const held = yield* passwords.find(organization, user ?? nobody)
          return yield* hasher.verify(password, held?.current)
        })
      })
    })
  )
}
