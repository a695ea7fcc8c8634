import { Context, Effect, Layer, Redacted } from "effect"
import type { Caller } from "../directory/Caller.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { PatchRequest } from "../scim/PatchRequest.ts"
import type { ResourceInput } from "../scim/ResourceInput.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import { longestPassword, PasswordHasher } from "./PasswordHasher.ts"
import {
  type PasswordSeal,
  passwordOfInput,
  passwordOfPatch,
  sealInput,
  sealPatch,
  withheldPassword
} from "./PasswordSeal.ts"
import { Passwords } from "./Passwords.ts"
import type { UserId } from "./UserId.ts"

/**
 * Takes the password out of a request before it becomes a command (R-MAIL-2). It is hashed where the organisation's
 * settings let it count, as far as the caller knows them; the reducer looks at them again under the lock.
 *
 * A password that the person has, or that the identity provider sent last, is no news, however often it comes: Okta
 * repeats it with every PUT, and nobody is to be mailed, or to lose the password that they chose since, for that.
 */
export class PasswordSealing extends Context.Service<
  PasswordSealing,
  {
    /** An update's body. Fails with 400 `invalidValue` for a password that is too long. */
    sealInput(
      caller: Caller,
      user: UserId,
      input: ResourceInput
    ): Effect.Effect<ResourceInput, ScimError | StoreUnavailable>
    /** The same for a PATCH. */
    sealPatch(
      caller: Caller,
      user: UserId,
      patch: PatchRequest
    ): Effect.Effect<PatchRequest, ScimError | StoreUnavailable>
  }
>()("@rollcall/domain/user/PasswordSealing") {
  static readonly layer: Layer.Layer<PasswordSealing, never, Passwords | PasswordHasher> = Layer.effect(
    PasswordSealing,
    Effect.gen(function* () {
      const passwords = yield* Passwords
      const hasher = yield* PasswordHasher

      const seal = Effect.fnUntraced(function* (
        { organization }: Caller,
        user: UserId,
        text: string
      ): Effect.fn.Return<PasswordSeal, ScimError | StoreUnavailable> {
        if (organization.singleSignOn.enabled || !organization.settings.syncPasswords) return withheldPassword
        if (text.length > longestPassword) return yield* tooLong
        const password = Redacted.make(text)
        const held = yield* passwords.find(organization.id, user)
        for (const known of new Set([held?.synced, held?.current])) {
          if (known !== undefined && (yield* hasher.verify(password, known))) return withheldPassword
        }
        return yield* hasher.hash(password)
      })

      return PasswordSealing.of({
        // Without a password there is nothing to wait for, so that requests reach their queue in order.
        sealInput: (caller, user, input) => {
          const password = passwordOfInput(input)
          return password === undefined
            ? Effect.succeed(input)
            : Effect.map(seal(caller, user, password), (sealed) => sealInput(input, sealed))
        },
        sealPatch: (caller, user, patch) => {
          const password = passwordOfPatch(patch)
          return password === undefined
            ? Effect.succeed(sealPatch(patch, withheldPassword))
            : Effect.map(seal(caller, user, password), (sealed) => sealPatch(patch, sealed))
        }
      })
    })
  )

  /** Lets no password count: where there is nothing to hash it with. */
  static readonly layerWithheld: Layer.Layer<PasswordSealing> = Layer.succeed(PasswordSealing, {
    sealInput: (_caller, _user, input) => Effect.succeed(sealInput(input, withheldPassword)),
    sealPatch: (_caller, _user, patch) => Effect.succeed(sealPatch(patch, withheldPassword))
  })
}

const tooLong: ScimError = badRequest(
  "invalidValue",
  `"password" holds at most ${longestPassword} characters. Send a shorter one.`
)
