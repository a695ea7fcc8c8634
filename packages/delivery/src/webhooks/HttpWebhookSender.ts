import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http"
import { Agent as TlsAgent, request as tlsRequest } from "node:https"
import type { WebhookAttempt } from "@rollcall/domain/webhooks/WebhookDelivery"
import { type WebhookRequest, WebhookSender } from "@rollcall/domain/webhooks/WebhookSender"
import { Clock, Deferred, Effect, Layer, Option } from "effect"
import { forbiddenHost, guardedLookup, type Resolve } from "../AddressGuard.ts"
import { signedHeaders } from "./SignedHeaders.ts"

/** How long a connection may take at most, in milliseconds; no longer than all of an attempt. */
const connectTime = 5_000

/** How long all of an attempt may take where nothing else is said, in milliseconds. */
export const attemptTime = 15_000

/** So much of an answer is read, to leave the connection fit for the next; nothing of it is kept. */
const mostAnswer = 64 * 1024

/** Connections that nothing is sent on are closed so long after the longest attempt. */
const idleTime = 5_000

export interface SenderSettings {
  /** Whether addresses of the inner network, and http without TLS, may be reached. */
  readonly allowPrivate: boolean
  /** How long all of an attempt may take, in milliseconds; where not set {@link attemptTime}. */
  readonly timeout?: number
  /** How names are resolved, where not by the system. */
  readonly resolve?: Resolve
}

/** What an attempt has come to so far. */
interface Exchange {
  status: number | undefined
  retryAfter: number | undefined
}

/** Seconds or a date (RFC 9110 section 10.2.3), in milliseconds from now. */
export const retryAfterOf = (value: string | undefined, now: number): number | undefined => {
  if (value === undefined) return undefined
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1_000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/**
 * Sends by HTTP (R-API-3). Addresses are judged as they are resolved for the connection itself, so neither a redirect (none
 * is followed) nor a name that changes reaches what must not be reached (ABUSE-38). Connections are kept for the next
 * event; each stays with the address that it was made to.
 */
export const layerHttpSender = ({
  allowPrivate,
  resolve,
  timeout = attemptTime
}: SenderSettings): Layer.Layer<WebhookSender> =>
  Layer.effect(
    WebhookSender,
    Effect.gen(function* () {
      const lookup = guardedLookup(allowPrivate, resolve)
      const settings = { keepAlive: true, timeout: timeout + idleTime }
      const longestConnect = Math.min(connectTime, timeout)
      const agents = yield* Effect.acquireRelease(
        Effect.sync(() => ({ plain: new PlainAgent(settings), tls: new TlsAgent(settings) })),
        ({ plain, tls }) =>
          Effect.sync(() => {
            plain.destroy()
            tls.destroy()
          })
      )

      const begin = (url: URL, message: WebhookRequest, now: number): ClientRequest => {
        const options = {
          method: "POST",
          lookup,
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(message.body),
            "user-agent": "Rollcall-Webhooks/1",
            ...signedHeaders(message, now)
          }
        }
        return url.protocol === "https:"
          ? tlsRequest(url, { ...options, agent: agents.tls })
          : plainRequest(url, { ...options, agent: agents.plain })
      }

      /** One request; tells when it has a connection, and what is known of the answer as soon as it is. */
      const exchange = (
        url: URL,
        message: WebhookRequest,
        now: number,
        connected: Deferred.Deferred<void>,
        known: Exchange
      ) =>
        Effect.callback<WebhookAttempt | "again">((resume) => {
          const request = begin(url, message, now)
          const end = (attempt: WebhookAttempt | "again") => resume(Effect.succeed(attempt))
          const tell = () => Deferred.doneUnsafe(connected, Effect.void)
          request.on("socket", (socket) => {
            if (!socket.connecting) tell()
            else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", tell)
          })
          request.on("response", (response: IncomingMessage) => {
            known.status = response.statusCode
            known.retryAfter = retryAfterOf(response.headers["retry-after"], now)
            let read = 0
            const answered = () => end(attemptOf(known) ?? { _tag: "Unanswered", error: "The answer has no status" })
            response.on("data", (chunk: Buffer) => {
              read += chunk.length
              if (read > mostAnswer) response.destroy()
            })
            // Also where the rest of the answer never came: the status has said what there is to say.
            response.on("close", answered)
            response.on("error", () => undefined)
          })
          request.on("error", (error: NodeJS.ErrnoException) => {
            // The receiver closed a connection that had been kept, maybe before this request: that says nothing of it.
            const isStale = request.reusedSocket && known.status === undefined && isBroken(error)
            end(attemptOf(known) ?? (isStale ? "again" : { _tag: "Unanswered", error: told(error) }))
          })
          request.end(message.body)
          return Effect.sync(() => request.destroy())
        })

      const attempt = Effect.fnUntraced(function* (
        url: URL,
        message: WebhookRequest
      ): Effect.fn.Return<WebhookAttempt> {
        const known: Exchange = { status: undefined, retryAfter: undefined }
        const connected = yield* Deferred.make<void>()
        const late = Effect.flatMap(Effect.timeoutOption(Deferred.await(connected), longestConnect), (made) =>
          Option.isSome(made)
            ? Effect.never
            : Effect.succeed(unanswered(`No connection within ${longestConnect / 1_000} s`))
        )
        const once = Effect.flatMap(Clock.currentTimeMillis, (now) => exchange(url, message, now, connected, known))
        // A kept connection that turns out to be closed is followed by another kept one, or a new one, and a last try.
        const made = Effect.flatMap(once, (first) =>
          first === "again"
            ? Effect.map(once, (second) => (second === "again" ? unanswered(closed) : second))
            : Effect.succeed(first)
        )
        return yield* Effect.raceFirst(made, late).pipe(
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () => Effect.sync(() => attemptOf(known) ?? unanswered(`No answer within ${timeout / 1_000} s`))
          })
        )
      })

      const send = Effect.fnUntraced(function* (message: WebhookRequest) {
        const url = URL.parse(message.url)
        if (url === null || !(url.protocol === "https:" || (allowPrivate && url.protocol === "http:"))) {
          return unanswered("The URL does not begin with https://")
        }
        const kind = forbiddenHost(url.hostname, allowPrivate)
        if (kind !== undefined) return unanswered(`The host is ${kind}, which must not be reached`)
        return yield* attempt(url, message)
      })
      return WebhookSender.of({ send })
    })
  )

const closed = "The receiver closed the connection"

const unanswered = (error: string): WebhookAttempt => ({ _tag: "Unanswered", error })

const attemptOf = ({ retryAfter, status }: Exchange): WebhookAttempt | undefined =>
  status === undefined ? undefined : { _tag: "Answered", status, retryAfter }

const isBroken = ({ code }: NodeJS.ErrnoException): boolean => code === "ECONNRESET" || code === "EPIPE"

/** What went wrong with a connection, without addresses: they may be of the inner network. */
const told = (error: NodeJS.ErrnoException): string => {
  if (error.name === "ForbiddenAddress") return error.message
  if (isBroken(error)) return closed
  switch (error.code) {
    case "ECONNREFUSED":
      return "The receiver refuses connections"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "The host's name cannot be resolved"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "There is no way to the host"
    case "ETIMEDOUT":
      return "The receiver does not answer"
    default:
      return error.code === undefined ? "The connection failed" : `The connection failed (${error.code})`
  }
}
