import { Clock, Context, Effect, Layer, type Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { Directory } from "../directory/Directory.ts"
import { personActor } from "../log/LogEntry.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { PasswordHash } from "./PasswordHash.ts"
import { type PasswordLink, PasswordLinks } from "./PasswordLinks.ts"

/** How people set their password themselves, by a link (R-MAIL-1), and the log comes to know of it (R-LOG-1). */
export class OwnPassword extends Context.Service<
  OwnPassword,
  {
    /**
     * Uses the link, and has the organisation's hand write the entry of it, without any secret. True for exactly one of
     * any number that try (ABUSE-25); whoever comes too late leaves no entry. The password counts as soon as the link is
     * used: where the entry cannot be written then, the server's log says so, and the person is not troubled with it.
     */
    set(
      link: PasswordLink,
      token: Redacted.Redacted<string>,
      hash: PasswordHash
    ): Effect.Effect<boolean, StoreUnavailable>
  }
>()("@rollcall/domain/user/OwnPassword") {
  static readonly layer: Layer.Layer<OwnPassword, never, PasswordLinks | Directory | SecureRandom.SecureRandom> =
    Layer.effect(
      OwnPassword,
      Effect.gen(function* () {
        const links = yield* PasswordLinks
        const directory = yield* Directory
        const random = yield* SecureRandom.SecureRandom

        const set = Effect.fn("OwnPassword.set")(function* (
          { organization, user }: PasswordLink,
          token: Redacted.Redacted<string>,
          hash: PasswordHash
        ) {
          const receivedAt = yield* Clock.currentTimeMillis
          const requestId = yield* random.uuidV4()
          if (!(yield* links.redeem(token, hash))) return false
          const told = directory.submit(organization.id, {
            command: { _tag: "TellPassword", id: user },
            requestId,
            actor: personActor,
            // The rest of the address is the token.
            line: "POST /password/…",
            size: 0,
            receivedAt
          })
          yield* Effect.catch(told, (error) =>
            Effect.logError(`The log has no entry of a password that was set by a link (${user}): ${error._tag}`)
          )
          return true
          // A browser that goes away between the two leaves no password behind that nobody tells of.
        }, Effect.uninterruptible)

        return OwnPassword.of({ set })
      })
    )
}
