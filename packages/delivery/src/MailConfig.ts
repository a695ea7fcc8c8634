import { oneLine } from "@rollcall/domain/mail/MailText"
import { emailFault } from "@rollcall/domain/user/Email"
import { Config, Effect, Option, Redacted, Schema } from "effect"
import type { MailAddress } from "./mail/MailMessage.ts"

/** The variables that e-mail reads, for `rollcall config`. */
export const mailVariables = [
  {
    name: "SMTP_URL",
    default: undefined,
    description: "Mail server, e.g. smtps://user:password@mail.example.com; else e-mails are kept in the outbox",
    secret: true
  },
  {
    name: "MAIL_FROM",
    default: "no-reply@BASE_DOMAIN",
    description: "Address that e-mails come from, alone or as Name <address>",
    secret: false
  },
  { name: "PRODUCT_NAME", default: "Rollcall", description: "What e-mails and pages call the product", secret: false }
] as const

/** The environment says something about e-mail that makes no sense. Never holds the value of a secret. */
export class MailConfigUnusable extends Schema.TaggedError<MailConfigUnusable>()("MailConfigUnusable", {
  problem: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `${this.problem}. ${this.remedy}.`
  }
}

export interface MailConfig {
  /** Undefined: e-mails are kept in the outbox. */
  readonly smtpUrl: Redacted.Redacted<string> | undefined
  readonly from: MailAddress
  readonly productName: string
}

const variables = Config.all({
  smtpUrl: Config.option(Config.Redacted("SMTP_URL")),
  from: Config.option(Config.String("MAIL_FROM")),
  productName: Config.withDefault(Config.String("PRODUCT_NAME"), "Rollcall"),
  baseDomain: Config.withDefault(Config.String("BASE_DOMAIN"), "localhost")
})

const readSmtpUrl = (secret: Redacted.Redacted<string>) => {
  const text = Redacted.value(secret).trim()
  const url = URL.parse(text)
  return url !== null && (url.protocol === "smtp:" || url.protocol === "smtps:") && url.hostname !== ""
    ? Effect.succeed(Redacted.make(text, { label: "SMTP_URL" }))
    : Effect.fail(
        new MailConfigUnusable({
          problem: "SMTP_URL is no address of a mail server",
          remedy:
            "It looks like smtps://user:password@mail.example.com or smtp://mail.example.com:587, with special characters percent-encoded"
        })
      )
}

/** Reads an address alone, or with a name before it in angle brackets. */
const readFrom = (text: string, productName: string) => {
  const open = text.lastIndexOf("<")
  const isNamed = open >= 0 && text.trimEnd().endsWith(">")
  const address = (isNamed ? text.trimEnd().slice(open + 1, -1) : text).trim()
  const name = isNamed ? oneLine(text.slice(0, open).replaceAll('"', "")) : ""
  const fault = emailFault(address)
  return fault === undefined
    ? Effect.succeed<MailAddress>({ name: name === "" ? productName : name, address })
    : Effect.fail(
        new MailConfigUnusable({
          problem: `The address of MAIL_FROM ${fault}`,
          remedy: "It looks like no-reply@example.com or Example <no-reply@example.com>"
        })
      )
}

/** Reads `SMTP_URL`, `MAIL_FROM` and `PRODUCT_NAME`; an empty variable counts as not set. */
export const readMailConfig: Effect.Effect<MailConfig, MailConfigUnusable> = Effect.gen(function* () {
  // With a default or an option for each, reading cannot fail.
  const read = yield* Effect.orDie(variables)
  const productName = oneLine(read.productName)
  const from = Option.getOrElse(read.from, () => `no-reply@${read.baseDomain}`)
  return {
    smtpUrl: Option.isSome(read.smtpUrl) ? yield* readSmtpUrl(read.smtpUrl.value) : undefined,
    from: yield* readFrom(from, productName),
    productName
  }
})
