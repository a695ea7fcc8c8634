import { setTimeout as delay } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { wrongErrorBody } from "../property/BadInputLaw.ts"
import { rollcallHere } from "../support/RollcallHere.ts"
import { type ScimClient, type ScimResponse, scim } from "../support/ScimClient.ts"
import { inParallel, type Replicas, startReplicas } from "./Replicas.ts"

/** A key may send little, an organisation somewhat more; a burst is a thousand, or ten seconds (ServerConfig.ts). */
const key = { perSecond: 25, burst: 1_000 }
const organization = { perSecond: 120, burst: 1_200 }

/** So much a server takes out of a bucket at once, and may still have from before. */
const blockOf = ({ burst }: { readonly burst: number }) => burst / 20

interface Flood {
  readonly served: number
  readonly refused: ReadonlyArray<ScimResponse>
  /** From the first request to the last answer. */
  readonly seconds: number
}

describe("two servers that share the limits of one database", () => {
  let replicas: Replicas
  let closing: ReadonlyArray<ScimClient> = []

  beforeAll(async () => {
    replicas = await startReplicas({
      servers: 2,
      organizations: [{ subdomain: "fjordhold" }, { subdomain: "lumen" }],
      env: { RATE_LIMIT_KEY: String(key.perSecond), RATE_LIMIT_ORGANIZATION: String(organization.perSecond) }
    })
  })

  afterAll(async () => {
    for (const client of closing) client.close()
    await replicas?.stop()
  })

  /** A client of each server with this secret. */
  const clients = (path: string, secret: string | undefined): ReadonlyArray<ScimClient> => {
    const made = replicas.servers.map(({ baseUrl }) => scim(`${baseUrl}${path}`, secret, { connections: 500 }))
    closing = [...closing, ...made]
    return made
  }

  const get = (client: ScimClient | undefined, path: string): Promise<ScimResponse> =>
    client?.request({ method: "GET", path, headers: { Accept: undefined } }) ?? Promise.reject(new Error("no server"))

  /** So many requests at once, to the clients in turn. */
  const flood = async (all: ReadonlyArray<readonly [ScimClient, string]>, count: number): Promise<Flood> => {
    const began = performance.now()
    const answers = await inParallel(count, (index) => {
      const [client, path] = all[index % all.length] ?? []
      return get(client, path ?? "")
    })
    const seconds = (performance.now() - began) / 1_000
    const refused = answers.filter(({ status }) => status === 429)
    const served = answers.filter(({ status }) => status === 200).length
    assert.strictEqual(served + refused.length, count)
    return { served, refused, seconds }
  }

  /** What the limit allows in that time, and the blocks that the servers may have had. */
  const atMost = (limit: typeof key, seconds: number) =>
    Math.ceil(limit.burst + limit.perSecond * seconds + 2 * blockOf(limit))

  const secondsIn = (answer: ScimResponse): number => {
    const header = String(answer.headers["retry-after"])
    assert.match(header, /^[1-9]\d*$/)
    return Number(header)
  }

  const tokenOf = async (subdomain: string, flags: ReadonlyArray<string>): Promise<string> => {
    const made = await rollcallHere(
      ["token", "create", subdomain, ...flags, "--label", "second", "--json"],
      replicas.database.env
    )
    assert.strictEqual(made.code, 0, made.stderr)
    return String(JSON.parse(made.stdout).secret)
  }

  it("let a key send no more than one would, tell it when to come again, and nobody else notices (R-SCIM-5, R-SCIM-6)", {
    timeout: 120_000
  }, async () => {
    const [one, other] = [replicas.organization("fjordhold"), replicas.organization("lumen")]
    const greedy = clients("/scim/v2", one.scimToken).map((client) => [client, "/ServiceProviderConfig"] as const)
    const modest = clients("/api/v1", one.apiKey)
    const neighbour = clients("/scim/v2", other.scimToken)
    const health = clients("/health", undefined)
    const flooding = flood(greedy, 1_400)
    let isOver = false
    void flooding.finally(() => {
      isOver = true
    })
    // While the key sends more than it may, and as long as it does.
    let rounds = 0
    while (!isOver && rounds < 40) {
      const beside = await Promise.all(
        replicas.servers.flatMap((_, index) => [
          get(modest[index], "/review-windows"),
          get(neighbour[index], "/ServiceProviderConfig"),
          get(health[index], "/live"),
          get(health[index], "/ready")
        ])
      )
      assert.deepStrictEqual(
        beside.map(({ status }) => status),
        beside.map(() => 200)
      )
      rounds++
    }
    assert.isAtLeast(rounds, 1)
    const { refused, seconds, served } = await flooding
    assert.isAtLeast(served, key.burst)
    assert.isAtMost(served, atMost(key, seconds))
    for (const answer of refused) {
      assert.isUndefined(wrongErrorBody(429, answer.body), answer.text)
      assert.match(String(answer.headers["content-type"]), /^application\/scim\+json/)
      secondsIn(answer)
    }
    // Who comes again when they were told is let in, by either server.
    const soonest = Math.min(...refused.map(secondsIn))
    assert.isAtMost(soonest, 10)
    await delay(soonest * 1_000)
    for (const [client, path] of greedy) assert.strictEqual((await get(client, path)).status, 200)
  })

  it("let the keys of an organisation together send no more than it may, in SCIM and in the Public API", {
    timeout: 120_000
  }, async () => {
    // Keys of nobody who was held back before.
    const one = replicas.organization("lumen")
    const tokens = await Promise.all([tokenOf("lumen", []), tokenOf("lumen", ["--api"])])
    const ways = [
      ...[one.scimToken, tokens[0]].flatMap((token) => clients("/scim/v2", token)).map((c) => [c, "/Schemas"] as const),
      ...[one.apiKey, tokens[1]]
        .flatMap((token) => clients("/api/v1", token))
        .map((c) => [c, "/review-windows"] as const)
    ]
    const { refused, seconds, served } = await flood(ways, 2_800)
    assert.isAtLeast(served, organization.burst)
    assert.isAtMost(served, atMost(organization, seconds))
    // Each key by itself kept to its own limit.
    assert.isAtMost(2_800 / 4, key.burst)
    const problems = refused.filter(({ headers }) =>
      String(headers["content-type"]).startsWith("application/problem+json")
    )
    assert.isAbove(problems.length, 0)
    assert.isBelow(problems.length, refused.length)
    for (const problem of problems) {
      assert.strictEqual(problem.at("status"), 429)
      assert.strictEqual(problem.at("retryAfter"), secondsIn(problem), problem.text)
      assert.isString(problem.at("requestId"))
    }
    const soonest = Math.min(...problems.map(secondsIn))
    assert.isAtMost(soonest, 10)
    await delay(soonest * 1_000)
    for (const [client, path] of ways) assert.strictEqual((await get(client, path)).status, 200)
  })
})
