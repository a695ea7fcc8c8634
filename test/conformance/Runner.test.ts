import { assert, describe, it } from "vitest"
import type { Case, Request, Step } from "./Case.ts"
import { type Answer, invariants } from "./Invariants.ts"
import type { Json } from "./Json.ts"
import { runCase } from "./Runner.ts"

const scimType = "application/scim+json; charset=utf-8"
const answer = (status: number, body?: Json, headers: Record<string, Json> = {}): Answer => ({
  status,
  headers: { ...(body === undefined ? {} : { "content-type": scimType }), ...headers },
  body,
  text: body === undefined ? "" : JSON.stringify(body)
})

const get = (path: string, expect: Step["expect"], capture?: Step["capture"]): Step => ({
  request: { method: "GET", path, headers: { "X-Case": "{{case}}" } },
  expect,
  ...(capture === undefined ? {} : { capture })
})

const oneCase = (...steps: ReadonlyArray<Step>): Case => ({ name: "sample", source: "WIRE A.2", rules: [], steps })

const playing = (...answers: ReadonlyArray<Answer>) => {
  const sent: Array<Request> = []
  const send = async (request: Request): Promise<Answer> => {
    sent.push(request)
    const next = answers[sent.length - 1]
    if (next === undefined) throw new Error("no more answers")
    return next
  }
  return { sent, send }
}

describe("Runner", () => {
  it("passes a case whose answers are as expected, and carries captured values on", async () => {
    const { send, sent } = playing(
      answer(200, { id: "u1", meta: { version: "v" } }, { etag: "v" }),
      answer(200, { id: "u1" })
    )
    const one = oneCase(
      get("/Users/a", { status: 200 }, { id: "$.id", etag: "header:etag" }),
      get("/Users/{{id}}?v={{etag}}", { status: 200, body: { id: "{{id}}" } })
    )
    assert.deepStrictEqual(await runCase(one, "http://h/scim/v2", send), { passed: true })
    assert.deepStrictEqual(
      sent.map(({ path }) => path),
      ["/Users/a", "/Users/u1?v=v"]
    )
    assert.deepStrictEqual(sent[0]?.headers, { "X-Case": "sample" })
  })

  it("sends steps that belong together at the same time, and all others one after another", async () => {
    const inFlight: Array<string> = []
    const seen: Array<string> = []
    const send = async ({ path }: Request): Promise<Answer> => {
      inFlight.push(path)
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(inFlight.join(" "))
      inFlight.splice(inFlight.indexOf(path), 1)
      return answer(path === "/c" ? 404 : 200, { id: path })
    }
    const together = (path: string, status = 200): Step => ({
      ...get(path, { status }, { [path]: "$.id" }),
      together: true
    })
    const steps = [get("/a", { status: 200 }), together("/b"), together("/d"), get("/e", { status: 200 })]
    assert.isTrue((await runCase(oneCase(...steps), "http://h/scim/v2", send)).passed)
    assert.deepStrictEqual(seen, ["/a", "/b /d", "/d", "/e"])
    const outcome = await runCase(oneCase(together("/b"), together("/c"), together("/d")), "http://h/scim/v2", send)
    assert.include(outcome.passed ? "" : outcome.report, "step 2 of 3: GET /c")
  })

  it("stops at the first step that differs and says what was sent, wanted and answered", async () => {
    const { send, sent } = playing(answer(200, { id: "u2" }), answer(200, {}))
    const one = oneCase(get("/Users/a", { status: 200, body: { id: "u1" } }), get("/Users/b", { status: 200 }))
    const outcome = await runCase(one, "http://h/scim/v2", send)
    assert.isFalse(outcome.passed)
    const report = outcome.passed ? "" : outcome.report
    assert.include(report, "step 1 of 2: GET /Users/a")
    assert.include(report, 'body.id: expected "u1", got "u2"')
    assert.include(report, 'answer: 200 {"id":"u2"}')
    assert.lengthOf(sent, 1)
  })

  const failing: ReadonlyArray<readonly [string, Step, Answer]> = [
    ["another status", get("/", { status: 204 }), answer(200, {})],
    ["a header that differs", get("/", { status: 200, headers: { etag: "a" } }), answer(200, {}, { etag: "b" })],
    ["a value that must be absent", get("/", { status: 200, absent: ["$.a.b"] }), answer(200, { a: { b: 1 } })],
    ["nothing to capture", get("/", { status: 200 }, { id: "$.id" }), answer(200, {})],
    ["an answer that breaks an invariant", get("/", { status: 404 }), answer(404, {})]
  ]
  for (const [name, step, got] of failing) {
    it(`fails a case on ${name}`, async () => {
      assert.isFalse((await runCase(oneCase(step), "http://h/scim/v2", playing(got).send)).passed)
    })
  }
})

const error = (status: number, more: Record<string, Json> = {}): Json => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
  status: String(status),
  detail: "why",
  ...more
})

describe("Invariants", () => {
  const held: ReadonlyArray<readonly [string, Answer]> = [
    ["a resource", answer(200, { id: "a" })],
    ["nothing for 204", answer(204)],
    ["an error", answer(404, error(404))],
    ["501 on /Me", answer(501, error(501))],
    ["a new resource", answer(201, { meta: { location: "/a", version: "v" } }, { location: "/a", etag: "v" })],
    ["an attribute definition of the password", answer(200, { attributes: [{ name: "password", returned: "never" }] })]
  ]
  for (const [name, good] of held) {
    it(`accept ${name}`, () => assert.deepStrictEqual(invariants(good), []))
  }

  const broken: ReadonlyArray<readonly [string, Answer]> = [
    ["a body with 204", answer(204, {})],
    ["an answer without JSON", { ...answer(200, {}), body: undefined, text: "<html>" }],
    ["another content type", answer(200, {}, { "content-type": "application/json" })],
    ["an error without a SCIM error", answer(404, { message: "no" })],
    ["an error whose status is a number", answer(404, error(404, { status: 404 }))],
    ["an error that says nothing", answer(404, error(404, { detail: " " }))],
    ["a 401 without its scheme", answer(401, error(401))],
    ["a 500", answer(500, error(500))],
    ["a redirect", answer(308, error(308))],
    ["a null", answer(200, { a: [{ b: null }] })],
    ["a password", answer(200, { Resources: [{ password: "x" }] })],
    ["a 201 without Location", answer(201, { meta: { location: "/a" } })],
    ["an ETag that is not the version", answer(200, { meta: { version: "v" } }, { etag: "w" })]
  ]
  for (const [name, bad] of broken) {
    it(`refuse ${name}`, () => assert.isNotEmpty(invariants(bad)))
  }
})
