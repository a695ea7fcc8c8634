import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { wrongAnswer, wrongErrorBody } from "../property/BadInputLaw.ts"
import { type ServerWithOrganizations, startWithOrganizations } from "../support/Databases.ts"
import { type ScimClient, type ScimRequest, type ScimResponse, scim } from "../support/ScimClient.ts"
import { type RawAnswer, sendAndHangUp, sendRaw } from "./RawHttp.ts"

const SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
const NESTED = 10_000
const FILTER_BYTES = 60_000

describe("abuse that arrives by HTTP", () => {
  let started: ServerWithOrganizations
  let client: ScimClient
  let user: string
  let untouched: string

  const read = async () => (await client.request({ method: "GET", path: `/Users/${user}` })).text

  /** Sends it and insists on a SCIM error of that status, which changed nothing. */
  const refused = async (status: number, request: ScimRequest, scimTypes?: ReadonlyArray<string>) => {
    const answer = await client.request(request)
    assert.strictEqual(answer.status, status, answer.text.slice(0, 500))
    assert.isUndefined(wrongAnswer(request, answer), answer.text.slice(0, 500))
    if (scimTypes !== undefined) assert.include(scimTypes, answer.at("scimType"), answer.text.slice(0, 500))
    assert.isBelow(answer.string("detail").length, 1_000, "a detail fits in an identity provider's task list (R-LOG-3)")
    assert.strictEqual(await read(), untouched)
    return answer
  }

  const search = (filter: string): ScimRequest => ({
    method: "POST",
    path: "/.search",
    body: { schemas: [SEARCH], filter }
  })

  const patch = (path: string, value: unknown = "x"): ScimRequest => ({
    method: "PATCH",
    path: `/Users/${user}`,
    body: { schemas: [PATCH_OP], Operations: [{ op: "replace", path, value }] }
  })

  beforeAll(async () => {
    started = await startWithOrganizations({
      database: "embedded",
      organizations: [{ subdomain: "halden", preset: "product" }]
    })
    client = started.organization("halden").scim
    const created = await client.request({
      method: "POST",
      path: "/Users",
      body: {
        userName: "sun-hee.park@haldenrobotics.example",
        name: { givenName: "Sun-hee", familyName: "Park" },
        emails: [{ value: "sun-hee.park@haldenrobotics.example", type: "work", primary: true }]
      }
    })
    user = created.string("id")
    untouched = await read()
  })

  afterAll(() => started?.stop())

  describe("credentials (ABUSE-21)", () => {
    const insist401 = (answer: ScimResponse) => {
      assert.strictEqual(answer.status, 401, answer.text)
      assert.isUndefined(wrongErrorBody(401, answer.body), answer.text)
      assert.match(String(answer.headers["content-type"]), /^application\/scim\+json/)
      assert.match(String(answer.headers["www-authenticate"]), /^Bearer/)
    }

    const wrong: ReadonlyArray<readonly [string, (token: string) => string]> = [
      ["the scheme alone", () => "Bearer"],
      ["an empty token", () => "Bearer "],
      ["a blank and a tab for a token", () => "Bearer \t"],
      ["a tab for the blank after the scheme", (token) => `Bearer\t${token}`],
      ["something after the token", (token) => `Bearer ${token} x`],
      ["the token twice, with a comma", (token) => `Bearer ${token}, Bearer ${token}`],
      ["the token without a scheme", (token) => token],
      ["another scheme", (token) => `Basic ${token}`],
      ["the token with one letter less", (token) => `Bearer ${token.slice(0, -1)}`],
      ["the token with one letter more", (token) => `Bearer ${token}A`],
      ["a token of 8,000 letters", () => `Bearer ${"A".repeat(8_000)}`],
      ["a token that is no ASCII", (token) => `Bearer ${token}\u00e9`]
    ]
    for (const [what, header] of wrong) {
      it(`answers 401 to ${what}`, async () => {
        const headers = { Authorization: header(started.organization("halden").scimToken) }
        insist401(await client.request({ method: "GET", path: "/Users", headers }))
      })
    }

    it("answers 401 to no Authorization header at all", async () => {
      insist401(await client.request({ method: "GET", path: "/Users", headers: { Authorization: undefined } }))
    })

    it("answers 401 to two Authorization headers, even where both are right", async () => {
      const right = `Authorization: Bearer ${started.organization("halden").scimToken}`
      for (const other of [right, "Authorization: Bearer x", "authorization: "]) {
        for (const [first, second] of [
          [right, other],
          [other, right]
        ]) {
          const request = `GET /scim/v2/Users HTTP/1.1\r\nHost: 127.0.0.1\r\n${first}\r\n${second}\r\nConnection: close\r\n\r\n`
          const answer = await sendRaw(started.server.baseUrl, request)
          assert.strictEqual(answer.status, 401, `${first} | ${second}\n${answer.text.slice(0, 500)}`)
        }
      }
    })

    it("takes the scheme in any case, as RFC 9110 11.1 has it", async () => {
      const headers = { Authorization: `bearer ${started.organization("halden").scimToken}` }
      assert.strictEqual((await client.request({ method: "GET", path: "/Users", headers })).status, 200)
    })
  })

  describe("ten thousand nested groupings (ABUSE-27)", () => {
    const nestings: ReadonlyArray<readonly [string, string, string]> = [
      ["parentheses", "(", ")"],
      ["negations", "not (", ")"],
      ["open parentheses only", "(", ""],
      ["closing parentheses only", "", ")"],
      ["value paths", "emails[", "]"]
    ]
    for (const [what, before, after] of nestings) {
      const expression = `${before.repeat(NESTED)}type eq "work"${after.repeat(NESTED)}`
      it(`of ${what} in a filter are refused`, () => refused(400, search(expression), ["invalidFilter"]))
      it(`of ${what} in the path of an operation are refused`, () =>
        refused(400, patch(`emails[${expression}].value`), ["invalidFilter", "invalidPath"]))
    }

    it("are refused in the query of a list, or the query itself is too long", async () => {
      const filter = encodeURIComponent(`${"(".repeat(6_000)}userName pr${")".repeat(6_000)}`)
      await refused(400, { method: "GET", path: `/Users?filter=${filter}` }, ["invalidFilter"])
    })
  })

  // No clock: a parser that is quadratic in these needs minutes for all of them, and the test's own limit ends it.
  describe("whitespace and quote bombs (ABUSE-28)", () => {
    const fill = (unit: string) => unit.repeat(Math.ceil(FILTER_BYTES / unit.length))
    const bombs: ReadonlyArray<readonly [string, string]> = [
      ["blanks", fill(" ")],
      ["blanks between the words", `userName${fill(" ")}eq "x"`],
      ["blanks before something wrong", `userName eq${fill(" ")}!`],
      ["blanks behind", `userName eq "x"${fill(" ")}!`],
      ["tabs and line ends", `userName${fill("\t\r\n")}pr`],
      ["quotes", `userName eq ${fill('"')}`],
      ["escaped quotes without an end", `userName eq "${fill('\\"')}`],
      ["back-slashes without an end", `userName eq "${fill("\\")}`],
      ["broken escapes", `userName eq "${fill("\\u")}"`],
      ["dots", `userName${fill(".a")} eq "x"`],
      ["colons", `urn${fill(":a")} eq "x"`],
      ["opening brackets", `emails${fill("[")}`],
      ["digits", `meta.created gt ${fill("1")}`],
      ["a chain of conditions", `${fill('userName eq "a" or ')}userName eq "b"`],
      ["a chain of conditions without an end", fill("userName pr and ")],
      ["words", fill("not ")],
      ["percent signs to match", `userName co "${fill("%_")}"`]
    ]
    it("of 60 KB are answered, thirty of each side by side", async () => {
      for (const [what, filter] of bombs) {
        const asked = Array.from({ length: 30 }, () => client.request(search(filter)))
        for (const answer of await Promise.all(asked)) {
          assert.include([200, 400], answer.status, `${what}: ${answer.text.slice(0, 300)}`)
          assert.isUndefined(wrongAnswer({ method: "POST", path: "/.search" }, answer), what)
        }
      }
    }, 60_000)

    it("of 60 KB in the path of an operation are refused, thirty of each side by side", async () => {
      for (const [what, filter] of bombs) {
        for (const path of [filter, `emails[${filter}].value`]) {
          const asked = Array.from({ length: 15 }, () => client.request(patch(path)))
          for (const answer of await Promise.all(asked)) {
            assert.isUndefined(wrongAnswer({ method: "PATCH", path: "/Users/x" }, answer), what)
            assert.isBelow(answer.text.length, 20_000, `${what}: a refusal need not repeat what was sent`)
          }
        }
      }
      assert.strictEqual(await read(), untouched)
    }, 60_000)
  })

  describe("names that mean something to JavaScript (ABUSE-29)", () => {
    const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"]

    it("in paths of operations are refused or without effect", async () => {
      const paths = NAMES.flatMap((name) => [
        ...[
          name,
          `${name}.polluted`,
          `${name}.${name}`,
          `name.${name}`,
          `emails.${name}`,
          `emails[${name} eq "x"].value`
        ],
        ...[`emails[type eq "work"].${name}`, `urn:ietf:params:scim:schemas:core:2.0:User:${name}`, `meta.${name}`],
        ...[`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:${name}`, `constructor.prototype.${name}`]
      ])
      for (const path of paths) {
        for (const value of ["polluted", { polluted: "polluted" }]) {
          const request = patch(path, value)
          const answer = await client.request(request)
          assert.isUndefined(wrongAnswer(request, answer), `${path}: ${answer.text}`)
          assert.include([200, 400], answer.status, `${path}: ${answer.text}`)
        }
      }
      assert.strictEqual(await read(), untouched)
    })

    it("as keys of bodies and of values without a path are ignored or refused", async () => {
      const email = "mateo.brandt@haldenrobotics.example"
      const victim = await client.request({ method: "POST", path: "/Users", body: { userName: email } })
      const path = `/Users/${victim.string("id")}`
      for (const name of NAMES) {
        for (const value of ['"polluted"', '{"polluted":"polluted"}', '[{"polluted":"polluted"}]']) {
          const member = `"${name}":${value}`
          const bodies = [
            ["PUT", `{"userName":"${email}",${member},"name":{${member}},"roles":[{"value":"a",${member}}]}`],
            [
              "PATCH",
              `{"schemas":["${PATCH_OP}"],"Operations":[{"op":"add","value":{${member}},${member}}],${member}}`
            ],
            ["PATCH", `{"schemas":["${PATCH_OP}"],"Operations":[{"op":"add","value":{"name.${name}":${value}}}]}`]
          ] as const
          for (const [method, rawBody] of bodies) {
            const answer = await client.request({ method, path, rawBody })
            assert.isUndefined(wrongAnswer({ method, path }, answer), `${rawBody}: ${answer.text}`)
            assert.include([200, 400], answer.status, `${rawBody}: ${answer.text}`)
            assert.notInclude(answer.status === 200 ? answer.text : "", "polluted", rawBody)
          }
        }
      }
      assert.notInclude((await client.request({ method: "GET", path })).text, "polluted")
      assert.strictEqual(await read(), untouched)
    })

    for (const name of NAMES) {
      it(`${name} is no attribute that a filter knows`, async () => {
        for (const filter of [
          `${name} eq "x"`,
          `${name} pr`,
          `name.${name} pr`,
          `emails[${name} pr]`,
          `${name}.x co "a"`
        ]) {
          const answer = await client.request(search(filter))
          assert.strictEqual(answer.status, 400, `${filter}: ${answer.text}`)
          assert.strictEqual(answer.at("scimType"), "invalidFilter", `${filter}: ${answer.text}`)
        }
      })
    }

    it("as names to sort by or to project are refused or ignored", async () => {
      for (const name of NAMES) {
        for (const parameter of ["sortBy", "attributes", "excludedAttributes", name]) {
          const request = { method: "GET", path: `/Users?${parameter}=${name}` }
          const answer = await client.request(request)
          assert.isUndefined(wrongAnswer(request, answer), `${request.path}: ${answer.text}`)
          assert.include([200, 400], answer.status, request.path)
        }
        const asId = await client.request({ method: "GET", path: `/Users/${name}` })
        assert.strictEqual(asId.status, 404, asId.text)
        const asSchema = await client.request({ method: "GET", path: `/Schemas/${name}` })
        assert.strictEqual(asSchema.status, 404, asSchema.text)
      }
    })

    it("have left nothing behind in what others are answered", async () => {
      const created = await client.request({ method: "POST", path: "/Groups", body: { displayName: "Vision" } })
      const keys = Object.keys(JSON.parse(created.text))
      assert.sameMembers(
        keys.filter((key) => key !== "members"),
        ["schemas", "id", "displayName", "meta"]
      )
      for (const path of ["/ServiceProviderConfig", "/Users", "/Groups", "/Users/unknown"]) {
        assert.notInclude((await client.request({ method: "GET", path })).text, "polluted")
      }
    })
  })

  describe("JSON a hundred thousand levels deep (ABUSE-30)", () => {
    const DEPTH = 100_000
    const deep: ReadonlyArray<readonly [string, string]> = [
      ["lists", `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`],
      ["objects", `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`],
      ["lists without an end", "[".repeat(DEPTH)]
    ]
    for (const [what, json] of deep) {
      it(`of ${what} is refused wherever it stands`, async () => {
        const inUser = `{"userName":"deep@haldenrobotics.example","name":${json}}`
        const inPatch = `{"schemas":["${PATCH_OP}"],"Operations":[{"op":"add","path":"name","value":${json}}]}`
        const inBulk = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":${json}}]}`
        const bodies = [
          ["POST", "/Users", json],
          ["POST", "/Users", inUser],
          ["POST", "/Users", `{"userName":"deep@haldenrobotics.example","unknown":${json}}`],
          ["PUT", `/Users/${user}`, inUser],
          ["PATCH", `/Users/${user}`, inPatch],
          ["POST", "/Groups", `{"displayName":"Deep","members":${json}}`],
          ["POST", "/.search", `{"schemas":["${SEARCH}"],"filter":${json}}`],
          ["POST", "/Bulk", inBulk]
        ] as const
        for (const [method, path, rawBody] of bodies) {
          const answer = await refused(400, { method, path, rawBody })
          assert.isBelow(answer.text.length, 2_000)
        }
      })
    }
  })

  describe("strange and enormous heads (ABUSE-31)", () => {
    const head = (line: string, ...headers: ReadonlyArray<string>) =>
      [line, "Host: 127.0.0.1", "Connection: close", ...headers, "", ""].join("\r\n")
    const authorized = () => `Authorization: Bearer ${started.organization("halden").scimToken}`
    const insistRefusal = (answer: RawAnswer, ...statuses: ReadonlyArray<number>) =>
      assert.include(statuses, answer.status, answer.text.slice(0, 300))

    it("a header named __proto__ changes nothing", async () => {
      const headers = ["__proto__: x", "constructor: x", "toString: x", "hasOwnProperty: x"]
      const answer = await sendRaw(
        started.server.baseUrl,
        head(`GET /scim/v2/Users/${user} HTTP/1.1`, authorized(), ...headers)
      )
      assert.strictEqual(answer.status, 200, answer.text.slice(0, 300))
      assert.strictEqual(await read(), untouched)
    })

    it("16 KiB of headers are refused", async () => {
      const one = await sendRaw(
        started.server.baseUrl,
        head("GET /scim/v2/Users HTTP/1.1", authorized(), `X-Long: ${"a".repeat(16_384)}`)
      )
      insistRefusal(one, 431, 400)
      const many = Array.from({ length: 1_000 }, (_, index) => `X-Header-${index}: aaaaaaaaaaaaaaaa`)
      insistRefusal(
        await sendRaw(started.server.baseUrl, head("GET /scim/v2/Users HTTP/1.1", authorized(), ...many)),
        431,
        400
      )
    })

    it("a URL of 64 KiB is refused", async () => {
      const paths = [`/scim/v2/Users/${"a".repeat(65_536)}`, `/scim/v2/Users?filter=${"a".repeat(65_536)}`]
      for (const path of paths) {
        insistRefusal(
          await sendRaw(started.server.baseUrl, head(`GET ${path} HTTP/1.1`, authorized())),
          ...[400, 414, 431]
        )
      }
    })

    it("both a length and a chunked body (request smuggling) are refused", async () => {
      const both = ["Content-Type: application/scim+json", "Content-Length: 5", "Transfer-Encoding: chunked"]
      const request = `${head("POST /scim/v2/Users HTTP/1.1", authorized(), ...both)}0\r\n\r\n`
      insistRefusal(await sendRaw(started.server.baseUrl, request), 400)
    })

    it("a request that is no HTTP is refused and the server goes on", async () => {
      for (const garbage of ["\u0000\u0001\u0002\r\n\r\n", "GET\r\n\r\n", "GET /scim/v2/Users HTTP/9.9\r\n\r\n"]) {
        const answer = await sendAndHangUp(started.server.baseUrl, garbage)
        if (answer.status !== undefined) insistRefusal(answer, 400, 405, 505)
      }
      assert.strictEqual(await read(), untouched)
    })
  })

  describe("a body beyond the limit", () => {
    it("is refused with 413 as a SCIM error (R-SCIM-5)", async () => {
      const lonely = scim(client.baseUrl, client.token, { keepAlive: false })
      const rawBody = `{"displayName":"${"x".repeat(64 * 1_024 * 1_024)}"}`
      const answer = await lonely.request({ method: "POST", path: "/Groups", rawBody })
      assert.strictEqual(answer.status, 413, answer.text.slice(0, 300))
      assert.isUndefined(wrongErrorBody(413, answer.body), answer.text.slice(0, 300))
      lonely.close()
    })
  })
})
