import { assert, type Vitest } from "@effect/vitest"
import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

/** E-mails on the Public API, and the overview that counts them (R-MAIL-3, R-MAIL-4, R-API-1). */
export const outboxContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  /** A tenant with people who are owed a welcome; no mail server is configured, so it is kept once it was looked at. */
  const arrange = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
    const { baseUrl, newTenant } = yield* ApiScene
    const tenant = yield* newTenant()
    for (const name of names) {
      const userName = `${name}@halden.example`
      yield* HttpClientRequest.post(`${baseUrl}/scim/v2/Users`).pipe(
        HttpClientRequest.bearerToken(tenant.scimToken),
        HttpClientRequest.bodyJsonUnsafe({
          userName,
          emails: [{ value: userName, primary: true }],
          name: { givenName: name }
        }),
        HttpClient.execute
      )
    }
    const client = yield* tenant.clientWith("integrations")
    // The job of another fiber looks at them: it is waited for a fact, and not for a while.
    const states = (state: OutboxMail["state"]) =>
      Effect.map(client.outbox.list({ query: { state } }), ({ items }) => items)
    const kept = Effect.gen(function* () {
      let items = yield* states("kept")
      while (items.length < names.length) {
        yield* Effect.sleep("20 millis")
        items = yield* states("kept")
      }
      return items
    }).pipe(Effect.timeout("30 seconds"))
    return { ...tenant, client, kept }
  })

  it.effect(
    "R-MAIL-4: e-mails are listed, shown as they would be sent without any token, and resent; the log tells",
    () =>
      Effect.gen(function* () {
        const { client, kept } = yield* arrange("Ada", "Bo")
        const mails = yield* kept
        assert.sameMembers(
          mails.map(({ occasion, recipient }) => `${occasion} ${recipient}`),
          ["welcome Ada@halden.example", "welcome Bo@halden.example"]
        )
        const [mail] = mails
        const { preview } = yield* client.outbox.show({ params: { key: mail?.key ?? "" } })
        assert.include(preview?.subject, "Welcome")
        assert.include(preview?.text, "made-when-it-is-sent")
        assert.include(preview?.html, "<!DOCTYPE html")
        const { items: one } = yield* client.outbox.list({ query: { user: mail?.user ?? "", limit: 1 } })
        assert.deepStrictEqual(
          one.map(({ key }) => key),
          [mail?.key]
        )
        const again = yield* client.outbox.resend({ params: { key: mail?.key ?? "" } })
        assert.deepStrictEqual([again.key, again.state, again.attempts], [mail?.key, "pending", 0])
        const { items } = yield* client.log.search({ query: { subject: mail?.user ?? "", text: "to be sent again" } })
        assert.deepInclude(items[0], { outcome: "updated", via: "hand" })
        const missing = yield* Effect.flip(client.outbox.resend({ params: { key: "welcome:none" } }))
        assert.deepInclude(missing, { _tag: "NotFound", status: 404 })
      })
  )

  it.effect("resending many tells first how many, and sends none before it is confirmed", () =>
    Effect.gen(function* () {
      const { client, kept } = yield* arrange("Cy", "Di", "Eve")
      yield* kept
      assert.deepStrictEqual(yield* client.outbox.resendAll({ payload: { state: "kept" } }), { count: 3, sent: false })
      assert.strictEqual((yield* kept).length, 3)
      const none = yield* client.outbox.resendAll({ payload: { state: "givenUp", confirm: true } })
      assert.deepStrictEqual(none, { count: 0, sent: true })
      const all = yield* client.outbox.resendAll({ payload: { state: "kept", confirm: true } })
      assert.deepStrictEqual(all, { count: 3, sent: true })
    })
  )

  it.effect("the overview has people, managers, e-mails and calls of this organisation alone", () =>
    Effect.gen(function* () {
      const { client, kept } = yield* arrange("Fay", "Gus")
      yield* kept
      yield* arrange("Hal")
      const { calls, mails, managers, people } = yield* client.overview.show({ query: {} })
      assert.deepStrictEqual(people, { started: 2, scheduled: 0, deactivated: 0 })
      assert.deepStrictEqual(managers, { unmatched: 0, ambiguous: 0, held: 0 })
      assert.deepStrictEqual(mails, { failed: 0, givenUp: 0, kept: 2 })
      assert.strictEqual(calls.length, 24)
      // Two keys of the scene, that of this test, and two people.
      assert.strictEqual(
        calls.reduce((sum, one) => sum + one.calls, 0),
        5
      )
      assert.strictEqual((yield* client.overview.show({ query: { period: "month" } })).calls.length, 30)
    })
  )
}
