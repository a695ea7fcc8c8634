import type { MailBody } from "@rollcall/domain/mail/MailPreview"
import { oneLine } from "@rollcall/domain/mail/MailText"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { isJsonObject, ownMember } from "@rollcall/domain/scim/Json"
import { renderToStaticMarkup } from "react-dom/server"
import { mailLayout } from "./MailLayout.ts"
import { type MailSubject, type MailTexts, mailTexts } from "./MailTexts.ts"

// Mail programs of Microsoft lay out tables as meant under this type only.
const doctype =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'

/** Writes an e-mail: the subject, and both parts from the same words. */
export const composeMail = (about: MailSubject): MailBody => {
  const texts = mailTexts({
    ...about,
    productName: oneLine(about.productName),
    organizationName: oneLine(about.organizationName)
  })
  const url = about.link?.url
  return {
    subject: texts.subject,
    text: plainText(texts, url),
    html: doctype + renderToStaticMarkup(mailLayout(texts, url))
  }
}

/** The plain text: a button is its words and, on a line of its own, where it leads. */
const plainText = ({ button, greeting, heading, notes, paragraphs }: MailTexts, url: string | undefined): string => {
  const link = button === undefined || url === undefined ? [] : [`${button}:\n${url}`]
  return `${[heading, greeting, ...paragraphs, ...link, ...notes].join("\n\n")}\n`
}

const longestName = 64

/**
 * What a greeting calls the person, one line. Names come from the outside: what is very long, or what mail programs would
 * make a link of, is no name (ABUSE-35).
 */
export const greetingName = (attributes: JsonObject): string | undefined => {
  const name = ownMember(attributes, "name")
  const given = isJsonObject(name) ? ownMember(name, "givenName") : undefined
  for (const candidate of [given, ownMember(attributes, "displayName")]) {
    const line = typeof candidate === "string" ? oneLine(candidate.slice(0, 4 * longestName)) : ""
    if (line !== "" && line.length <= longestName && !looksLikeLink(line)) return line
  }
  return undefined
}

/** A scheme, an address, or a dot between two letters or digits each, as in `evil.example`. */
const looksLikeLink = (line: string): boolean =>
  line.includes("//") || line.includes("@") || /[\p{L}\p{N}]{2}\.[\p{L}\p{N}]{2}/u.test(line)
