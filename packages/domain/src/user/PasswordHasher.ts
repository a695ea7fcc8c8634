import { Context, Effect, Layer, Redacted, Result, Semaphore } from "effect"
import { Kdf, Mac, SecureRandom } from "effect/crypto"
import { Hex } from "effect/encoding"
import {
  formatPasswordHash,
  type PasswordCost,
  type PasswordHash,
  parsePasswordHash,
  passwordCost
} from "./PasswordHash.ts"

/** The most characters of a password: more is no more secret, and takes long to hash. */
export const longestPassword = 1_024

const saltLength = 16
const keyLength = 32

/**
 * Hashes passwords and tells whether one is that of a hash. Both take tens of milliseconds and 19 MiB each, so only a
 * few are under way at a time and the others wait: a burst of them costs time and not memory.
 *
 * Passwords are taken in Unicode's composed form (NFC), so that the same characters typed on another system are the
 * same password.
 */
export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    /** At most {@link longestPassword} characters, which is the caller's to see to; more is a defect. */
    hash(password: Redacted.Redacted<string>): Effect.Effect<PasswordHash>
    /**
     * Whether the hash is that of the password. Without a hash it is not, which takes as long to say: the time tells
     * nobody whether there is one.
     */
    verify(password: Redacted.Redacted<string>, hash: PasswordHash | undefined): Effect.Effect<boolean>
  }
>()("@rollcall/domain/user/PasswordHasher") {
  /** `atOnce` hashes at a time; `cost` is that of new hashes, and only tests have reason to name one. */
  static readonly layer = (
    atOnce = 2,
    cost: PasswordCost = passwordCost
  ): Layer.Layer<PasswordHasher, never, Kdf.Kdf | SecureRandom.SecureRandom> =>
    Layer.effect(
      PasswordHasher,
      Effect.gen(function* () {
        const kdf = yield* Kdf.Kdf
        const random = yield* SecureRandom.SecureRandom
        const permits = yield* Semaphore.make(atOnce)
        const decoy = {
          cost,
          salt: yield* random.randomBytes(saltLength),
          key: yield* random.randomBytes(keyLength)
        }

        const derive = (
          password: Redacted.Redacted<string>,
          { memory, parallelism, passes }: PasswordCost,
          salt: Uint8Array,
          length: number
        ) =>
          Effect.suspend(() => {
            const text = Redacted.value(password)
            if (text.length > longestPassword) return Effect.die(new Error("The password is too long to be hashed"))
            // The UTF-8 bytes, by way of a text, which every runtime has.
            const bytes = Result.getOrThrow(Hex.decode(Hex.encode(text.normalize("NFC"))))
            return Effect.orDie(kdf.derive(Kdf.argon2id({ memory, passes, parallelism }), bytes, { salt, length }))
          }).pipe(permits.withPermits(1))

        return PasswordHasher.of({
          hash: Effect.fnUntraced(function* (password) {
            const salt = yield* random.randomBytes(saltLength)
            return formatPasswordHash({ cost, salt, key: yield* derive(password, cost, salt, keyLength) })
          }),
          verify: Effect.fnUntraced(function* (password, hash) {
            const tooLong = Redacted.value(password).length > longestPassword
            const stored = hash === undefined ? undefined : parsePasswordHash(hash)
            const { cost: paid, key, salt } = stored ?? decoy
            const derived = yield* derive(tooLong ? Redacted.make("") : password, paid, salt, key.length)
            return Mac.timingSafeEqual(derived, key) && stored !== undefined && !tooLong
          })
        })
      })
    )
}
