import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { forOperator } from "@rollcall/http/operator/OperatorAccess"
import { OperatorClient, ServerNotReached } from "@rollcall/http/operator/OperatorClient"
import { operatorPath } from "@rollcall/http/operator/OperatorRoute"
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { addressOf, layerServer, operatorKey, serverFacts } from "./OperatorScene.ts"

const handled = Effect.succeed(HttpServerResponse.text("handled"))

/** The status that a request from an address gets. */
const asked = ({
  from = "127.0.0.1",
  headers = {},
  host = "127.0.0.1",
  key = operatorKey
}: {
  readonly from?: string | undefined
  readonly headers?: Record<string, string>
  readonly host?: string
  readonly key?: string | null
} = {}) =>
  forOperator({ host, key: key === null ? undefined : Redacted.make(key) }, handled).pipe(
    Effect.provideService(
      HttpServerRequest.HttpServerRequest,
      HttpServerRequest.fromWeb(
        new Request("http://rollcall.example/api/operator", {
          method: "POST",
          headers: { authorization: `Bearer ${operatorKey}`, ...headers }
        })
      ).modify({ remoteAddress: Option.some(from) })
    ),
    Effect.map(({ status }) => status)
  )

describe("who gets in as the operator", () => {
  it.effect("whoever has the key and is on this machine", () =>
    Effect.gen(function* () {
      for (const from of ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"]) {
        assert.strictEqual(yield* asked({ from }), 200, from)
      }
      // The address that the server listens on is this machine as well.
      assert.strictEqual(yield* asked({ from: "10.1.2.3", host: "10.1.2.3" }), 200)
    })
  )

  it.effect(
    "nobody from elsewhere, and nobody that a proxy speaks for: there is nothing there, the key may be right or not",
    () =>
      Effect.gen(function* () {
        for (const from of ["10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1.example", ""]) {
          assert.strictEqual(yield* asked({ from, host: "0.0.0.0" }), 404, from)
        }
        for (const name of ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"]) {
          assert.strictEqual(yield* asked({ headers: { [name]: "127.0.0.1" } }), 404, name)
        }
      })
  )

  it.effect("nobody where no data directory is held", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* asked({ key: null }), 404)
    })
  )

  it.effect("ABUSE-21: nobody with another key, a part of it, none, or one that is malformed", () =>
    Effect.gen(function* () {
      for (const authorization of [
        `Bearer ${"6c".repeat(32)}`,
        `Bearer ${operatorKey.slice(1)}`,
        `Bearer ${operatorKey}0`,
        "Bearer ",
        "Bearer undefined",
        operatorKey,
        `Basic ${operatorKey}`
      ]) {
        assert.strictEqual(yield* asked({ headers: { authorization } }), 401, authorization)
      }
    })
  )
})

layer(Layer.merge(layerServer, NodeHttpClient.layerUndici))("a server that is asked by its operator", (it) => {
  it.effect("says who it is to whoever has its key", () =>
    Effect.gen(function* () {
      const { facts } = yield* Effect.provide(
        OperatorClient,
        OperatorClient.layer({ address: yield* addressOf, key: Redacted.make(operatorKey) })
      )
      assert.deepStrictEqual(facts, serverFacts)
    })
  )

  it.effect("is told apart from one that is not there or has another key, before anything is asked of it", () =>
    Effect.gen(function* () {
      const address = yield* addressOf
      for (const [target, key] of [
        [address, "6c".repeat(32)],
        [`${address}/elsewhere`, operatorKey],
        ["http://127.0.0.1:9", operatorKey]
      ] as const) {
        const refused = yield* Effect.flip(
          Effect.provide(OperatorClient, OperatorClient.layer({ address: target, key: Redacted.make(key) }))
        )
        assert.deepStrictEqual(refused, new ServerNotReached({ address: target }))
      }
    })
  )

  it.effect("answers what is no call without falling over", () =>
    Effect.gen(function* () {
      const url = `${yield* addressOf}${operatorPath}`
      const send = (body: string) =>
        Effect.promise(() =>
          fetch(url, { method: "POST", body, headers: { authorization: `Bearer ${operatorKey}` } }).then((response) =>
            response.text().then((text) => [response.status, text] as const)
          )
        )
      for (const body of [
        "",
        "no JSON",
        '{"_tag":"Request","id":"1","tag":"none","payload":null,"headers":[]}\n',
        "[[[["
      ]) {
        const [, text] = yield* send(body)
        assert.notInclude(text, operatorKey)
      }
      const { facts } = yield* Effect.provide(
        OperatorClient,
        OperatorClient.layer({ address: yield* addressOf, key: Redacted.make(operatorKey) })
      )
      assert.strictEqual(facts.pid, 4711)
    })
  )
})
