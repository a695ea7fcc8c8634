import { type MailConfigUnusable, readMailConfig } from "@rollcall/delivery/MailConfig"
import { layerMailJob } from "@rollcall/delivery/MailJob"
import { layerMailPreview } from "@rollcall/delivery/mail/MailAttempts"
import { Mailer } from "@rollcall/delivery/mail/Mailer"
import { layerSmtp } from "@rollcall/delivery/mail/SmtpMailer"
import type { Outbox } from "@rollcall/domain/mail/Outbox"
import type { AddressSettings } from "@rollcall/domain/organization/ScimBaseUrl"
import type { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Effect, Layer, Redacted } from "effect"

/** What e-mails would say, as this installation sends them. */
export const layerPreviews = (address: AddressSettings) =>
  Layer.unwrap(Effect.map(readMailConfig, ({ from, productName }) => layerMailPreview({ productName, from, address })))

/** The job that sends e-mails, by the mail server that the environment names, or keeps them where it names none. */
export const layerMail = (address: AddressSettings): Layer.Layer<never, MailConfigUnusable, Outbox | PasswordLinks> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { from, productName, smtpUrl } = yield* readMailConfig
      yield* Effect.logInfo(
        smtpUrl === undefined
          ? "E-mails are kept in the outbox: set SMTP_URL to have them sent"
          : `E-mails are sent by ${new URL(Redacted.value(smtpUrl)).host}, from ${from.address}`
      )
      const mailer = smtpUrl === undefined ? Mailer.layerKept : layerSmtp(smtpUrl)
      return Layer.provide(layerMailJob({ productName, from, address }), mailer)
    })
  )
