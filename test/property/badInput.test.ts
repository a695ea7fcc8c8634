import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ServerWithOrganizations, startWithOrganizations } from "../support/Databases.ts"
import { createOrganizationHere } from "../support/RollcallHere.ts"
import { type ScimClient, scim } from "../support/ScimClient.ts"
import { Target } from "./BadInputLaw.ts"
import {
  almostRightRequest,
  anyBytesRequest,
  anyFilterRequest,
  anyHeadersRequest,
  anyJsonRequest,
  anyQueryRequest
} from "./Requests.ts"

// The same requests in every run; PROPERTY_SEED and PROPERTY_RUNS go looking for others. A failure prints its replay token.
const seed = Number(process.env.PROPERTY_SEED ?? 20_261_123)
const runs = Number(process.env.PROPERTY_RUNS ?? 400)

describe("no input gives a 5xx, a message that is no SCIM error, or a half-done change (R-SCIM-5)", () => {
  let started: ServerWithOrganizations
  let discovery: string
  let made = 0

  const discover = async (client: ScimClient) => {
    const answer = await client.request({ method: "GET", path: "/ServiceProviderConfig" })
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.text
  }

  const nextOrganization = async (): Promise<ScimClient> => {
    const subdomain = `halden-${++made}`
    const { scimToken } = await createOrganizationHere(started.database.env, { subdomain, preset: "product" })
    return scim(`${started.server.baseUrl}/scim/v2`, scimToken)
  }

  beforeAll(async () => {
    const organizations = [{ subdomain: "halden", preset: "product" }] as const
    started = await startWithOrganizations({ database: "postgresql", organizations, command: "node" })
    discovery = await discover(started.organization("halden").scim)
  })

  afterAll(() => started?.stop())

  const laws = [
    { name: "JSON of any shape on any route", requests: anyJsonRequest },
    { name: "bytes that are no JSON on any route", requests: anyBytesRequest },
    { name: "any query string", requests: anyQueryRequest },
    { name: "any headers", requests: anyHeadersRequest },
    { name: "a right body with one place changed", requests: almostRightRequest },
    { name: "any filter and any PATCH path", requests: anyFilterRequest }
  ]
  for (const { name, requests } of laws) {
    describe(name, () => {
      let target: Target

      beforeAll(async () => {
        target = await Target.make(nextOrganization)
      })

      // The cases share one directory, which only requests that succeed may change: what is law for one is law for all.
      it.effect.prop("obeys the law", [requests], ([request]) => Effect.promise(() => target.obeys(request)), {
        timeout: 60_000,
        arbitrary: { runs, seed, size: 12, maxShrinks: 200 }
      })
    })
  }

  it("is what it was before all that (ABUSE-29)", async () => {
    const client = started.organization("halden").scim
    assert.strictEqual(await discover(client), discovery)
    assert.strictEqual((await client.request({ method: "GET", path: "/Users?count=1" })).at("totalResults"), 0)
  })
})
