import type { LookupAddress } from "node:dns"
import { assert, describe, it } from "@effect/vitest"
import { forbiddenAddress, forbiddenHost, guardedLookup, type Resolve } from "@rollcall/delivery/AddressGuard"
import { layerHttpSender } from "@rollcall/delivery/webhooks/HttpWebhookSender"
import { WebhookSender } from "@rollcall/domain/webhooks/WebhookSender"
import { Effect, Redacted } from "effect"
import { receiver, secret } from "./webhooks/WebhookScene.ts"

const never = [
  "169.254.169.254",
  "169.254.0.1",
  "::ffff:a9fe:a9fe",
  "::ffff:169.254.169.254",
  "168.63.129.16",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "0.0.0.0",
  "0.1.2.3",
  "::",
  "224.0.0.1",
  "239.255.255.250",
  "ff02::1",
  "255.255.255.255",
  "240.0.0.1",
  "192.0.0.192",
  "192.0.2.1",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "2001::7f00:1",
  "::7f00:1",
  "fec0::1",
  "2001:db8::1",
  "198.18.0.1",
  "203.0.113.1",
  "nonsense"
]
const inner = [
  "127.0.0.1",
  "127.255.255.254",
  "127.8.9.1",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "::ffff:10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "fc00::1",
  "fd12:3456:789a::1"
]
const outer = [
  "93.184.215.14",
  "8.8.8.8",
  "20.190.159.0",
  "172.32.0.1",
  "100.128.0.1",
  "::ffff:8.8.8.8",
  "2606:4700:4700::1111",
  "2603:1006::1"
]

/** Resolves to one list after the other, the last one for ever; and counts. */
const resolving = (...answers: ReadonlyArray<ReadonlyArray<string>>) => {
  const asked: Array<string> = []
  const resolve: Resolve = (hostname, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    callback(
      null,
      answer.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }))
    )
  }
  return { asked, resolve }
}

const sendTo = (url: string, allowPrivate: boolean, resolve?: Resolve) =>
  Effect.flatMap(WebhookSender, (sender) =>
    sender.send({ url, id: "evt_1", body: "{}", secrets: [Redacted.make(secret)] })
  ).pipe(Effect.provide(layerHttpSender({ allowPrivate, ...(resolve === undefined ? {} : { resolve }) })))

describe("addresses that webhooks and look-ups of keys may not reach (ABUSE-38)", () => {
  it("only public ones, and by the operator's word those of the inner network, never metadata services", () => {
    for (const address of outer) {
      assert.isUndefined(forbiddenAddress(address, false), address)
      assert.isUndefined(forbiddenAddress(address, true), address)
    }
    for (const address of inner) {
      assert.isDefined(forbiddenAddress(address, false), address)
      assert.isUndefined(forbiddenAddress(address, true), address)
    }
    for (const address of never) {
      assert.isDefined(forbiddenAddress(address, false), address)
      assert.isDefined(forbiddenAddress(address, true), address)
    }
  })

  it("a look-up fails where the name leads to this machine, whichever form of answer is asked for", async () => {
    for (const all of [true, false]) {
      const failure = await new Promise((resolve) =>
        guardedLookup(false)("localhost", { all }, (error) => resolve(error))
      )
      assert.match(String(failure), /must not be reached/)
    }
  })

  it("an address in a URL is judged in every way to write it", () => {
    const urls = [
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0177.0.0.1/",
      "https://127.1/",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[0:0:0:0:0:ffff:a00:1]/",
      "https://169.254.169.254/latest/meta-data"
    ]
    for (const url of urls) assert.isDefined(forbiddenHost(new URL(url).hostname, false), url)
    assert.isUndefined(forbiddenHost("hooks.example.com", false), "a name is judged when it is resolved")
  })

  it.effect("nothing is sent to a name that resolves to one, or to one among others, and no address is told", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { port } = new URL(hooks.url)
      const lists = [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]]
      for (const list of lists) {
        const { asked, resolve } = resolving(list)
        const attempt = yield* sendTo(`https://rebind.example:${port}/`, false, resolve)
        assert.strictEqual(attempt._tag, "Unanswered")
        assert.match(attempt._tag === "Unanswered" ? attempt.error : "", /must not be reached/)
        assert.notMatch(attempt._tag === "Unanswered" ? attempt.error : "", /\d\.\d/)
        assert.lengthOf(asked, 1)
      }
      assert.lengthOf(hooks.received, 0)
    })
  )

  it.effect("an address in the URL, http without TLS, and localhost are refused without the operator's word", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { port } = new URL(hooks.url)
      for (const url of [
        hooks.url,
        `https://127.0.0.1:${port}/`,
        `https://[::ffff:127.0.0.1]:${port}/`,
        `https://localhost:${port}/`,
        `http://hooks.example:${port}/`
      ]) {
        assert.strictEqual((yield* sendTo(url, false))._tag, "Unanswered", url)
      }
      assert.lengthOf(hooks.received, 0)
    })
  )

  it.effect("a name is resolved once for a connection: what was judged is what is connected to (rebinding)", () =>
    Effect.gen(function* () {
      const hooks = yield* receiver
      const { port } = new URL(hooks.url)
      const { asked, resolve } = resolving(["127.0.0.1"], ["169.254.169.254"])
      const first = yield* sendTo(`http://rebind.example:${port}/`, true, resolve)
      assert.deepInclude(first, { _tag: "Answered", status: 204 })
      assert.lengthOf(asked, 1)
      const second = yield* sendTo(`http://rebind.example:${port}/`, true, resolve)
      assert.strictEqual(second._tag, "Unanswered")
      assert.lengthOf(hooks.received, 1)
    })
  )
})
