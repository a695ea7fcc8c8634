import { Clock, Context, Effect, Layer, type Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Directory, type DirectoryBusy } from "../directory/Directory.ts"
import { personActor } from "../log/LogEntry.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { PasswordHash } from "./PasswordHash.ts"
import type { PasswordLink } from "./PasswordLinks.ts"
import { hashPasswordToken } from "./PasswordToken.ts"

/** How people set their password themselves, by a link (R-MAIL-1). */
export class OwnPassword extends Context.Service<
  OwnPassword,
  {
    /**
     * Uses the link of that token by a command in the organisation's queue: sets the password, makes every other link of the
     * person void, and writes the log entry of it without any secret (R-LOG-1), together or not at all. True for exactly one
     * of any number that try, by one link of the person or by several (ABUSE-25); where the link is not live any more nothing
     * is written, and no entry.
     */
    set(
      link: Pick<PasswordLink, "organization" | "user">,
      token: Redacted.Redacted<string>,
      hash: PasswordHash
    ): Effect.Effect<boolean, StoreUnavailable | DirectoryBusy>
  }
>()("@rollcall/domain/user/OwnPassword") {
  static readonly layer: Layer.Layer<OwnPassword, never, Directory | SecureRandom.SecureRandom | Digest.Digest> =
    Layer.effect(
      OwnPassword,
      Effect.gen(function* () {
        const directory = yield* Directory
        const random = yield* SecureRandom.SecureRandom
        const digest = yield* Digest.Digest

        const set = Effect.fn("OwnPassword.set")(function* (
          { organization, user }: Pick<PasswordLink, "organization" | "user">,
          token: Redacted.Redacted<string>,
          hash: PasswordHash
        ) {
          const tokenHash = yield* Effect.provideService(hashPasswordToken(token), Digest.Digest, digest)
          const { _tag } = yield* directory.submit(organization.id, {
            command: { _tag: "SetOwnPassword", user, tokenHash, hash },
            requestId: yield* random.uuidV4(),
            actor: personActor,
            // The rest of the address is the token.
            line: "POST /password/…",
            size: 0,
            receivedAt: yield* Clock.currentTimeMillis
          })
          return _tag === "Done"
        })

        return OwnPassword.of({ set })
      })
    )
}
