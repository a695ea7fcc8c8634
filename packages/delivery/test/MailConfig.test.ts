import { assert, describe, it } from "@effect/vitest"
import { mailVariables, readMailConfig } from "@rollcall/delivery/MailConfig"
import { ConfigProvider, Effect, Redacted, Result } from "effect"

const readWith = (environment: Record<string, string>) =>
  Effect.provide(readMailConfig, ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment)))

describe("the configuration of e-mail", () => {
  it.effect("without any of it keeps e-mails, and comes from the base domain", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readWith({}), {
        smtpUrl: undefined,
        from: { name: "Rollcall", address: "no-reply@localhost" },
        productName: "Rollcall"
      })
      const { from } = yield* readWith({
        BASE_DOMAIN: "scim.example.com",
        PRODUCT_NAME: "Northwind\r\nReviews",
        SMTP_URL: ""
      })
      assert.deepStrictEqual(from, { name: "Northwind Reviews", address: "no-reply@scim.example.com" })
    })
  )

  it.effect("takes an address alone, or with a name", () =>
    Effect.gen(function* () {
      const fromOf = (text: string) => Effect.map(readWith({ MAIL_FROM: text }), ({ from }) => from)
      assert.deepStrictEqual(yield* fromOf(" hr@example.com "), { name: "Rollcall", address: "hr@example.com" })
      assert.deepStrictEqual(yield* fromOf('"People, Inc." <hr@example.com>'), {
        name: "People, Inc.",
        address: "hr@example.com"
      })
      assert.deepStrictEqual(yield* fromOf("<hr@example.com>"), { name: "Rollcall", address: "hr@example.com" })
      for (const wrong of [
        "hr",
        "a@b.example, c@d.example",
        "People <hr@example.com",
        "People <>",
        "x <a@b.example> y"
      ]) {
        const result = yield* Effect.result(readWith({ MAIL_FROM: wrong }))
        assert.isTrue(Result.isFailure(result), wrong)
        if (Result.isFailure(result)) assert.include(result.failure.message, "MAIL_FROM")
      }
    })
  )

  it.effect("takes SMTP addresses only, and tells no password of a wrong one", () =>
    Effect.gen(function* () {
      for (const right of [
        "smtp://mail.example.com",
        "smtps://user:p%40ss@mail.example.com:465?tls.rejectUnauthorized=false"
      ]) {
        const { smtpUrl } = yield* readWith({ SMTP_URL: right })
        assert.strictEqual(smtpUrl && Redacted.value(smtpUrl), right)
      }
      for (const wrong of [
        "mail.example.com:25",
        "https://user:hunter2@mail.example.com",
        "smtp://",
        "smtp:user:hunter2@host"
      ]) {
        const result = yield* Effect.result(readWith({ SMTP_URL: wrong }))
        assert.isTrue(Result.isFailure(result), wrong)
        if (Result.isFailure(result)) {
          assert.include(result.failure.message, "SMTP_URL is no address of a mail server")
          assert.notInclude(result.failure.message, "hunter2")
        }
      }
    })
  )

  it("is listed, the URL as a secret", () => {
    assert.deepStrictEqual(
      mailVariables.map(({ name, secret }) => [name, secret]),
      [
        ["SMTP_URL", true],
        ["MAIL_FROM", false],
        ["PRODUCT_NAME", false]
      ]
    )
  })
})
