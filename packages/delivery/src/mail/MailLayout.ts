import { Body } from "@react-email/body"
import { Button } from "@react-email/button"
import { Container } from "@react-email/container"
import { Head } from "@react-email/head"
import { Heading } from "@react-email/heading"
import { Html } from "@react-email/html"
import { Preview } from "@react-email/preview"
import { Section } from "@react-email/section"
import { Text } from "@react-email/text"
import { createElement as h, type ReactElement } from "react"
import type { MailTexts } from "./MailTexts.ts"

const font = "-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

const ink = "#1c2430"
const faint = "#5b6675"
const page = "#f2f4f7"
const card = "#ffffff"
const accent = "#1d4ed8"

// Clients that know no media queries show the light colours of the inline styles. No character in it needs escaping.
const darkMode = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page, .page td { background-color: #12161c !important; }
  .card { background-color: #1c222b !important; }
  .card td { background-color: transparent !important; }
  .ink { color: #e8ecf1 !important; }
  .faint, .faint a { color: #a5afbd !important; }
  .button { background-color: #9ab8ff !important; color: #0d1526 !important; }
}
@media (max-width: 480px) {
  .card { border-radius: 0 !important; }
  .inside { padding: 24px 20px !important; }
  .button { display: block !important; }
}`

const paragraph = {
  margin: "0 0 16px",
  fontSize: "16px",
  lineHeight: "24px",
  color: ink,
  overflowWrap: "anywhere"
} as const
const small = { ...paragraph, margin: "0 0 8px", fontSize: "13px", lineHeight: "20px", color: faint } as const

/** The HTML part: one column of text with a button. React escapes every text in it (ABUSE-35). */
export const mailLayout = (
  { button, greeting, heading, notes, paragraphs, subject }: MailTexts,
  url: string | undefined
): ReactElement =>
  h(
    Html,
    { lang: "en", dir: "ltr" },
    h(
      Head,
      null,
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("meta", { name: "color-scheme", content: "light dark" }),
      h("meta", { name: "supported-color-schemes", content: "light dark" }),
      h("title", null, subject),
      h("style", null, darkMode)
    ),
    h(Preview, null, paragraphs.join(" ")),
    h(
      Body,
      { className: "page", style: { margin: 0, padding: "24px 0", backgroundColor: page, fontFamily: font } },
      h(
        Container,
        {
          className: "card",
          style: { width: "100%", maxWidth: "560px", margin: "0 auto", backgroundColor: card, borderRadius: "12px" }
        },
        h(
          Section,
          { className: "inside", style: { padding: "32px 40px" } },
          h(
            Heading,
            {
              as: "h1",
              className: "ink",
              style: { margin: "0 0 24px", fontSize: "24px", lineHeight: "32px", color: ink, overflowWrap: "anywhere" }
            },
            heading
          ),
          ...[greeting, ...paragraphs].map((text, i) => h(Text, { key: i, className: "ink", style: paragraph }, text)),
          button === undefined || url === undefined
            ? null
            : h(
                Button,
                {
                  href: url,
                  className: "button",
                  style: {
                    margin: "8px 0 32px",
                    padding: "13px 24px",
                    borderRadius: "8px",
                    backgroundColor: accent,
                    color: "#ffffff",
                    fontSize: "16px",
                    fontWeight: 600,
                    textAlign: "center",
                    textDecoration: "none"
                  }
                },
                button
              ),
          ...notes.map((text, i) => h(Text, { key: i, className: "faint", style: small }, text))
        )
      )
    )
  )
