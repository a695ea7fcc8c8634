import { hopeless, type MailAttempt } from "@rollcall/domain/mail/MailAttempt"
import { type MailBody, MailPreview } from "@rollcall/domain/mail/MailPreview"
import { oneLine } from "@rollcall/domain/mail/MailText"
import type { DueMail, MailOrganization } from "@rollcall/domain/mail/Outbox"
import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { type AddressSettings, passwordLinkUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { emailFault, emailOf } from "@rollcall/domain/user/Email"
import { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { isActive } from "@rollcall/domain/user/User"
import { Effect, Layer, Redacted } from "effect"
import { composeMail, greetingName } from "./MailComposer.ts"
import { Mailer } from "./Mailer.ts"
import type { MailAddress } from "./MailMessage.ts"
import type { MailLink, MailSubject } from "./MailTexts.ts"

/** What every e-mail of this installation has in common. */
export interface MailSettings {
  readonly productName: string
  readonly from: MailAddress
  /** What the links into this server are made of. */
  readonly address: AddressSettings
}

/** How an attempt ended, and whether the mail server takes nothing at all just now. */
export interface AttemptEnd {
  readonly attempt: MailAttempt
  readonly isServerAway: boolean
}

const ended = (attempt: MailAttempt): AttemptEnd => ({ attempt, isServerAway: false })
const withdrawn = (reason: string): AttemptEnd => ended({ _tag: "Withdrawn", reason })

/** Where the organisation's people sign in; no link where that is no page of the web. */
const signInLink = ({ singleSignOn: { signInUrl } }: MailOrganization): MailLink | undefined => {
  const url = signInUrl === null ? null : URL.parse(signInUrl)
  return url !== null && (url.protocol === "https:" || url.protocol === "http:")
    ? { kind: "signIn", url: url.href }
    : undefined
}

const aboutMail = (
  settings: MailSettings,
  organization: MailOrganization,
  mail: Pick<OutboxMail, "occasion">,
  attributes: JsonObject,
  link: MailLink | undefined
): MailSubject => ({
  occasion: mail.occasion,
  productName: settings.productName,
  organizationName: organization.name,
  personName: greetingName(attributes),
  link
})

/** Stands in a preview for the token, which is made when the e-mail is sent and stored nowhere (R-MAIL-1). */
export const tokenPlaceholder = "made-when-it-is-sent"

/** What an e-mail would say if it were sent now; a link to choose a password has a placeholder. */
export const previewMail = (
  settings: MailSettings,
  organization: MailOrganization,
  mail: Pick<OutboxMail, "occasion">,
  attributes: JsonObject
): MailBody => {
  const link: MailLink | undefined = organization.singleSignOn.enabled
    ? signInLink(organization)
    : { kind: "password", url: passwordLinkUrl(settings.address, organization.subdomain, tokenPlaceholder) }
  return composeMail(aboutMail(settings, organization, mail, attributes, link))
}

/** Previews of this installation's e-mails. */
export const layerMailPreview = (settings: MailSettings): Layer.Layer<MailPreview> =>
  Layer.succeed(MailPreview, {
    of: (organization, mail, attributes) => previewMail(settings, organization, mail, attributes)
  })

/**
 * Makes attempts to send e-mails. An attempt goes to the address that is stored for the person at this moment, and to
 * no other (ABUSE-34), and only if they are still wanted in the product; its text is made now and kept nowhere.
 */
export const makeMailAttempts = Effect.fnUntraced(function* (settings: MailSettings) {
  const mailer = yield* Mailer
  const passwords = yield* PasswordLinks

  const linkFor = Effect.fnUntraced(function* ({ mail, organization }: DueMail, recipient: string) {
    if (organization.singleSignOn.enabled) return signInLink(organization)
    const purpose = mail.occasion === "welcome" || mail.occasion === "startDay" ? "set" : "reset"
    const { token } = yield* passwords.issue(organization.id, mail.user, purpose, recipient)
    const url = passwordLinkUrl(settings.address, organization.subdomain, Redacted.value(token))
    return { kind: "password", url } satisfies MailLink
  })

  return Effect.fnUntraced(function* (due: DueMail): Effect.fn.Return<AttemptEnd, StoreUnavailable> {
    const { mail, organization, person } = due
    if (person === undefined) return withdrawn("The person was deleted before it was sent")
    const attributes: JsonObject = JSON.parse(person)
    if (!isActive(attributes)) return withdrawn("The person was deactivated before it was sent")
    if (mail.occasion === "passwordReset" && organization.singleSignOn.enabled) {
      return withdrawn("Single sign-on was switched on before it was sent: there is no password to choose")
    }
    const recipient = emailOf(attributes)
    if (recipient === undefined) {
      return ended({ _tag: "Refused", recipient, error: "The person has no e-mail address" })
    }
    const fault = emailFault(recipient)
    if (fault !== undefined) {
      return ended({ _tag: "Refused", recipient: undefined, error: `The person's e-mail address ${fault}` })
    }
    if (!mailer.delivers) return ended({ _tag: "Kept", recipient })
    const noHope = hopeless(mail)
    if (noHope !== undefined) return ended({ _tag: "Refused", recipient, error: noHope })

    const body = composeMail(aboutMail(settings, organization, mail, attributes, yield* linkFor(due, recipient)))
    const message = {
      ...body,
      from: settings.from,
      to: { name: oneLine(greetingName(attributes) ?? ""), address: recipient },
      messageId: mail.messageId
    }
    return yield* mailer.send(message).pipe(
      Effect.as(ended({ _tag: "Sent", recipient })),
      Effect.catchTag("MailUndelivered", ({ detail, kind }) =>
        Effect.succeed<AttemptEnd>({
          attempt: { _tag: kind === "refused" ? "Refused" : "Failed", recipient, error: detail },
          isServerAway: kind === "unreachable"
        })
      )
    )
  })
})
