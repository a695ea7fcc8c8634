import { assert, layer as suite } from "@effect/vitest"
import { KeyHolders } from "@rollcall/http/auth/KeyHolders"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import {
  type Answer,
  asEntra,
  assertionOf,
  basic,
  enrolled,
  type Fields,
  layerScene,
  post,
  send,
  written
} from "./OAuthScene.ts"

const refused = (answer: Answer, status: number, error: string, why?: string) => {
  assert.strictEqual(answer.status, status, `${why} ${answer.text}`)
  assert.strictEqual(answer.body.error, error, why)
  assert.isString(answer.body.error_description)
  assert.match(String(answer.body.error_description), /^[ !#-[\]-~]+$/, "RFC 6749 section 5.2")
  assert.strictEqual(answer.headers["cache-control"], "no-store")
  assert.strictEqual(answer.headers["www-authenticate"] !== undefined, status === 401)
}

const credentials = { grant_type: "client_credentials" }

suite(layerScene)("POST /oauth/token", (it) => {
  it.effect("gives a bearer token of 60 minutes for a secret in the form or as Basic (R-ORG-5)", () =>
    Effect.gen(function* () {
      const { clientId, organization, secret, secretEntry } = yield* enrolled
      const answers = [
        yield* post({ ...credentials, client_id: clientId, client_secret: secret, scope: "scim" }),
        yield* post(credentials, basic(clientId, secret)),
        yield* post({ ...credentials, client_id: clientId, client_secret: "" }, basic(clientId, secret)),
        yield* post(credentials, basic(encodeURIComponent(clientId), encodeURIComponent(secret)))
      ]
      for (const answer of answers) {
        assert.strictEqual(answer.status, 200, answer.text)
        assert.match(String(answer.headers["content-type"]), /^application\/json/)
        assert.strictEqual(answer.headers["cache-control"], "no-store")
        assert.strictEqual(answer.headers.pragma, "no-cache")
        const { access_token, ...rest } = answer.body
        assert.deepStrictEqual(rest, { token_type: "Bearer", expires_in: 3_600, scope: "scim" })
        const holder = yield* (yield* KeyHolders).holderOf(String(access_token))
        assert.strictEqual(holder?.organization.id, organization.id)
        assert.deepStrictEqual(holder?.key, { id: secretEntry.id, kind: "scim", label: "Entra: 2027", scopes: [] })
      }
    })
  )

  it.effect(
    "gives one for an assertion of the federated identity as Entra sends it, and by its own grant (RFC 7523)",
    () =>
      Effect.gen(function* () {
        const { clientId, federation } = yield* enrolled
        const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        const answers = [
          yield* post(asEntra(clientId, yield* assertionOf())),
          yield* post({ ...asEntra(clientId, yield* assertionOf()), scope: "scim.readwrite" }),
          yield* post({ grant_type, client_id: clientId, assertion: yield* assertionOf() })
        ]
        for (const answer of answers) {
          assert.strictEqual(answer.status, 200, answer.text)
          assert.strictEqual(answer.body.scope, "scim")
          const holder = yield* (yield* KeyHolders).holderOf(String(answer.body.access_token))
          assert.deepStrictEqual([holder?.key.id, holder?.key.label], [federation.id, "Entra: tenant"])
        }
      })
  )

  it.effect("ABUSE-22: refuses every assertion that does not hold with the same invalid_client", () =>
    Effect.gen(function* () {
      const { clientId } = yield* enrolled
      const now = 0
      const wrong: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
        ["another audience", { aud: "api://else" }],
        ["an array of audiences", { aud: ["api://kelp"] }],
        ["no audience", { aud: undefined }],
        ["another issuer", { iss: "https://login.kelp.example/t2/v2.0" }],
        ["another subject", { sub: "sync-2" }],
        ["a subject in other case", { sub: "SYNC-1" }],
        ["expired", { exp: now - 61 }],
        ["no expiry", { exp: undefined }],
        ["an expiry that is text", { exp: "9999999999" }],
        ["not yet valid", { nbf: now + 61 }],
        ["from the future", { iat: now + 61 }],
        ["too long a life", { exp: now + 7_261 }],
        ["too long a life, from long ago", { iat: now - 7_200, exp: now + 61 }],
        ["a jti that is a number", { jti: 7 }],
        ["a jti without end", { jti: "x".repeat(2_000) }]
      ]
      const answers: Array<string> = []
      // A client each, so that none has to wait.
      for (const [why, claims] of wrong) {
        const fresh = yield* enrolled
        const answer = yield* post(asEntra(fresh.clientId, yield* assertionOf(claims)))
        refused(answer, 401, "invalid_client", why)
        answers.push(answer.text)
      }
      const unsigned = yield* post(asEntra(clientId, "eyJhbGciOiJub25lIn0.e30."))
      refused(unsigned, 401, "invalid_client")
      assert.lengthOf([...new Set([...answers, unsigned.text])], 1, "what was wrong is not told")
      assert.include(written.join(""), "api://else", "but is in the server's log")
      for (const claims of [
        { exp: now - 59 },
        { nbf: now + 60 },
        { iat: now + 60 },
        { iat: undefined, nbf: undefined }
      ]) {
        const answer = yield* post(asEntra(clientId, yield* assertionOf(claims)))
        assert.strictEqual(answer.status, 200, JSON.stringify(claims))
      }
    })
  )

  it.effect("ABUSE-22: takes an assertion with a jti once, also of many at the same time, and one without again", () =>
    Effect.gen(function* () {
      const { clientId } = yield* enrolled
      const once = asEntra(clientId, yield* assertionOf({ jti: "j1" }))
      const answers = yield* Effect.forEach([1, 2, 3, 4], () => post(once), { concurrency: "unbounded" })
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
      refused(yield* post(once), 401, "invalid_client")
      assert.strictEqual((yield* post(asEntra(clientId, yield* assertionOf({ jti: "j2" })))).status, 200)
      const again = asEntra(clientId, yield* assertionOf())
      assert.strictEqual((yield* post(again)).status, 200)
      assert.strictEqual((yield* post(again)).status, 200)
    })
  )

  it.effect("refuses unknown clients, wrong secrets and another organisation's address alike (R-ORG-5, ABUSE-11)", () =>
    Effect.gen(function* () {
      const { clientId, organization, secret } = yield* enrolled
      const other = yield* enrolled
      const wrong: ReadonlyArray<readonly [Fields, Fields]> = [
        [{ ...credentials, client_id: clientId, client_secret: `${secret}x` }, {}],
        [{ ...credentials, client_id: clientId, client_secret: other.secret }, {}],
        [{ ...credentials, client_id: other.clientId, client_secret: secret }, {}],
        [{ ...credentials, client_id: "rco_nobody", client_secret: secret }, {}],
        [{ ...credentials, client_id: `${clientId}=`, client_secret: secret }, {}],
        [{ ...credentials, client_id: clientId.slice(0, -1), client_secret: secret }, {}],
        [{ ...credentials, client_id: clientId }, {}],
        [credentials, {}],
        [credentials, { authorization: "Basic !" }],
        [credentials, { authorization: `Basic ${Buffer.from("no colon").toString("base64")}` }],
        [credentials, { authorization: `Basic ${Buffer.from("%zz:x").toString("base64")}` }],
        [credentials, { authorization: `Bearer ${secret}` }],
        [credentials, { ...basic(clientId, secret), host: `${other.organization.subdomain}.example.test` }]
      ]
      const texts = new Set<string>()
      for (const [form, headers] of wrong) {
        const answer = yield* post(form, headers)
        refused(answer, 401, "invalid_client", JSON.stringify([form, headers]))
        assert.match(String(answer.headers["www-authenticate"]), /^Basic realm=/)
        texts.add(answer.text)
      }
      assert.strictEqual(texts.size, 1)
      const here = yield* post(credentials, {
        ...basic(clientId, secret),
        host: `${organization.subdomain}.example.test`
      })
      assert.strictEqual(here.status, 200)
      for (const told of written) assert.notInclude(told, secret)
    })
  )

  it.effect("refuses requests that are not of the form that RFC 6749 has for them", () =>
    Effect.gen(function* () {
      const { clientId, secret } = yield* enrolled
      const sound = { ...credentials, client_id: clientId, client_secret: secret }
      const assertion = yield* assertionOf()
      const { client_assertion_type, ...untyped } = asEntra(clientId, assertion)
      const invalid: ReadonlyArray<ConstructorParameters<typeof URLSearchParams>[0]> = [
        {},
        { client_id: clientId, client_secret: secret },
        [...Object.entries(sound), ["grant_type", "client_credentials"]],
        [...Object.entries(sound), ["client_secret", secret]],
        [...Object.entries(sound), ["unknown", "1"], ["unknown", ""]],
        { ...sound, client_assertion_type, client_assertion: assertion },
        untyped,
        { ...untyped, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer" },
        { ...credentials, client_secret: secret },
        { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", client_id: clientId, client_secret: secret },
        { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }
      ]
      for (const form of invalid) {
        refused(yield* post(form), 400, "invalid_request", new URLSearchParams(form).toString().slice(0, 300))
      }
      refused(yield* post(sound, basic(clientId, secret)), 400, "invalid_request", "two ways at once")
      refused(yield* post({ ...credentials, client_id: "else" }, basic(clientId, secret)), 400, "invalid_request")
      for (const grant_type of ["password", "authorization_code", "Client_Credentials", "__proto__"]) {
        refused(yield* post({ ...sound, grant_type }), 400, "unsupported_grant_type", grant_type)
      }
      const headers = { "content-type": "application/json" }
      refused(
        yield* send("/oauth/token", { method: "POST", body: JSON.stringify(sound), headers }),
        400,
        "invalid_request"
      )
      refused(
        yield* send(`/oauth/token?client_secret=${secret}`, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams(sound).toString()
        }),
        400,
        "invalid_request"
      )
      const scoped = yield* send("/oauth/token?scope=custom", {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(sound).toString()
      })
      assert.strictEqual(scoped.status, 200, "as Okta can be told to")
      const got = yield* send("/oauth/token")
      refused(got, 405, "invalid_request")
      assert.strictEqual(got.headers.allow, "POST")
      assert.strictEqual((yield* post(sound)).status, 200, "none of that counts against the client")
    })
  )

  it.effect(
    "ABUSE-23: a scope of 50,000 characters, or one with line breaks, is refused; a body without end is not read",
    () =>
      Effect.gen(function* () {
        const { clientId, secret } = yield* enrolled
        const sound = { ...credentials, client_id: clientId, client_secret: secret }
        for (const scope of ["a".repeat(50_000), "a ".repeat(25_000), "a\r\nb", 'a"b', "a\\b", "é"]) {
          refused(yield* post({ ...sound, scope }), 400, "invalid_scope", scope.slice(0, 10))
        }
        refused(yield* post({ ...sound, scope: "a".repeat(70_000) }), 400, "invalid_request")
        const piece = "a".repeat(1_024)
        const pieces = function* () {
          for (let i = 0; i < 20_000; i++) yield piece
        }
        const headers = { "content-type": "application/x-www-form-urlencoded", "transfer-encoding": "chunked" }
        const answer = yield* send("/oauth/token", { method: "POST", headers, body: pieces() })
        refused(answer, 400, "invalid_request")
      })
  )

  it.effect("makes a client that failed ten times wait, says how long, and lets in what it knows to be right", () =>
    Effect.gen(function* () {
      const { clientId, secret } = yield* enrolled
      const other = yield* enrolled
      const sound = { ...credentials, client_id: clientId, client_secret: secret }
      assert.strictEqual((yield* post(sound)).status, 200)
      const wrong = { ...sound, client_secret: "wrong" }
      for (let i = 0; i < 10; i++) refused(yield* post(wrong), 401, "invalid_client", `attempt ${i}`)
      yield* TestClock.adjust(20_500)
      const waits = yield* post(wrong)
      refused(waits, 429, "temporarily_unavailable")
      assert.strictEqual(waits.headers["retry-after"], "40")
      assert.strictEqual((yield* post(sound)).status, 200, "nobody is kept out by others")
      refused(yield* post(asEntra(clientId, yield* assertionOf())), 429, "temporarily_unavailable", "never seen before")
      assert.strictEqual((yield* post(asEntra(other.clientId, yield* assertionOf()))).status, 200)
      yield* TestClock.adjust(39_500)
      assert.strictEqual((yield* post(asEntra(clientId, yield* assertionOf()))).status, 200)
      for (let i = 0; i < 10; i++) refused(yield* post(asEntra(clientId, "junk")), 401, "invalid_client")
      refused(yield* post(asEntra(clientId, "junk")), 429, "temporarily_unavailable")
      assert.strictEqual((yield* post(asEntra(clientId, yield* assertionOf()))).status, 200, "signed by who is known")
    })
  )

  it.effect("a client that has two secrets and an identity is let in by each while another fails under its name", () =>
    Effect.gen(function* () {
      const { client, clientId, hand, secret } = yield* enrolled
      const added = yield* hand.addSecret(client.id, "2028")
      const bySecret = (text: string) => ({ ...credentials, client_id: clientId, client_secret: text })
      const ways = [
        Effect.succeed(bySecret(secret)),
        Effect.succeed(bySecret(Redacted.value(added.secret))),
        Effect.map(assertionOf(), (assertion) => asEntra(clientId, assertion))
      ]
      for (const way of ways) assert.strictEqual((yield* post(yield* way)).status, 200)
      for (let i = 0; i < 10; i++) refused(yield* post(bySecret("wrong")), 401, "invalid_client")
      for (const [index, way] of ways.entries()) {
        assert.strictEqual((yield* post(yield* way)).status, 200, `way ${index}`)
      }
      refused(yield* post(bySecret("wrong")), 429, "temporarily_unavailable")
    })
  )

  it.effect("a token works until it expires or its secret is revoked, whichever cache has it (ABUSE-24)", () =>
    Effect.gen(function* () {
      const { client, clientId, hand, secret, secretEntry } = yield* enrolled
      const holders = yield* KeyHolders
      const fetchToken = Effect.map(post({ ...credentials, client_id: clientId, client_secret: secret }), ({ body }) =>
        String(body.access_token)
      )
      const expiring = yield* fetchToken
      assert.isDefined(yield* holders.holderOf(expiring))
      yield* TestClock.adjust(3_599_000)
      assert.isDefined(yield* holders.holderOf(expiring))
      yield* TestClock.adjust(999)
      assert.isDefined(yield* holders.holderOf(expiring), "by the cache, of one second ago")
      yield* TestClock.adjust(1)
      assert.isUndefined(yield* holders.holderOf(expiring), "the cache does not let it live longer")
      const doomed = yield* fetchToken
      assert.isDefined(yield* holders.holderOf(doomed))
      yield* hand.revokeCredential(client.id, secretEntry.id)
      yield* TestClock.adjust(4_000)
      assert.isUndefined(yield* holders.holderOf(doomed))
      refused(yield* post({ ...credentials, client_id: clientId, client_secret: secret }), 401, "invalid_client")
    })
  )
})

suite(layerScene)("GET /.well-known/oauth-authorization-server", (it) => {
  it.effect("tells each organisation's address where tokens are to be had, and how (RFC 8414)", () =>
    Effect.gen(function* () {
      const path = "/.well-known/oauth-authorization-server"
      const ours = yield* send(path, { headers: { host: "kelp.example.test" } })
      assert.strictEqual(ours.status, 200, ours.text)
      assert.match(String(ours.headers["content-type"]), /^application\/json/)
      assert.strictEqual(ours.body.issuer, "https://kelp.example.test")
      assert.strictEqual(ours.body.token_endpoint, "https://kelp.example.test/oauth/token")
      assert.deepStrictEqual(ours.body.grant_types_supported, [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
      ])
      assert.deepStrictEqual(ours.body.token_endpoint_auth_methods_supported, [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ])
      assert.notMatch(ours.text, /none|HS256/)
      assert.strictEqual((yield* send(path)).body.issuer, "https://scim.example.test")
      assert.strictEqual((yield* send(path, { headers: { host: "a_b<x>.example.test" } })).status, 404)
    })
  )
})
