import { assert, describe, it } from "@effect/vitest"
import { PublicApi } from "@rollcall/http/api/PublicApi"
import { OpenApi } from "effect/http-api"

const document = OpenApi.fromApi(PublicApi)
const schemas: Readonly<Record<string, unknown>> = document.components.schemas

/** The places in a part of the document, and in the schemas that it leads to, that are closed. */
const closedIn = (value: unknown, at: string, seen = new Set<string>()): ReadonlyArray<string> => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => {
    if (key === "additionalProperties" && part === false) return [at]
    if (key !== "$ref" || typeof part !== "string") return closedIn(part, `${at}/${key}`, seen)
    const name = part.split("/").at(-1) ?? ""
    assert.isDefined(schemas[name], part)
    if (seen.has(name)) return []
    return closedIn(schemas[name], name, seen.add(name))
  })
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  [item.get, item.post, item.put, item.patch, item.delete].flatMap((operation) =>
    operation === undefined ? [] : [{ name: `${operation.operationId} ${path}`, operation }]
  )
)

describe("the OpenAPI document of the Public API (R-API-1)", () => {
  it("lets every answer have properties that are added later, in all that it is made of", () => {
    assert.isAbove(operations.length, 30)
    for (const { name, operation } of operations) {
      assert.isNotEmpty(Object.keys(operation.responses), name)
      assert.deepStrictEqual(closedIn(operation.responses, name), [])
    }
  })

  it("lets every type of event, and the person in it, have properties that are added later (R-API-3)", () => {
    const events = Object.keys(schemas).filter((name) => name.startsWith("Event_"))
    assert.isAbove(events.length, 10)
    for (const name of events) {
      assert.deepStrictEqual(closedIn(schemas[name], name), [])
      assert.include(JSON.stringify(schemas[name]), '"properties"', name)
    }
  })

  it("says of bodies of requests which properties there are, and that there are no others", () => {
    const bodies = operations.filter(({ operation }) => operation.requestBody !== undefined)
    const closed = bodies.filter(({ name, operation }) => closedIn(operation.requestBody, name).length > 0)
    assert.isAbove(closed.length, 10)
    assert.isNotEmpty(closedIn(schemas.NewPerson, "NewPerson"))
  })
})
