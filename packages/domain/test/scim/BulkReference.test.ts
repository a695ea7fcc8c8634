import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { bulkIdOf, bulkReferences, resolveBulkIds, withoutReferences } from "../../src/scim/BulkReference.ts"
import type { Json } from "../../src/scim/Json.ts"

const body: Json = {
  displayName: "Cranes",
  members: [{ value: "bulkId:ines" }, { value: "7c9e2a34" }, { value: "bulkId:mateo", display: "bulkId:" }],
  "bulkId:name": "a name is no reference",
  nested: [[["bulkId:deep"]], { note: "see bulkId:ines", other: " bulkId:ines", wrong: "BulkID:ines" }]
}

describe("references by bulkId (RFC 7644 3.7.2)", () => {
  it("are whole strings, at any depth; names of members and parts of texts are none", () => {
    assert.deepStrictEqual([...bulkReferences(body)], ["ines", "mateo", "deep"])
    assert.strictEqual(bulkIdOf("bulkId:a:b"), "a:b")
    assert.strictEqual(bulkReferences(undefined).size, 0)
  })

  it("are replaced by the ids that are known; others and everything else stay", () => {
    const resolved = resolveBulkIds(
      body,
      new Map([
        ["ines", "u1"],
        ["deep", "u3"]
      ])
    )
    assert.deepStrictEqual(resolved, {
      displayName: "Cranes",
      members: [{ value: "u1" }, { value: "7c9e2a34" }, { value: "bulkId:mateo", display: "bulkId:" }],
      "bulkId:name": "a name is no reference",
      nested: [[["u3"]], { note: "see bulkId:ines", other: " bulkId:ines", wrong: "BulkID:ines" }]
    })
  })

  it("leave a body as it is, not a copy, where none is replaced", () => {
    assert.strictEqual(resolveBulkIds(body, new Map()), body)
  })

  it("are taken out with the object that holds them", () => {
    assert.deepStrictEqual(
      withoutReferences(
        {
          userName: "ines",
          manager: { value: "bulkId:mateo", displayName: "Mateo" },
          assistant: "bulkId:mateo",
          title: "bulkId:other",
          members: [{ value: "bulkId:mateo" }, { value: "bulkId:other" }, "bulkId:mateo"]
        },
        new Set(["mateo"])
      ),
      { userName: "ines", title: "bulkId:other", members: [{ value: "bulkId:other" }] }
    )
  })

  it("in a member of the body itself do not take the whole body", () => {
    assert.deepStrictEqual(withoutReferences({ a: "bulkId:x", b: 1 }, new Set(["x"])), { b: 1 })
  })

  it("are replaced beside a member named __proto__ without touching any prototype (ABUSE-29)", () => {
    const odd = JSON.parse('{"__proto__":{"polluted":"bulkId:x"},"a":"bulkId:x"}') as Json
    const resolved = resolveBulkIds(odd, new Map([["x", "1"]]))
    assert.strictEqual(JSON.stringify(resolved), '{"__proto__":{"polluted":"1"},"a":"1"}')
    assert.strictEqual(JSON.stringify(withoutReferences(odd, new Set(["x"]))), "{}")
    assert.notProperty({}, "polluted")
  })

  const names = ["a", "b", "c"]
  const withReferences = Arbitrary.map(
    Arbitrary.all([Arbitrary.schema(Schema.Json), Arbitrary.array(Arbitrary.schema(Schema.Literals(names)))]),
    ([json, referred]): Json => ({ json, list: referred.map((name) => ({ value: `bulkId:${name}` })) })
  )

  it.prop("that are all replaced are all gone", [withReferences], ([json]) => {
    const ids = new Map([...bulkReferences(json)].map((bulkId) => [bulkId, `id of ${bulkId}`]))
    assert.strictEqual(bulkReferences(resolveBulkIds(json, ids)).size, 0)
  })

  it.prop("that are taken out are gone and others stay", [withReferences], ([json]) => {
    const left = bulkReferences(withoutReferences(json, new Set(["a", "b"])))
    assert.isFalse(left.has("a") || left.has("b"))
    assert.strictEqual(left.has("c"), bulkReferences(json).has("c"))
  })
})
