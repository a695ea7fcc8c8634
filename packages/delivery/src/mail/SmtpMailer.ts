import { Effect, Layer, Redacted } from "effect"
import { createTransport } from "nodemailer"
import { Mailer, MailUndelivered } from "./Mailer.ts"
import type { MailMessage } from "./MailMessage.ts"

/** How long to wait for the mail server, in milliseconds. */
export interface SmtpTimeouts {
  /** For a connection, and for its greeting. */
  readonly connection: number
  /** For a sign of life in the middle of a conversation. */
  readonly silence: number
  /** For all of one message. */
  readonly message: number
}

const defaultTimeouts: SmtpTimeouts = { connection: 10_000, silence: 30_000, message: 60_000 }

/** Messages on their way at the same time, each over a connection of its own. */
export const smtpConnections = 5

interface SmtpError {
  readonly code?: string | undefined
  readonly command?: string | undefined
  readonly responseCode?: number | undefined
  readonly message: string
  readonly rejectedErrors?: ReadonlyArray<SmtpError> | undefined
}

/** What the pool says of a message whose connection was lost, which it does not send again on its own. */
const connectionLost = "Reached maximum number of retries"

/** Sorts what went wrong (RFC 5321 section 4.2.1) by where in the conversation it did. */
export const undelivered = (error: SmtpError): MailUndelivered => {
  const detail = error.message.startsWith(connectionLost) ? "The mail server closed the connection" : error.message
  const code = error.responseCode ?? 0
  // Only an answer to the recipient or to the message is about this one; all before it concerns every message.
  const isAboutIt = error.command === "RCPT TO" || error.command === "DATA" || error.code === "EMESSAGE"
  if (!isAboutIt || code === 0 || code === 421) return new MailUndelivered({ kind: "unreachable", detail })
  // 503 (bad sequence) says that the conversation was broken, not that the message is.
  return new MailUndelivered({ kind: code >= 500 && code !== 503 ? "refused" : "temporary", detail })
}

/**
 * The mail server of a URL: `smtps://` speaks TLS from the beginning, `smtp://` changes to it where the server offers
 * it. Whoever signs in with a user and password must get it, or nothing is said; `?requireTLS=false` in the URL lifts that.
 */
export const makeSmtpMailer = Effect.fnUntraced(function* (
  smtpUrl: Redacted.Redacted<string>,
  timeouts: SmtpTimeouts = defaultTimeouts
) {
  const url = new URL(Redacted.value(smtpUrl))
  if (url.username !== "" && !url.searchParams.has("requireTLS")) url.searchParams.set("requireTLS", "true")
  const transport = yield* Effect.acquireRelease(
    Effect.sync(() =>
      createTransport({
        url: url.href,
        pool: true,
        maxConnections: smtpConnections,
        maxMessages: 100,
        // A message whose connection was lost may have been taken: whoever wrote it down decides what follows.
        maxRequeues: 0,
        connectionTimeout: timeouts.connection,
        greetingTimeout: timeouts.connection,
        socketTimeout: timeouts.silence,
        disableFileAccess: true,
        disableUrlAccess: true
      })
    ),
    (made) => Effect.sync(() => made.close())
  )
  const send = (message: MailMessage) =>
    Effect.tryPromise({
      try: (signal) =>
        transport.sendMail({
          // Objects, so that nothing in a name is read as an address (ABUSE-34).
          from: message.from,
          to: [message.to],
          envelope: { from: message.from.address, to: [message.to.address] },
          subject: message.subject,
          messageId: message.messageId,
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          text: message.text,
          html: message.html,
          signal
        }),
      catch: (error) => undelivered(error as SmtpError)
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeouts.message,
        orElse: () =>
          Effect.fail(
            new MailUndelivered({
              kind: "unreachable",
              detail: `The mail server did not take the message within ${timeouts.message / 1_000} s`
            })
          )
      }),
      Effect.asVoid
    )
  return Mailer.of({ delivers: true, send })
})

/** Sends by SMTP (R-MAIL-4). */
export const layerSmtp = (smtpUrl: Redacted.Redacted<string>, timeouts?: SmtpTimeouts): Layer.Layer<Mailer> =>
  Layer.effect(Mailer, makeSmtpMailer(smtpUrl, timeouts))

/** Whether the mail server lets this program in: a connection, TLS and the sign-in, without a message. */
export const verifySmtp = (smtpUrl: Redacted.Redacted<string>): Effect.Effect<void, MailUndelivered> => {
  const url = new URL(Redacted.value(smtpUrl))
  if (url.username !== "" && !url.searchParams.has("requireTLS")) url.searchParams.set("requireTLS", "true")
  return Effect.acquireUseRelease(
    Effect.sync(() =>
      createTransport({ url: url.href, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 })
    ),
    (transport) =>
      Effect.tryPromise({ try: () => transport.verify(), catch: (error) => undelivered(error as SmtpError) }),
    (transport) => Effect.sync(() => transport.close())
  ).pipe(Effect.asVoid)
}
