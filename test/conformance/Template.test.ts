import { assert, describe, it } from "vitest"
import type { Json } from "./Json.ts"
import { at } from "./JsonPath.ts"
import { fill, fillText } from "./Template.ts"

const variables = new Map<string, Json>([
  ["case", "one"],
  ["count", 3],
  ["read", { id: "u1", emails: [{ value: "a" }] }],
  ["ids", ["x", "y"]]
])

describe("Template", () => {
  it("fills variables in text, in member names and in depth", () => {
    assert.deepStrictEqual(fill({ "{{case}}": ["a {{case}} {{count}}", true, null] }, variables), {
      one: ["a one 3", true, null]
    })
    assert.strictEqual(fillText("/Users/{{read.id}}?x={{ids.1}}", variables), "/Users/u1?x=y")
  })

  it("gives a lone placeholder its value whole, whatever its type", () => {
    assert.deepStrictEqual(fill({ a: "{{ids}}", b: "{{count}}" }, variables), { a: ["x", "y"], b: 3 })
  })

  it("lays later objects over earlier ones, as Okta writes over our answer", () => {
    assert.deepStrictEqual(fill({ $merge: ["{{read}}", { id: "u2", x: "{{case}}" }] }, variables), {
      id: "u2",
      emails: [{ value: "a" }],
      x: "one"
    })
  })

  it("makes an element for each value of the lists", () => {
    assert.deepStrictEqual(fill({ $forEach: ["{{ids}}", ["z"]], $give: { value: "{{item}}" } }, variables), [
      { value: "x" },
      { value: "y" },
      { value: "z" }
    ])
  })

  it("throws for a variable that no step captured, and for an object inside text", () => {
    assert.throws(() => fill("a {{nobody}}", variables), /nobody/)
    assert.throws(() => fill("{{read.constructor}}", variables), /constructor/)
    assert.throws(() => fillText("a {{read}}", variables), /cannot stand inside text/)
  })
})

describe("JSON path", () => {
  const body: Json = { id: "a", Resources: [{ id: 1 }, { id: 2 }, {}], "urn:x:2.0:User": { location: "L" } }

  it("reads members, elements, all elements and quoted names", () => {
    assert.strictEqual(at(body, "$"), body)
    assert.strictEqual(at(body, "$.Resources[1].id"), 2)
    assert.deepStrictEqual(at(body, "$.Resources[*].id"), [1, 2])
    assert.strictEqual(at(body, "$['urn:x:2.0:User'].location"), "L")
  })

  it("gives nothing for what is not there, inherited members included", () => {
    assert.isUndefined(at(body, "$.nothing.at.all"))
    assert.isUndefined(at(body, "$.constructor"))
    assert.isUndefined(at(body, "$.Resources[9].id"))
    assert.isUndefined(at(undefined, "$.id"))
  })

  it("throws for what is no path", () => {
    assert.throws(() => at(body, "id"), /begins with/)
    assert.throws(() => at(body, "$.Resources[1"), /Not a JSON path/)
  })
})
