import { assert, describe, it } from "@effect/vitest"
import { attributeChanges } from "@rollcall/domain/log/AttributeChanges"
import { type JsonObject, jsonEquals } from "@rollcall/domain/scim/Json"
import { userResource } from "../scim/ResourceArbitrary.ts"

const urn = "urn:example:1.0:User"

describe("R-LOG-1: what changed", () => {
  const table: ReadonlyArray<readonly [string, JsonObject, JsonObject, ReadonlyArray<readonly unknown[]>]> = [
    ["nothing, whatever the order of members", { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }, []],
    ["a value", { title: "x" }, { title: "y" }, [["title", "x", "y"]]],
    ["a value that came", {}, { title: "y" }, [["title", undefined, "y"]]],
    ["a value that went", { title: "x" }, {}, [["title", "x", undefined]]],
    ["a part of a complex value", { name: { g: 1, f: 2 } }, { name: { g: 3, f: 2 } }, [["name.g", 1, 3]]],
    [
      "the parts of a complex value that came",
      {},
      { name: { g: 1, f: 2 } },
      [
        ["name.g", undefined, 1],
        ["name.f", undefined, 2]
      ]
    ],
    ["an attribute of an extension", { [urn]: { a: 1 } }, { [urn]: { a: 2 } }, [[`${urn}:a`, 1, 2]]],
    ["a part of one", { [urn]: { m: { value: 1 } } }, { [urn]: { m: { value: 2 } } }, [[`${urn}:m.value`, 1, 2]]],
    ["a list, as a whole", { emails: [1, 2] }, { emails: [2, 1] }, [["emails", [1, 2], [2, 1]]]],
    ["a complex value that became simple", { m: { value: 1 } }, { m: "1" }, [["m", { value: 1 }, "1"]]],
    ["a name that objects inherit", {}, { constructor: 1 }, [["constructor", undefined, 1]]]
  ]
  for (const [name, before, after, expected] of table) {
    it(`is ${name}`, () => {
      assert.deepStrictEqual(
        attributeChanges(before, after).map((change) => [change.attribute, change.before, change.after]),
        expected.map((change) => [...change])
      )
    })
  }

  it.prop(
    "is nothing exactly where both are equal, and turned round it is the same the other way",
    [userResource, userResource],
    ([before, after]) => {
      const there = attributeChanges(before, after)
      assert.strictEqual(there.length === 0, jsonEquals(before, after))
      const back = attributeChanges(after, before)
      assert.deepStrictEqual(
        back.map((change) => JSON.stringify([change.attribute, change.after, change.before])).toSorted(),
        there.map((change) => JSON.stringify([change.attribute, change.before, change.after])).toSorted()
      )
      assert.deepStrictEqual(attributeChanges(before, JSON.parse(JSON.stringify(before))), [])
    }
  )
})
