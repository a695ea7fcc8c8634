import { Context, Effect, Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import type { StoreUnavailable } from "../StoreUnavailable.ts"

/** Bytes of a secret to sign with. */
export const installationSecretLength = 32

/**
 * What all servers of an installation sign with (port): made when it is first asked for, the same for everybody from then
 * on. A secret that is there and too short to sign with is a defect, and nothing is served (ABUSE-21).
 */
export class InstallationSecrets extends Context.Service<
  InstallationSecrets,
  {
    find(name: "session"): Effect.Effect<Redacted.Redacted<Uint8Array>, StoreUnavailable>
  }
>()("@rollcall/domain/organization/InstallationSecrets") {}

/** The secret, or a defect where it cannot be signed with. */
export const checkedSecret = (secret: Uint8Array): Effect.Effect<Redacted.Redacted<Uint8Array>> =>
  secret.byteLength < installationSecretLength
    ? Effect.die(
        new Error(
          `The signing secret in the table installation_secret has ${secret.byteLength} bytes and needs ` +
            `${installationSecretLength}. Remove its row: a new one is made, and everybody signs in again.`
        )
      )
    : Effect.succeed(Redacted.make(secret, { label: "installation secret" }))

/** In memory, for one server. */
export const layerMemoryInstallationSecrets: Layer.Layer<InstallationSecrets, never, SecureRandom.SecureRandom> =
  Layer.effect(
    InstallationSecrets,
    Effect.gen(function* () {
      const random = yield* SecureRandom.SecureRandom
      const secrets = new Map<string, Uint8Array>()
      return InstallationSecrets.of({
        find: Effect.fnUntraced(function* (name) {
          const secret = secrets.get(name) ?? (yield* random.randomBytes(installationSecretLength))
          secrets.set(name, secret)
          return yield* checkedSecret(secret)
        })
      })
    })
  )
