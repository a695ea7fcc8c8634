import { Context, Effect, Layer, type Redacted } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { PasswordHasher } from "./PasswordHasher.ts"
import { Passwords } from "./Passwords.ts"
import type { UserId } from "./UserId.ts"

/** Tells whether a password is a person's (R-API-2); whether they may sign in at all is another question. */
export class PasswordCheck extends Context.Service<
  PasswordCheck,
  {
    /** `user` undefined stands for somebody whom nobody knows: no, after the same time as for a wrong password. */
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
          const held = user === undefined ? undefined : yield* passwords.find(organization, user)
          return yield* hasher.verify(password, held?.current)
        })
      })
    })
  )
}
