import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { type BulkStep, planBulk, unresolvedReference } from "../../src/scim/BulkPlan.ts"
import { bulkReferences } from "../../src/scim/BulkReference.ts"
import type { BulkOperation } from "../../src/scim/BulkRequest.ts"

const refs = (bulkIds: ReadonlyArray<string>) => bulkIds.map((bulkId) => ({ value: `bulkId:${bulkId}` }))

const post = (bulkId: string, ...needs: ReadonlyArray<string>) => ({
  method: "POST" as const,
  bulkId,
  id: undefined,
  data: { displayName: bulkId, members: refs(needs) }
})
const patch = (id: string, ...needs: ReadonlyArray<string>) => ({
  method: "PATCH" as const,
  bulkId: undefined,
  id,
  data: { Operations: [{ op: "add", path: "members", value: refs(needs) }] }
})

const numbered = (list: ReadonlyArray<ReturnType<typeof post> | ReturnType<typeof patch>>): Array<BulkOperation> =>
  list.map((operation, index) => ({ ...operation, index, version: undefined, resource: "Group" }))

const order = (steps: ReadonlyArray<BulkStep>) => steps.map((step) => `${step._tag} ${step.operation.index}`)

describe("the plan of a bulk request (RFC 7644 3.7.1, 3.7.2)", () => {
  it("is the order sent where references point back, or to nothing in the request", () => {
    const steps = planBulk(
      numbered([post("a"), post("b", "a"), patch("g1", "a", "b"), patch("g2", "nobody"), post("c")])
    )
    assert.deepStrictEqual(order(steps), ["Run 0", "Run 1", "Run 2", "Run 3", "Run 4"])
  })

  it("lets an operation wait for the POST that it refers to, and no longer", () => {
    const steps = planBulk(numbered([post("g", "a", "b"), post("a"), patch("x"), post("b"), patch("y")]))
    assert.deepStrictEqual(order(steps), ["Run 1", "Run 2", "Run 3", "Run 0", "Run 4"])
  })

  it("lets an operation wait whose path refers to a later POST", () => {
    assert.deepStrictEqual(order(planBulk(numbered([patch("bulkId:a"), post("a")]))), ["Run 1", "Run 0"])
  })

  it("keeps the order of operations on one resource", () => {
    const steps = planBulk(numbered([patch("g1", "a"), patch("g1"), patch("g2"), post("a")]))
    assert.deepStrictEqual(order(steps), ["Run 2", "Run 3", "Run 0", "Run 1"])
  })

  it("resolves a circle by beginning one without the reference and completing it", () => {
    const steps = planBulk(numbered([post("a", "b", "c"), post("b", "a"), post("c")]))
    assert.deepStrictEqual(order(steps), ["Run 2", "Begin 0", "Run 1", "Complete 0"])
    const [, begin, , complete] = steps
    assert.deepStrictEqual(begin?.operation.data, { displayName: "a", members: [{ value: "bulkId:c" }] })
    assert.deepStrictEqual([...(begin?.needs ?? [])], ["c"])
    assert.strictEqual(complete?.operation.method, "PUT")
    assert.strictEqual(complete?.operation.id, "bulkId:a")
    assert.deepStrictEqual(complete?.operation.data, { displayName: "a", members: refs(["b", "c"]) })
    assert.deepStrictEqual([...(complete?.needs ?? [])].sort(), ["a", "b", "c"])
  })

  it("resolves a resource that refers to itself", () => {
    assert.deepStrictEqual(order(planBulk(numbered([post("a", "a")]))), ["Begin 0", "Complete 0"])
  })

  it("begins what is in the circle, not what only waits for it", () => {
    const steps = planBulk(numbered([patch("g1", "b"), post("w", "a"), post("a", "b"), post("b", "a")]))
    assert.deepStrictEqual(order(steps), ["Begin 2", "Run 1", "Run 3", "Run 0", "Complete 2"])
  })

  it("resolves several circles that touch", () => {
    const steps = planBulk(numbered([post("a", "b"), post("b", "a", "c"), post("c", "b")]))
    assert.deepStrictEqual(order(steps), ["Begin 0", "Begin 1", "Complete 0", "Run 2", "Complete 1"])
  })

  it("of a thousand POSTs that all refer to each other ends", () => {
    const all = Array.from({ length: 1_000 }, (_, i) => `u${i}`)
    const circle = planBulk(numbered(all.map((name, i) => post(name, all[(i + 1) % all.length] ?? ""))))
    assert.strictEqual(circle.length, 1_001)
    const chain = planBulk(numbered(all.map((name, i) => post(name, ...all.slice(i + 1, i + 2)))))
    assert.deepStrictEqual(order(chain).slice(0, 2), ["Run 999", "Run 998"])
  })

  it("refuses a step whose reference has no id with 409, naming the bulkId", () => {
    const error = unresolvedReference("ines")
    assert.strictEqual(error.status, 409)
    assert.include(error.detail, "bulkId:ines")
  })

  const names = ["a", "b", "c", "d", "e"]
  const some = Arbitrary.array(Arbitrary.schema(Schema.Literals([...names, "nobody"])), { maxLength: 4 })
  const requests = Arbitrary.map(
    Arbitrary.all([
      Arbitrary.array(some, { minLength: 5, maxLength: 5 }),
      Arbitrary.array(Arbitrary.all([some, Arbitrary.schema(Schema.Literals(["g1", "g2", "bulkId:a"]))]), {
        maxLength: 5
      }),
      Arbitrary.array(Arbitrary.schema(Schema.Int), { minLength: 10, maxLength: 10 })
    ]),
    ([needs, patches, keys]) => {
      const list = [
        ...needs.map((refs, i) => post(names[i] ?? "", ...refs)),
        ...patches.map(([r, id]) => patch(id, ...r))
      ]
      const shuffled = list.map((item, i) => [keys[i] ?? 0, item] as const).sort(([x], [y]) => x - y)
      return numbered(shuffled.map(([, item]) => item))
    }
  )

  it.prop("does every operation once, each when what it refers to is there", [requests], ([operations]) => {
    const steps = planBulk(operations)
    const created = new Set<string>()
    const run: Array<number> = []
    const begun = new Set<number>()
    for (const { _tag, operation, needs } of steps) {
      for (const bulkId of needs) assert.isTrue(bulkId === "nobody" || created.has(bulkId), `${_tag} ${bulkId}`)
      for (const bulkId of bulkReferences(operation.data)) assert.isTrue(needs.has(bulkId))
      if (_tag === "Complete") assert.isTrue(begun.delete(operation.index))
      else run.push(operation.index)
      if (_tag === "Begin") begun.add(operation.index)
      if (operation.method === "POST" && operation.bulkId !== undefined) created.add(operation.bulkId)
    }
    assert.strictEqual(begun.size, 0)
    assert.deepStrictEqual(
      run.sort((a, b) => a - b),
      operations.map(({ index }) => index)
    )
  })

  it.prop("keeps the order of operations on one resource, whatever they refer to", [requests], ([operations]) => {
    for (const id of ["g1", "g2", "bulkId:a"]) {
      const indexes = planBulk(operations)
        .filter((step) => step._tag === "Run" && step.operation.id === id)
        .map((step) => step.operation.index)
      assert.deepStrictEqual(
        indexes,
        [...indexes].sort((a, b) => a - b)
      )
    }
  })
})
