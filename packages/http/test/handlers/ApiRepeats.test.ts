import { assert, describe, it } from "@effect/vitest"
import { layerMemoryRepeatableRequests } from "@rollcall/domain/organization/MemoryRepeatableRequests"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Effect, Layer, Logger, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware } from "effect/http-api"
import { AnswersSecret, ApiCaller, ApiRepeats, ApiRequests } from "../../src/api/ApiAccess.ts"
import { Conflict, problems } from "../../src/api/Problem.ts"
import { layerApiRepeats } from "../../src/handlers/ApiRepeatsLayer.ts"
import { layerApiRequests } from "../../src/handlers/ApiRequestsLayer.ts"

/** Lets everybody in, by the key that the request names. */
class AnyCaller extends HttpApiMiddleware.Service<AnyCaller, { provides: ApiCaller }>()("test/AnyCaller") {}

const body = {
  payload: Schema.Struct({ name: Schema.String }),
  success: Schema.Struct({ made: Schema.Int }),
  error: problems
}

class Things extends HttpApiGroup.make("things")
  .add(HttpApiEndpoint.post("make", "/things", body))
  .add(HttpApiEndpoint.post("issue", "/secrets", body).annotate(AnswersSecret, true)) {}

class TestApi extends HttpApi.make("test")
  .add(Things)
  .middleware(ApiRepeats)
  .middleware(AnyCaller)
  .middleware(ApiRequests) {}

/** Serves an API that counts what it makes, and refuses the name "taken". */
const serve = () => {
  let made = 0
  const make = ({ payload }: { readonly payload: { readonly name: string } }) =>
    payload.name === "taken"
      ? Effect.fail(new Conflict({ detail: "The name is taken.", requestId: "r" }))
      : Effect.sync(() => ({ made: ++made }))
  const handlers = HttpApiBuilder.group(TestApi, "things", (group) => group.handleAll({ make, issue: make }))
  const caller = Layer.succeed(AnyCaller, (handled) =>
    Effect.provideService(handled, ApiCaller, {
      key: { id: "k1", kind: "api", label: "test", scopes: ["admin"] },
      caller: {
        organization: {
          id: OrganizationId.make("acme"),
          subdomain: Subdomain.make("acme"),
          name: "Acme",
          timeZone: "UTC",
          singleSignOn: { enabled: false, signInUrl: null },
          scimEnabled: true,
          csvAllowed: false,
          settings: presets.product,
          customAttributes: [],
          reviewWindows: []
        },
        baseUrl: "",
        actor: { keyId: "k1", keyLabel: "test", client: "test", via: "hand" },
        requestId: "r1",
        line: "",
        size: 0,
        receivedAt: 0
      }
    })
  )
  const { dispose, handler } = HttpRouter.toWebHandler(
    HttpApiBuilder.layer(TestApi).pipe(
      Layer.provide(handlers),
      Layer.provide(layerApiRepeats),
      Layer.provide(caller),
      Layer.provide(layerApiRequests),
      Layer.provide(layerMemoryRepeatableRequests),
      Layer.provide([Digest.layerWebCrypto, SecureRandom.layerWebCrypto, HttpServer.layerServices, Logger.layer([])])
    ),
    { disableLogger: true }
  )
  const post = async (path: string, idempotencyKey: string | undefined, sent: unknown) => {
    const response = await handler(
      new Request(`http://127.0.0.1${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey })
        },
        body: typeof sent === "string" ? sent : JSON.stringify(sent)
      })
    )
    const json: unknown = await response.json()
    return { status: response.status, json, replayed: response.headers.get("idempotency-replayed") }
  }
  return { post, dispose, count: () => made }
}

describe("Idempotency-Key", () => {
  const run = (name: string, test: (served: ReturnType<typeof serve>) => Promise<void>) =>
    it(name, async () => {
      const served = serve()
      try {
        await test(served)
      } finally {
        await served.dispose()
      }
    })

  run(
    "the same request under the same key is carried out once, and answered with the same",
    async ({ count, post }) => {
      const first = await post("/things", "a", { name: "x" })
      const again = await post("/things", "a", { name: "x" })
      assert.deepStrictEqual([first.status, first.json, first.replayed], [200, { made: 1 }, null])
      assert.deepStrictEqual([again.status, again.json, again.replayed], [200, { made: 1 }, "true"])
      await post("/things", "b", { name: "x" })
      await post("/things", undefined, { name: "x" })
      assert.strictEqual(count(), 3)
    }
  )

  run("another body, or another address, under the same key is refused", async ({ count, post }) => {
    await post("/things", "a", { name: "x" })
    for (const [path, sent] of [
      ["/things", { name: "y" }],
      ["/things?x=1", { name: "x" }],
      ["/secrets", { name: "x" }]
    ] as const) {
      const refused = await post(path, "a", sent)
      assert.strictEqual(refused.status, 409)
      assert.match(JSON.stringify(refused.json), /Another request was sent with this Idempotency-Key/)
    }
    assert.strictEqual(count(), 1)
  })

  run("of equal requests at once one is carried out", async ({ count, post }) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post("/things", "a", { name: "x" })))
    assert.strictEqual(count(), 1)
    assert.isTrue(answers.every(({ status }) => status === 200 || status === 409))
  })

  run("what was refused changed nothing, and may come again under its key", async ({ count, post }) => {
    assert.strictEqual((await post("/things", "a", { name: "taken" })).status, 409)
    assert.strictEqual((await post("/things", "a", { name: 7 })).status, 400)
    assert.strictEqual((await post("/things", "a", "{")).status, 400)
    assert.strictEqual((await post("/things", "a", { name: "free" })).status, 200)
    assert.strictEqual(count(), 1)
  })

  run("a secret is never kept to be repeated, and nothing is made twice", async ({ count, post }) => {
    await post("/secrets", "a", { name: "x" })
    const again = await post("/secrets", "a", { name: "x" })
    assert.strictEqual(again.status, 409)
    assert.match(JSON.stringify(again.json), /shown only once/)
    assert.strictEqual(count(), 1)
  })

  run("a key that is none is refused, and says where it stands", async ({ count, post }) => {
    for (const key of ["x".repeat(256), "a b", "ä"]) {
      const refused = await post("/things", key, { name: "x" })
      assert.strictEqual(refused.status, 400, key)
      assert.match(JSON.stringify(refused.json), /header:idempotency-key/)
    }
    assert.strictEqual(count(), 0)
  })
})
