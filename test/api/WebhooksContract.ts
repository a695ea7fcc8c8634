import { assert, type Vitest } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Webhook } from "standardwebhooks"
import { type LoopbackReceiver, startReceiver } from "../support/LoopbackReceiver.ts"
import { ApiScene, type ApiTenant } from "./ApiScene.ts"

const receiver = Effect.acquireRelease(Effect.promise(startReceiver), (made) => Effect.promise(made.close))

const verify = (message: LoopbackReceiver["received"][number] | undefined, secret: string): unknown =>
  new Webhook(secret).verify(message?.body ?? "", {
    "webhook-id": message?.id ?? "",
    "webhook-timestamp": String(message?.headers["webhook-timestamp"]),
    "webhook-signature": String(message?.headers["webhook-signature"])
  })

/** A person by SCIM, as an identity provider adds them. */
const addPerson = Effect.fnUntraced(function* ({ organization, scimToken }: ApiTenant, name: string) {
  const { baseUrl } = yield* ApiScene
  const body = {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: `${name}@halden.example`,
    name: { givenName: name, familyName: "Okafor" },
    emails: [{ value: `${name}@halden.example`, primary: true }],
    active: true
  }
  const request = HttpClientRequest.post(`${baseUrl}/scim/v2/Users`).pipe(
    HttpClientRequest.bearerToken(scimToken),
    HttpClientRequest.bodyJsonUnsafe(body)
  )
  const response = yield* HttpClient.execute(request)
  assert.strictEqual(response.status, 201, organization.subdomain)
})

/** The deliveries, once so many are stored as delivered: which happens after the receiver has answered. */
const untilDelivered = (client: ApiTenant["client"], id: string, count: number) =>
  Effect.repeat(client.webhooks.deliveries({ params: { id }, query: { state: "delivered" } }), {
    until: ({ items }) => items.length === count,
    schedule: Schedule.spaced("50 millis"),
    times: 400
  })

/** Webhook endpoints by the Public API (R-API-3), and what is sent to them. */
export const webhooksContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect(
    "R-API-3: what SCIM changes comes signed to the endpoint, as the feed has it, and is listed as delivered",
    () =>
      Effect.gen(function* () {
        const hooks = yield* receiver
        const tenant = yield* (yield* ApiScene).newTenant()
        const { client } = tenant
        yield* addPerson(tenant, "before")
        const { secret, webhook } = yield* client.webhooks.create({
          payload: { url: hooks.url, description: "The product", types: ["user.created"] }
        })
        assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
        assert.deepInclude(webhook, { url: hooks.url, enabled: true, disabledReason: null, types: ["user.created"] })
        yield* addPerson(tenant, "ines")
        yield* Effect.promise(() => hooks.untilReceived(1))
        const [message] = hooks.received
        const sent = verify(message, secret)
        const { items } = yield* client.events.read({ query: {} })
        const event = items.find(({ id }) => id === message?.id)
        assert.deepStrictEqual(sent, JSON.parse(JSON.stringify(event)))
        assert.strictEqual(event?.type, "user.created")

        const listed = yield* untilDelivered(client, webhook.id, 1)
        const [delivered] = listed.items
        assert.strictEqual(delivered?.event, event?.id)
        assert.deepInclude(delivered, { state: "delivered", attempts: 1, status: 204, error: null })
        assert.isNull(listed.next)
      })
  )

  it.effect("an endpoint is listed, shown, changed and deleted; its secret is shown once", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { client } = yield* (yield* ApiScene).newTenant()
      const { secret, webhook } = yield* client.webhooks.create({ payload: { url: hooks.url } })
      const params = { id: webhook.id }
      assert.deepStrictEqual(yield* client.webhooks.list(), { items: [webhook], next: null })
      assert.deepStrictEqual(yield* client.webhooks.show({ params }), webhook)
      assert.notInclude(JSON.stringify(yield* client.webhooks.show({ params })), secret.slice(6))
      const off = yield* client.webhooks.update({
        params,
        payload: { enabled: false, types: ["user.started"], description: "Off" }
      })
      assert.deepInclude(off, { enabled: false, disabledReason: "admin", types: ["user.started"], description: "Off" })
      const on = yield* client.webhooks.update({ params, payload: { enabled: true, types: null } })
      assert.deepInclude(on, { enabled: true, disabledReason: null, disabledAt: null, types: null, description: "Off" })
      yield* client.webhooks.remove({ params })
      assert.deepInclude(yield* Effect.flip(client.webhooks.show({ params })), { _tag: "NotFound", status: 404 })
      assert.deepInclude(yield* Effect.flip(client.webhooks.remove({ params })), { _tag: "NotFound", status: 404 })
    })
  )

  it.effect(
    "an endpoint that is asked for twice under one Idempotency-Key is made once, and its secret kept nowhere",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* ApiScene
        const { apiKey, client } = yield* (yield* ApiScene).newTenant()
        const request = HttpClientRequest.post(`${baseUrl}/api/v1/webhooks`, {
          headers: { "idempotency-key": "once" }
        }).pipe(
          HttpClientRequest.bearerToken(apiKey),
          HttpClientRequest.bodyJsonUnsafe({ url: "https://hooks.halden.example/" })
        )
        assert.strictEqual((yield* HttpClient.execute(request)).status, 201)
        const second = yield* HttpClient.execute(request)
        assert.strictEqual(second.status, 409)
        assert.notInclude(yield* second.text, "whsec_")
        assert.lengthOf((yield* client.webhooks.list()).items, 1)
      })
  )

  it.effect("a test is answered with what the receiver said, signed by both secrets while they change", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { client } = yield* (yield* ApiScene).newTenant()
      const { secret, webhook } = yield* client.webhooks.create({ payload: { url: hooks.url } })
      const params = { id: webhook.id }
      assert.deepInclude(yield* client.webhooks.ping({ params }), { ok: true, status: 204, error: null })
      assert.deepInclude(verify(hooks.received[0], secret), { type: "webhook.ping" })
      const next = yield* client.webhooks.rotateSecret({ params, payload: {} })
      assert.isNotNull(next.webhook.previousSecretUntil)
      assert.deepInclude(yield* Effect.flip(client.webhooks.rotateSecret({ params, payload: {} })), { status: 409 })
      hooks.answer = () => 500
      assert.deepInclude(yield* client.webhooks.ping({ params }), { ok: false, status: 500, error: "Answered 500" })
      for (const each of [secret, next.secret]) verify(hooks.received[1], each)
      const last = yield* client.webhooks.rotateSecret({ params, payload: { atOnce: true } })
      yield* client.webhooks.ping({ params })
      verify(hooks.received[2], last.secret)
      for (const each of [secret, next.secret]) assert.throws(() => verify(hooks.received[2], each))
      assert.isNull((yield* client.webhooks.show({ params })).failingSince)
    })
  )

  it.effect("a replay says first how many, then sends them again by the same ids", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const tenant = yield* (yield* ApiScene).newTenant()
      const { client } = tenant
      const { webhook } = yield* client.webhooks.create({ payload: { url: hooks.url, types: ["user.created"] } })
      const params = { id: webhook.id }
      yield* addPerson(tenant, "ines")
      yield* addPerson(tenant, "olav")
      yield* Effect.promise(() => hooks.untilReceived(2))
      const { oldest } = yield* client.events.positions()
      const payload = { what: "after", after: oldest } as const
      assert.deepStrictEqual(yield* client.webhooks.previewReplay({ params, payload }), { count: 2 })
      assert.deepStrictEqual(yield* client.webhooks.previewReplay({ params, payload: { what: "dead" } }), { count: 0 })
      assert.lengthOf(hooks.received, 2)
      assert.deepStrictEqual(yield* client.webhooks.replay({ params, payload }), { count: 2 })
      yield* Effect.promise(() => hooks.untilReceived(4))
      const ids = hooks.received.map(({ id }) => id)
      assert.sameMembers(ids.slice(2), ids.slice(0, 2))
      const event = String(ids[0])
      // One that is on its way is sent anyway.
      yield* untilDelivered(client, webhook.id, 2)
      const again = yield* client.webhooks.resend({ params: { ...params, event } })
      assert.deepEqual([String(again.event), again.state], [event, "pending"])
      yield* Effect.promise(() => hooks.untilReceived(5))
      assert.strictEqual(hooks.received[4]?.id, event)
      for (const after of ["nonsense", `cur_${webhook.id}_1`]) {
        const refused = yield* Effect.flip(client.webhooks.replay({ params, payload: { what: "after", after } }))
        assert.deepInclude(refused, { _tag: "InvalidRequest", status: 400 })
      }
      const unknown = yield* Effect.flip(client.webhooks.resend({ params: { ...params, event: `${event}9` } }))
      assert.deepInclude(unknown, { _tag: "NotFound" })
    })
  )

  it.effect("settings that make no sense are refused with the place, and what is stored stays", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* ApiScene).newTenant()
      const url = "https://hooks.halden.example/"
      for (const [pointer, payload] of [
        ["/url", { url: "ftp://hooks.halden.example/" }],
        ["/url", { url: "https://user:password@hooks.halden.example/" }],
        ["/url", { url: "nonsense" }],
        ["/url", { url: `https://hooks.halden.example/${"x".repeat(3_000)}` }],
        ["/description", { url, description: "two\nlines" }],
        ["/types", { url, types: [] }]
      ] as const) {
        const refused = yield* Effect.flip(client.webhooks.create({ payload }))
        assert.deepInclude(refused, { _tag: "InvalidRequest", status: 400 })
        assert.include(JSON.stringify(refused), `"${pointer}"`)
        assert.notInclude(JSON.stringify(refused), "password@")
      }
      assert.deepStrictEqual((yield* client.webhooks.list()).items, [])
      for (let i = 0; i < 20; i++) yield* client.webhooks.create({ payload: { url } })
      assert.deepInclude(yield* Effect.flip(client.webhooks.create({ payload: { url } })), { status: 409 })
    })
  )

  it.effect("ABUSE-11, 14: another organisation's webhooks are not there, and a key to read sees none", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const tenant = yield* scene.newTenant()
      const other = yield* scene.newTenant()
      const { webhook } = yield* tenant.client.webhooks.create({ payload: { url: "https://hooks.halden.example/" } })
      const params = { id: webhook.id }
      const asks = [
        other.client.webhooks.show({ params }),
        other.client.webhooks.update({ params, payload: { enabled: false } }),
        other.client.webhooks.remove({ params }),
        other.client.webhooks.rotateSecret({ params, payload: {} }),
        other.client.webhooks.ping({ params }),
        other.client.webhooks.deliveries({ params, query: {} }),
        other.client.webhooks.previewReplay({ params, payload: { what: "dead" } }),
        other.client.webhooks.replay({ params, payload: { what: "dead" } })
      ]
      for (const ask of asks) assert.deepInclude(yield* Effect.flip<unknown, unknown, never>(ask), { status: 404 })
      assert.deepStrictEqual((yield* other.client.webhooks.list()).items, [])
      const reader = yield* tenant.clientWith("read")
      assert.deepInclude(yield* Effect.flip(reader.webhooks.list()), { _tag: "Forbidden" })
      const manager = yield* tenant.clientWith("integrations")
      assert.deepStrictEqual((yield* manager.webhooks.list()).items, [webhook])
    })
  )
}
