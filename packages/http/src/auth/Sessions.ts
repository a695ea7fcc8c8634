import { InstallationSecrets } from "@rollcall/domain/organization/InstallationSecrets"
import { Clock, Context, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { Mac } from "effect/crypto"
import { Base64Url } from "effect/encoding"

/** For so long a session lasts, in milliseconds. */
export const sessionLength = 8 * 3_600_000

/** A session that is under way. */
export interface Session {
  /** The hash of the API key that it stands for: with the key it ends. */
  readonly secretHash: string
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number
  /** What requests that change something must show besides the cookie, which no other site can read. */
  readonly csrfToken: string
}

const Content = Schema.Struct({ hash: Schema.String, expiresAt: Schema.Number })
const decodeContent = Schema.decodeUnknownOption(Schema.fromJsonString(Content))

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Sessions of the console: an API key is turned into a value for a cookie, signed with what all servers share. Nothing is
 * stored; a session ends by time, or with its key.
 */
export class Sessions extends Context.Service<
  Sessions,
  {
    /** The value of the cookie, and the session that it opens. */
    issue(secretHash: string): Effect.Effect<{ readonly value: string; readonly session: Session }>
    /** Undefined for what was not issued here, was changed, or has expired. */
    open(value: string): Effect.Effect<Session | undefined>
  }
>()("@rollcall/http/auth/Sessions") {
  static readonly layer: Layer.Layer<Sessions, never, InstallationSecrets | Mac.Mac> = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const mac = yield* Mac.Mac
      const secret = yield* (yield* InstallationSecrets).find("session")
      const key = yield* Mac.key(Mac.hmacSha256, Redacted.value(secret))

      const tagOf = (purpose: string, text: string) => mac.sign(key, encoder.encode(`${purpose} ${text}`))
      const csrfTokenOf = (content: string) => Effect.map(tagOf("csrf", content), (tag) => Base64Url.encode(tag))

      const issue = Effect.fnUntraced(function* (secretHash: string) {
        const expiresAt = (yield* Clock.currentTimeMillis) + sessionLength
        const content = Base64Url.encode(encoder.encode(JSON.stringify({ hash: secretHash, expiresAt })))
        const value = `${content}.${Base64Url.encode(yield* tagOf("session", content))}`
        return { value, session: { secretHash, expiresAt, csrfToken: yield* csrfTokenOf(content) } }
      })

      const open = Effect.fnUntraced(function* (value: string) {
        const [content, tag, ...rest] = value.length > 1_024 ? [] : value.split(".")
        if (content === undefined || tag === undefined || rest.length > 0) return undefined
        const bytes = Base64Url.decode(tag)
        if (Result.isFailure(bytes)) return undefined
        const isOurs = yield* mac.verify(key, bytes.success, encoder.encode(`session ${content}`))
        if (!isOurs) return undefined
        const text = Result.map(Base64Url.decode(content), (decoded) => decoder.decode(decoded))
        const read = Result.isSuccess(text) ? Option.getOrUndefined(decodeContent(text.success)) : undefined
        if (read === undefined || read.expiresAt <= (yield* Clock.currentTimeMillis)) return undefined
        return { secretHash: read.hash, expiresAt: read.expiresAt, csrfToken: yield* csrfTokenOf(content) }
      })

      return Sessions.of({
        issue: (secretHash) => Effect.orDie(issue(secretHash)),
        open: (value) => Effect.orDie(open(value))
      })
    })
    // Without what to sign with nothing is served.
  ).pipe(Layer.orDie)
}
