import { assert, layer as suite } from "@effect/vitest"
import { makeMailAttempts, previewMail, tokenPlaceholder } from "@rollcall/delivery/mail/MailAttempts"
import { Mailer, MailUndelivered } from "@rollcall/delivery/mail/Mailer"
import type { Occasion } from "@rollcall/domain/mail/Occasion"
import { type MailClaim, type MailOrganization, Outbox } from "@rollcall/domain/mail/Outbox"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { Effect, Layer } from "effect"
import { layerMemoryProbe, newOrganization, OutboxProbe, personOf } from "../../../domain/test/contract/OutboxProbe.ts"
import { IssuedLinks, layerLinks, layerMailer, oweMail, SentMails, settings } from "./MailFixture.ts"

const services = Layer.mergeAll(layerMailer, layerLinks).pipe(
  Layer.provideMerge(Layer.mergeAll(SentMails.layer, IssuedLinks.layer, layerMemoryProbe))
)

/** Claims an e-mail to somebody, and makes the attempt that the claim is for. */
const attempted = Effect.fnUntraced(function* (
  occasion: Occasion,
  person: JsonObject = {},
  organization: Partial<MailOrganization> = {}
) {
  const made = yield* newOrganization(organization)
  const { key } = yield* oweMail(made.id, "ines", occasion, person)
  const claim = yield* (yield* Outbox).claim(made.id, 60_000)
  if (claim === undefined) throw new Error("nothing is due")
  assert.strictEqual(claim.mail.key, key)
  return { ...(yield* attempt(claim)), claim }
})

const attempt = Effect.fnUntraced(function* (claim: MailClaim) {
  const sent = yield* SentMails
  const links = yield* IssuedLinks
  sent.messages.length = 0
  links.length = 0
  const end = yield* (yield* makeMailAttempts(settings))(claim)
  return { end, message: sent.messages[0], messages: [...sent.messages], links: [...links] }
})

const singleSignOn = { enabled: true, signInUrl: "https://sso.halden.example/start" }

suite(services)("an attempt to send an e-mail", (it) => {
  it.effect("goes to the person's e-mail, from the installation's address, with the stored Message-ID (R-MAIL-1)", () =>
    Effect.gen(function* () {
      const { claim, end, message, messages } = yield* attempted("welcome")
      assert.deepStrictEqual(end, { attempt: { _tag: "Sent", recipient: "ines@halden.example" }, isServerAway: false })
      assert.lengthOf(messages, 1)
      assert.deepStrictEqual(message?.to, { name: "ines", address: "ines@halden.example" })
      assert.deepStrictEqual(message?.from, settings.from)
      assert.strictEqual(message?.messageId, claim.mail.messageId)
      assert.include(message?.text, "Halden Robotics has made an account for you.")
    })
  )

  it.effect("without single sign-on leads to a new link to choose a password, made for that address (R-MAIL-1)", () =>
    Effect.gen(function* () {
      const purposes = { welcome: "set", startDay: "set", welcomeBack: "reset", passwordReset: "reset" } as const
      for (const occasion of ["welcome", "startDay", "welcomeBack", "passwordReset"] as const) {
        const { claim, links, message } = yield* attempted(occasion)
        assert.deepStrictEqual(links, [
          { user: claim.mail.user, purpose: purposes[occasion], sentTo: "ines@halden.example", token: "token-1" }
        ])
        const url = `https://${claim.organization.subdomain}.rollcall.example/password/token-1`
        assert.include(message?.text, `\n${url}\n`)
        assert.include(message?.html, `href="${url}"`)
      }
    })
  )

  it.effect("with single sign-on leads to its page, and makes no link (R-MAIL-1)", () =>
    Effect.gen(function* () {
      for (const occasion of ["welcome", "startDay", "welcomeBack"] as const) {
        const { links, message } = yield* attempted(occasion, {}, { singleSignOn })
        assert.deepStrictEqual(links, [])
        assert.include(message?.html, 'href="https://sso.halden.example/start"')
      }
      for (const signInUrl of [null, "javascript:alert(1)", "nonsense", "data:text/html,x"]) {
        const { end, message } = yield* attempted("welcome", {}, { singleSignOn: { enabled: true, signInUrl } })
        assert.strictEqual(end.attempt._tag, "Sent")
        assert.notInclude(message?.html, "href=")
      }
    })
  )

  it.effect("is not made for a reset after single sign-on was switched on: there is no password (R-MAIL-2)", () =>
    Effect.gen(function* () {
      const { end, messages } = yield* attempted("passwordReset", {}, { singleSignOn })
      assert.strictEqual(end.attempt._tag, "Withdrawn")
      assert.deepStrictEqual(messages, [])
    })
  )

  it.effect("is not made for somebody who was deactivated or deleted meanwhile (R-USER-7, R-START-7)", () =>
    Effect.gen(function* () {
      const { end: inactive, messages } = yield* attempted("welcome", { active: false })
      assert.deepStrictEqual(inactive.attempt, {
        _tag: "Withdrawn",
        reason: "The person was deactivated before it was sent"
      })
      const organization = yield* newOrganization()
      const { user } = yield* oweMail(organization.id, "ines")
      yield* (yield* OutboxProbe).savePerson(organization.id, user, { attributes: personOf("ines"), deleted: true })
      const claim = yield* (yield* Outbox).claim(organization.id, 60_000)
      const gone = yield* attempt(claim as MailClaim)
      assert.deepStrictEqual(gone.end.attempt, {
        _tag: "Withdrawn",
        reason: "The person was deleted before it was sent"
      })
      assert.deepStrictEqual([...messages, ...gone.messages, ...gone.links], [])
    })
  )

  it.effect("goes to the address that is stored now, not to one from before (ABUSE-34, ABUSE-19)", () =>
    Effect.gen(function* () {
      const organization = yield* newOrganization()
      const { user } = yield* oweMail(organization.id, "ines")
      yield* (yield* OutboxProbe).savePerson(organization.id, user, { attributes: personOf("ines.okafor") })
      const claim = yield* (yield* Outbox).claim(organization.id, 60_000)
      const { end, links, message } = yield* attempt(claim as MailClaim)
      assert.deepInclude(end.attempt, { recipient: "ines.okafor@halden.example" })
      assert.strictEqual(message?.to.address, "ines.okafor@halden.example")
      assert.strictEqual(links[0]?.sentTo, "ines.okafor@halden.example")
    })
  )

  it.effect("is not made without an address, or to what is more than one (ABUSE-34)", () =>
    Effect.gen(function* () {
      const none = yield* attempted("welcome", { userName: "ines", emails: [] })
      assert.deepStrictEqual(none.end.attempt, {
        _tag: "Refused",
        recipient: undefined,
        error: "The person has no e-mail address"
      })
      for (const value of [
        '"a@evil x"@halden.example',
        "ines@halden.example,eve@evil.example",
        "ines@halden.example\r\nBcc: eve@evil.example",
        "Ines <ines@halden.example>",
        "team: eve@evil.example;",
        "ines@halden.example eve@evil.example",
        "ines@halden.exam\u200bple"
      ]) {
        const { end, links, messages } = yield* attempted("welcome", { emails: [{ value, primary: true }] })
        assert.strictEqual(end.attempt._tag, "Refused", value)
        assert.deepStrictEqual([...messages, ...links], [], value)
      }
    })
  )

  it.effect("tells apart what the server says of this e-mail, and of all", () =>
    Effect.gen(function* () {
      const sent = yield* SentMails
      const ends: Array<unknown> = []
      for (const kind of ["refused", "temporary", "unreachable"] as const) {
        sent.answer = () => Effect.fail(new MailUndelivered({ kind, detail: kind }))
        const { end, messages } = yield* attempted("welcome")
        ends.push([end.attempt._tag, end.isServerAway])
        assert.deepInclude(end.attempt, { recipient: "ines@halden.example", error: kind })
        assert.deepStrictEqual(messages, [])
      }
      sent.answer = () => Effect.void
      assert.deepStrictEqual(ends, [
        ["Refused", false],
        ["Failed", false],
        ["Failed", true]
      ])
    })
  )

  it.effect("each has another token; a preview has none (R-MAIL-1)", () =>
    Effect.gen(function* () {
      const organization = yield* newOrganization()
      yield* oweMail(organization.id, "ines")
      const claim = (yield* (yield* Outbox).claim(organization.id, 60_000)) as MailClaim
      const links = yield* IssuedLinks
      const attempts = yield* makeMailAttempts(settings)
      links.length = 0
      yield* attempts(claim)
      yield* attempts(claim)
      assert.deepStrictEqual(
        links.map(({ token }) => token),
        ["token-1", "token-2"]
      )
      const preview = previewMail(settings, organization, claim.mail, personOf("ines"))
      assert.include(preview.text, `/password/${tokenPlaceholder}`)
      assert.lengthOf(links, 2)
      assert.notInclude(JSON.stringify(yield* (yield* Outbox).list(organization.id, { count: 9 })), "token-")
    })
  )
})

suite(
  Layer.mergeAll(Mailer.layerKept, layerLinks).pipe(
    Layer.provideMerge(Layer.mergeAll(IssuedLinks.layer, SentMails.layer, layerMemoryProbe))
  )
)("an attempt without a mail server", (it) => {
  it.effect("keeps the e-mail, and makes no link for it (R-MAIL-4)", () =>
    Effect.gen(function* () {
      const { end, links } = yield* attempted("welcome")
      assert.deepStrictEqual(end.attempt, { _tag: "Kept", recipient: "ines@halden.example" })
      assert.deepStrictEqual(links, [])
    })
  )

  it.effect("still withdraws what is not wanted any more", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* attempted("welcome", { active: false })).end.attempt._tag, "Withdrawn")
    })
  )
})
