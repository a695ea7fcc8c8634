import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { composeMail, greetingName } from "@rollcall/delivery/mail/MailComposer"
import type { MailLink, MailSubject } from "@rollcall/delivery/mail/MailTexts"
import { Occasion } from "@rollcall/domain/mail/Occasion"

const texts = join(import.meta.dirname, "texts")

const password: MailLink = { kind: "password", url: "https://halden.rollcall.example/password/the-token" }
const signIn: MailLink = { kind: "signIn", url: "https://sso.halden.example/start?app=rollcall&from=mail" }

const about = (more: Partial<MailSubject> = {}): MailSubject => ({
  occasion: "welcome",
  productName: "Rollcall",
  organizationName: "Halden Robotics",
  personName: "Ines",
  link: password,
  ...more
})

describe("the texts of e-mails (R-MAIL-1)", () => {
  const links = { password, "sign-in": signIn, "no-page": undefined }
  for (const occasion of Occasion.literals) {
    for (const [kind, link] of Object.entries(links)) {
      const name = `${occasion}.${kind}.txt`
      it(`are those of texts/${name}`, () => {
        const { subject, text } = composeMail(about({ occasion, link }))
        assert.strictEqual(`Subject: ${subject}\n\n${text}`, readFileSync(join(texts, name), "utf8"))
      })
    }
  }

  it("are no others than these", () => {
    assert.lengthOf(readdirSync(texts), Occasion.literals.length * 3)
  })

  it("say what the installation calls its product (R-USER-4)", () => {
    for (const occasion of Occasion.literals) {
      const { html, subject, text } = composeMail(about({ occasion, productName: "Northwind Reviews" }))
      for (const part of [subject + text, html]) {
        assert.include(part, "Northwind Reviews")
        assert.notInclude(part, "Rollcall")
      }
    }
  })
})

describe("the HTML part", () => {
  it("says what the text says, and leads where it leads", () => {
    const { html, text } = composeMail(about({ link: signIn, occasion: "startDay" }))
    assert.match(html, /^<!DOCTYPE html/)
    assert.include(html, '<html dir="ltr" lang="en">')
    const body = html.slice(html.indexOf("<table"))
    for (const line of text.split("\n").filter((one) => one !== "" && !one.includes("https://"))) {
      assert.include(body, line.replace(/:$/, ""))
    }
    assert.deepStrictEqual(
      [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url),
      [signIn.url.replace("&", "&amp;")]
    )
  })

  it("loads nothing from anywhere and runs nothing", () => {
    const { html } = composeMail(about())
    assert.notMatch(html, /<(script|img|link|iframe|object|form|base)\b|src=|url\(|@import|\son\w+=/i)
  })

  it("has colours for dark mode, and a layout for narrow screens", () => {
    const { html } = composeMail(about())
    assert.include(html, "@media (prefers-color-scheme: dark)")
    assert.include(html, "@media (max-width: 480px)")
    assert.include(html, '<meta name="color-scheme" content="light dark"/>')
    assert.include(html, 'name="viewport"')
  })

  it("shows names as they are, whatever they hold (ABUSE-35)", () => {
    const nasty = `<img src=x onerror=alert(1)>"'&amp;<script>`
    const { html, subject, text } = composeMail(
      about({
        personName: nasty,
        organizationName: `${nasty}\r\nBcc: eve@evil.example`,
        productName: `${nasty}\nX: y`
      })
    )
    assert.notMatch(html, /<(img|script)/)
    assert.include(html, "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;amp;&lt;script&gt;")
    assert.include(text, `Hello ${nasty},`)
    assert.notMatch(subject, /[\r\n]/)
    assert.notMatch(text, /^Bcc:|^X: y/m)
  })

  it("an organisation that is called like code stays what it is in the hidden preview, too (ABUSE-35)", () => {
    const { html } = composeMail(about({ organizationName: "</div><b>", productName: "</style></title>" }))
    assert.notInclude(html, "</div><b>")
    assert.strictEqual([...html.matchAll(/<\/style>/g)].length, 1)
    assert.strictEqual([...html.matchAll(/<\/title>/g)].length, 1)
  })
})

describe("what a greeting calls a person (ABUSE-35)", () => {
  it("is the given name, else the display name, on one line", () => {
    assert.strictEqual(greetingName({ name: { givenName: "Ines" }, displayName: "Ines O." }), "Ines")
    assert.strictEqual(greetingName({ name: { givenName: " \n" }, displayName: "Ines\r\nO." }), "Ines O.")
    assert.strictEqual(greetingName({ name: { givenName: "J. R." } }), "J. R.")
    assert.strictEqual(greetingName({ name: { givenName: "María-José" } }), "María-José")
    assert.isUndefined(greetingName({ userName: "ines@halden.example" }))
    assert.isUndefined(greetingName({ name: "Ines", displayName: 4 }))
  })

  it("is nothing that mail programs make a link of, and nothing endless", () => {
    for (const name of [
      "Click https://evil.example/now",
      "evil.example",
      "Win at www.evil.example today",
      "eve@evil.example",
      "пример.рф",
      "x".repeat(65),
      "x".repeat(1_000_000)
    ]) {
      assert.isUndefined(greetingName({ name: { givenName: name } }), name.slice(0, 40))
    }
  })
})
