import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ServerWithOrganizations, startWithOrganizations } from "../support/Databases.ts"
import type { ScimClient } from "../support/ScimClient.ts"
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
  let client: ScimClient
  let target: Target
  let discovery: string

  const discover = async () => (await client.request({ method: "GET", path: "/ServiceProviderConfig" })).text

  beforeAll(async () => {
    started = await startWithOrganizations({
      database: "postgresql",
      organizations: [{ subdomain: "halden", preset: "product" }],
      command: "node"
    })
    client = started.organization("halden").scim
    target = await Target.make(client)
    discovery = await discover()
  })

  afterAll(() => started?.stop())

  // Cases share one directory, which only requests that succeed may change, so what is law for one is law for all.
  const laws = [
    { name: "JSON of any shape on any route", requests: anyJsonRequest },
    { name: "bytes that are no JSON on any route", requests: anyBytesRequest },
    { name: "any query string", requests: anyQueryRequest },
    { name: "any headers", requests: anyHeadersRequest },
    { name: "a right body with one place changed", requests: almostRightRequest },
    { name: "any filter and any PATCH path", requests: anyFilterRequest }
  ]
  for (const { name, requests } of laws) {
    it.effect.prop(name, [requests], ([request]) => Effect.promise(() => target.obeys(request)), {
      timeout: 60_000,
      arbitrary: { runs, seed, size: 12, maxShrinks: 200 }
    })
  }

  it("is what it was before all that (ABUSE-29)", async () => {
    assert.strictEqual(await discover(), discovery)
    const listed = await client.request({ method: "GET", path: "/Users?count=1" })
    assert.strictEqual(listed.status, 200)
  })
})
