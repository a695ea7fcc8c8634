import { Effect, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { Base64 } from "effect/encoding"

/** Bytes of a secret; Standard Webhooks asks for 24 to 64. */
const secretBytes = 32

/** A new secret in the form of Standard Webhooks: `whsec_` and the base64 of random bytes. */
export const generateWebhookSecret: Effect.Effect<
  Redacted.Redacted<string>,
  never,
  SecureRandom.SecureRandom
> = Effect.flatMap(SecureRandom.SecureRandom, (random) =>
  Effect.map(random.randomBytes(secretBytes), (bytes) =>
    Redacted.make(`whsec_${Base64.encode(bytes)}`, { label: "webhook secret" })
  )
)
