import { Context, Effect, Layer, Schema } from "effect"
import type { MailMessage } from "./MailMessage.ts"

/**
 * The mail server did not take a message:
 * - refused: this one, for good.
 * - temporary: this one for now.
 * - unreachable: it does not take any just now: away, too slow, or it does not accept us.
 */
export class MailUndelivered extends Schema.TaggedError<MailUndelivered>()("MailUndelivered", {
  kind: Schema.Literals(["refused", "temporary", "unreachable"]),
  /** What the server or the connection said. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** Who takes messages to people (port). */
export class Mailer extends Context.Service<
  Mailer,
  {
    /** Whether there is a mail server at all; without one nothing is to be sent. */
    readonly delivers: boolean
    /** Succeeds when the server has taken the message: what happens after that, nobody tells. */
    send(message: MailMessage): Effect.Effect<void, MailUndelivered>
  }
>()("@rollcall/delivery/mail/Mailer") {
  /** Without a mail server: e-mails stay in the outbox. */
  static readonly layerKept: Layer.Layer<Mailer> = Layer.succeed(Mailer, {
    delivers: false,
    send: () => Effect.fail(new MailUndelivered({ kind: "unreachable", detail: "No mail server is configured" }))
  })
}
