import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { rollcallHere } from "../support/RollcallHere.ts"
import { scim } from "../support/ScimClient.ts"
import { type LoopbackIssuer, startIssuer } from "./LoopbackIssuer.ts"
import { type Replicas, startReplicas, USER } from "./Replicas.ts"

/** What the documents promise: the cache of keys lives four seconds, and so does a revoked token at most. */
const CACHE_SECONDS = 5

const claims = { sub: "0f1e2d3c-sync-fabric", aud: "api://b5ba7a93-4452-4522-aeb4-a2b5da870c16" }

interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

const recordOf = (json: unknown): Readonly<Record<string, unknown>> => {
  if (typeof json !== "object" || json === null) throw new Error("the answer is no JSON object")
  return { ...json }
}

describe("OAuth at two servers", () => {
  let replicas: Replicas
  let issuer: LoopbackIssuer
  let client: Readonly<Record<string, string>>

  let attacked: Readonly<Record<string, string>>

  const run = async (...args: ReadonlyArray<string>): Promise<Readonly<Record<string, string>>> => {
    const { code, stderr, stdout } = await rollcallHere([...args, "--json"], replicas.database.env)
    assert.strictEqual(code, 0, stderr)
    return JSON.parse(stdout)
  }

  beforeAll(async () => {
    issuer = await startIssuer()
    const organizations = [{ subdomain: "fjordhold", preset: "product" as const }]
    replicas = await startReplicas({ organizations, env: issuer.env })
    const identity = ["--issuer", issuer.issuer, "--subject", claims.sub, "--audience", claims.aud]
    const enroll = async (label: string) => {
      const created = await run("oauth-client", "create", "fjordhold", "--label", label, "--secret-label", "2027")
      await run("oauth-client", "federate", "fjordhold", created.clientId ?? "", ...identity)
      return created
    }
    client = await enroll("Entra")
    // One that fails often has to wait, which the others must not see.
    attacked = await enroll("Attacked")
  }, 120_000)

  afterAll(async () => {
    await replicas?.stop()
    await issuer?.close()
  })

  const addressOf = (server: number): string => replicas.servers[server]?.baseUrl ?? ""

  const ask = async (server: number, form: Readonly<Record<string, string>>): Promise<TokenAnswer> => {
    const body = new URLSearchParams(form)
    const response = await fetch(`${addressOf(server)}/oauth/token`, { method: "POST", body })
    return { status: response.status, headers: response.headers, body: recordOf(await response.json()) }
  }

  /** What is granted; anything else fails the test. */
  const grantedTo = async (server: number, form: Readonly<Record<string, string>>): Promise<TokenAnswer> => {
    const answer = await ask(server, form)
    assert.strictEqual(answer.status, 200, JSON.stringify(answer.body) + replicas.servers[server]?.output())
    return answer
  }

  const bySecret = (secret = client.secret ?? "") => ({
    grant_type: "client_credentials",
    client_id: client.clientId ?? "",
    client_secret: secret
  })

  /** As Entra's provisioning asks with a workload identity. */
  const byAssertion = (assertion: string, { clientId = "" } = client) => ({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
    scope: "scim"
  })

  const list = async (server: number, token: unknown) => {
    const idp = scim(`${addressOf(server)}/scim/v2`, String(token))
    try {
      return await idp.request({ method: "GET", path: "/Users?count=1" })
    } finally {
      idp.close()
    }
  }

  const refused = ({ body, headers, status }: TokenAnswer, why: string) => {
    assert.deepStrictEqual([status, body.error], [401, "invalid_client"], why)
    assert.strictEqual(headers.get("cache-control"), "no-store")
  }

  it("a token by client credentials lives 60 minutes and opens SCIM at either server (R-ORG-5, WIRE C.2 test 21)", async () => {
    const { body } = await grantedTo(0, bySecret())
    assert.isAtLeast(Number(body.expires_in), 60 * 60)
    assert.isAtMost(Number(body.expires_in), 360 * 60)
    for (const server of [0, 1]) assert.strictEqual((await list(server, body.access_token)).status, 200)
    const idp = scim(`${addressOf(1)}/scim/v2`, String(body.access_token))
    const made = await idp.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER], userName: "oauth@fjordhold.example" }
    })
    idp.close()
    assert.strictEqual(made.status, 201, made.text)
    const config = await replicas.organization("fjordhold").request({ method: "GET", path: "/ServiceProviderConfig" })
    assert.deepStrictEqual(
      [config.string("authenticationSchemes", 0, "type"), config.string("authenticationSchemes", 1, "type")],
      ["oauthbearertoken", "oauth2"]
    )
    const metadata = await fetch(`${addressOf(0)}/.well-known/oauth-authorization-server`)
    assert.strictEqual(recordOf(await metadata.json()).token_endpoint, "http://scim.rollcall.example/oauth/token")
  })

  it("a token by an assertion as Entra sends it opens SCIM at either server (R-ORG-5, WIRE C.2 test 22)", async () => {
    for (const server of [0, 1]) {
      const { body } = await grantedTo(server, byAssertion(issuer.sign(claims)))
      for (const other of [0, 1]) assert.strictEqual((await list(other, body.access_token)).status, 200)
    }
  })

  it("ABUSE-22: an assertion with a wrong or array aud, none, HS256, expired, not yet valid, of an unknown kid gets invalid_client", async () => {
    const now = Math.floor(Date.now() / 1_000)
    const wrong: ReadonlyArray<readonly [string, string]> = [
      ["wrong aud", issuer.sign({ ...claims, aud: "api://else" })],
      ["array aud", issuer.sign({ ...claims, aud: [claims.aud] })],
      ["none", issuer.unsigned(claims)],
      ["HS256", issuer.symmetric(claims)],
      ["expired", issuer.sign({ ...claims, exp: now - 120 })],
      ["not yet valid", issuer.sign({ ...claims, nbf: now + 600 })],
      ["unknown kid", issuer.sign(claims, issuer.stranger("k2"))],
      ["another's key", issuer.sign(claims, issuer.stranger(issuer.kid))]
    ]
    for (const [why, assertion] of wrong) refused(await ask(0, byAssertion(assertion, attacked)), why)
    await grantedTo(0, byAssertion(issuer.sign(claims), attacked))
  })

  it("ABUSE-22: an assertion with a jti that one server took is refused by the other", async () => {
    const form = byAssertion(issuer.sign({ ...claims, jti: "once-only" }))
    const both = await Promise.all([ask(0, form), ask(1, form)])
    assert.deepStrictEqual(both.map(({ status }) => status).sort(), [200, 401])
    for (const server of [0, 1]) refused(await ask(server, form), `at ${server}`)
  })

  it("ABUSE-23: a scope of 50,000 characters is refused without a look at who asks", async () => {
    const { body, status } = await ask(0, { ...bySecret(), scope: "a".repeat(50_000) })
    assert.deepStrictEqual([status, body.error], [400, "invalid_scope"])
  })

  it("ABUSE-21: a token that is cut, longer, or with a tab in it gets 401", async () => {
    const { body } = await grantedTo(0, bySecret())
    const token = String(body.access_token)
    for (const wrong of [token.slice(0, -1), `${token}A`, token.slice(4), "rct_", `rct_${"A".repeat(64)}`]) {
      const answer = await list(0, wrong)
      assert.strictEqual(answer.status, 401, wrong)
      assert.match(String(answer.headers["www-authenticate"]), /^Bearer/)
    }
    assert.strictEqual((await list(0, token)).status, 200)
  })

  it("ABUSE-24: a secret revoked while its token is in use ends it on both servers within seconds, and no other", async () => {
    const { clientId = "" } = client
    const added = await run("oauth-client", "add-secret", "fjordhold", clientId, "--label", "2028")
    const doomed = String((await grantedTo(0, bySecret(added.secret))).body.access_token)
    const others = [
      String((await grantedTo(0, bySecret())).body.access_token),
      String((await grantedTo(1, byAssertion(issuer.sign(claims)))).body.access_token)
    ]
    // In use: both servers have it in their cache.
    for (const server of [0, 1]) assert.strictEqual((await list(server, doomed)).status, 200)
    await run("oauth-client", "revoke", "fjordhold", clientId, "--secret", added.secretId ?? "")
    const revokedAt = performance.now()
    for (let ended = false; !ended; ) {
      const sentAt = performance.now()
      const answers = await Promise.all([list(0, doomed), list(1, doomed)])
      ended = answers.every(({ status }) => status === 401)
      for (const { status } of answers) {
        // Judged by when it was sent, so that a slow machine is not a late revocation.
        if (status !== 401) assert.isBelow(sentAt - revokedAt, CACHE_SECONDS * 1_000, `still ${status}`)
      }
    }
    for (const server of [0, 1]) {
      assert.strictEqual((await list(server, doomed)).status, 401)
      refused(await ask(server, bySecret(added.secret)), "revoked")
      for (const token of others) assert.strictEqual((await list(server, token)).status, 200)
    }
  }, 60_000)
})
