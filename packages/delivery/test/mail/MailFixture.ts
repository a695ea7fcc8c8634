import type { MailSettings } from "@rollcall/delivery/mail/MailAttempts"
import { Mailer, type MailUndelivered } from "@rollcall/delivery/mail/Mailer"
import type { MailMessage } from "@rollcall/delivery/mail/MailMessage"
import type { Occasion } from "@rollcall/domain/mail/Occasion"
import { Outbox } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import type { UserId } from "@rollcall/domain/user/UserId"
import { Context, Effect, Layer, Redacted } from "effect"
import { newPerson, OutboxProbe } from "../../../domain/test/contract/OutboxProbe.ts"

export const settings: MailSettings = {
  productName: "Rollcall",
  from: { name: "Rollcall", address: "no-reply@rollcall.example" },
  address: { baseDomain: "rollcall.example", publicUrl: undefined, host: "127.0.0.1", port: 3000 }
}

/** A mailer of a test: what it was handed, and how it answers. */
export class SentMails extends Context.Service<
  SentMails,
  {
    readonly messages: Array<MailMessage>
    /** Called after each message that was taken. */
    readonly listeners: Set<() => void>
    /** Asked before each message is taken. */
    answer: (message: MailMessage) => Effect.Effect<void, MailUndelivered>
  }
>()("@rollcall/delivery/test/SentMails") {
  static readonly layer = Layer.sync(SentMails, () => ({
    messages: [],
    listeners: new Set<() => void>(),
    answer: () => Effect.void
  }))
}

export const layerMailer: Layer.Layer<Mailer, never, SentMails> = Layer.effect(
  Mailer,
  Effect.map(SentMails, (sent) => ({
    delivers: true,
    send: (message: MailMessage) =>
      Effect.andThen(
        Effect.suspend(() => sent.answer(message)),
        Effect.sync(() => {
          sent.messages.push(message)
          for (const tell of sent.listeners) tell()
        })
      )
  }))
)

/** Waits until so many messages were taken: texts are made outside of the test's clock. */
export const untilSent = (count: number): Effect.Effect<void, never, SentMails> =>
  Effect.flatMap(SentMails, ({ listeners, messages }) =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (messages.length < count) return
        listeners.delete(look)
        resume(Effect.void)
      }
      listeners.add(look)
      look()
    })
  )

/** The links to choose a password that were made, in order. */
export class IssuedLinks extends Context.Service<
  IssuedLinks,
  Array<{ readonly user: UserId; readonly purpose: string; readonly sentTo: string; readonly token: string }>
>()("@rollcall/delivery/test/IssuedLinks") {
  static readonly layer = Layer.sync(IssuedLinks, () => [])
}

export const layerLinks: Layer.Layer<PasswordLinks, never, IssuedLinks> = Layer.unwrap(
  Effect.map(IssuedLinks, (issued) =>
    Layer.mock(PasswordLinks, {
      issue: (_organization, user, purpose, sentTo) =>
        Effect.sync(() => {
          const token = `token-${issued.length + 1}`
          issued.push({ user, purpose, sentTo, token })
          return { token: Redacted.make(token), expiresAt: 0 }
        })
    })
  )
)

/** Somebody whom something has happened to that they are written to for; noted in the outbox. */
export const oweMail = Effect.fnUntraced(function* (
  organization: OrganizationId,
  name: string,
  occasion: Occasion = "welcome",
  more: JsonObject = {}
): Effect.fn.Return<{ readonly user: UserId; readonly key: string }, never, Outbox | OutboxProbe> {
  const user = yield* newPerson(organization, name, more)
  yield* (yield* OutboxProbe).happen(organization, [{ type: "user.started", user, version: 1, mail: occasion }])
  const outbox = yield* Outbox
  yield* Effect.orDie(outbox.consume(organization, "rollcall.example"))
  const { mails } = yield* Effect.orDie(outbox.list(organization, { user, count: 1 }))
  return { user, key: mails[0]?.key ?? "" }
})

/** `[state, attempts]` of the organisation's e-mails by the person's name in the address, in the order of names. */
export const statesOf = (organization: OrganizationId) =>
  Effect.gen(function* () {
    const { mails } = yield* Effect.orDie((yield* Outbox).list(organization, { count: 1_000 }))
    const counts: Record<string, number> = {}
    for (const { state } of mails) counts[state] = (counts[state] ?? 0) + 1
    return counts
  })
