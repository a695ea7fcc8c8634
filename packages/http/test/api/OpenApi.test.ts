import { readFileSync, writeFileSync } from "node:fs"
import { OpenApi } from "effect/http-api"
import { assert, describe, it } from "vitest"
import { PublicApi } from "../../src/api/PublicApi.ts"

const path = new URL("../../../../docs/openapi.json", import.meta.url)
const current = `${JSON.stringify(OpenApi.fromApi(PublicApi), undefined, 2)}\n`

describe("the OpenAPI document", () => {
  it("is the one in docs/openapi.json: a change of the Public API is seen in review (WRITE_OPENAPI=1 writes it)", () => {
    if (process.env.WRITE_OPENAPI === "1") writeFileSync(path, current)
    assert.deepStrictEqual(JSON.parse(readFileSync(path, "utf8")), JSON.parse(current))
  })

  it("gives every operation a summary, and every problem its media type", () => {
    const { paths } = OpenApi.fromApi(PublicApi)
    for (const [address, item] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const name = `${method} ${address}`
        if (!("responses" in operation)) continue
        assert.isString(operation.summary, name)
        for (const [status, response] of Object.entries(operation.responses)) {
          if (Number(status) < 400) continue
          assert.hasAllKeys(Object(response).content, ["application/problem+json"], `${name} ${status}`)
        }
      }
    }
  })
})
