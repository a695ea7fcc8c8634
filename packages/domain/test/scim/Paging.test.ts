import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { type CursorScope, encodeCursor } from "../../src/scim/Cursor.ts"
import { limits } from "../../src/scim/Limits.ts"
import { type Page, type PageQuery, parsePage } from "../../src/scim/Paging.ts"

const scope: CursorScope = { endpoint: "/Users", filter: undefined, sortBy: undefined, sortOrder: "ascending" }

const page = (query: PageQuery): Page => Result.getOrThrow(parsePage(query, scope))
const refusal = (query: PageQuery) => {
  const read = parsePage(query, scope)
  assert.isTrue(Result.isFailure(read))
  return Result.isFailure(read) ? read.failure : assert.fail("not refused")
}

describe("Paging by index (RFC 7644 3.4.2.4)", () => {
  it.each<[string, PageQuery, number, number]>([
    ["nothing: the first page", {}, 1, limits.defaultPageSize],
    ["texts, as in a query string", { startIndex: "101", count: "25" }, 101, 25],
    ["numbers, as in a search message", { startIndex: 101, count: 25 }, 101, 25],
    ["startIndex 0: from 1", { startIndex: "0" }, 1, limits.defaultPageSize],
    ["startIndex below 0: from 1", { startIndex: "-7" }, 1, limits.defaultPageSize],
    ["count 0: none (R-SCIM-3)", { count: "0" }, 1, 0],
    ["count below 0: none", { count: "-1" }, 1, 0],
    ["count above the largest page: the largest page", { count: "5000" }, 1, limits.maxPageSize],
    ["empty texts: as if absent", { startIndex: "", count: " " }, 1, limits.defaultPageSize],
    ["signs and zeros", { startIndex: "+007", count: "010" }, 7, 10],
    [
      "more digits than a number holds",
      { startIndex: "9".repeat(400) },
      Number.MAX_SAFE_INTEGER,
      limits.defaultPageSize
    ]
  ])("reads %s", (_, query, startIndex, count) => {
    assert.deepStrictEqual(page(query), { _tag: "Index", startIndex, count })
  })

  it.each<[PageQuery, string]>([
    [{ startIndex: "one" }, "startIndex"],
    [{ startIndex: 1.5 }, "startIndex"],
    [{ count: "1.5" }, "count"],
    [{ count: "1e2" }, "count"],
    [{ count: "0x10" }, "count"],
    [{ count: Number.NaN }, "count"]
  ])("refuses %j with invalidValue that names the parameter", (query, name) => {
    const error = refusal(query)
    assert.strictEqual(error.status, 400)
    assert.strictEqual(error.scimType, "invalidValue")
    assert.match(error.detail, new RegExp(`^${name} must be an integer`))
  })

  it("does not repeat a long value in the refusal", () => {
    assert.isBelow(refusal({ count: "x".repeat(10_000) }).detail.length, 200)
  })
})

describe("Paging by cursor (RFC 9865)", () => {
  it("begins at the first page where the cursor is empty, whatever startIndex says", () => {
    assert.deepStrictEqual(page({ cursor: "", startIndex: "12" }), {
      _tag: "Cursor",
      after: undefined,
      count: limits.defaultPageSize
    })
  })

  it("goes on after the position in the cursor", () => {
    assert.deepStrictEqual(page({ cursor: encodeCursor(scope, "okafor|17"), count: "10" }), {
      _tag: "Cursor",
      after: "okafor|17",
      count: 10
    })
  })

  it.each(["0", "-1", "ten"])("refuses count %s with invalidCount", (count) => {
    assert.strictEqual(refusal({ cursor: "", count }).scimType, "invalidCount")
  })

  it("cuts a count above the largest page", () => {
    assert.strictEqual(page({ cursor: "", count: "5000" }).count, limits.maxPageSize)
  })

  it("refuses a cursor that it did not make with invalidCursor", () => {
    const error = refusal({ cursor: "VZUTiyhEQJ94IR" })
    assert.strictEqual(error.status, 400)
    assert.strictEqual(error.scimType, "invalidCursor")
  })
})

describe("laws of paging", () => {
  const anything = Schema.Union([Schema.String, Schema.Number, Schema.Int, Schema.Undefined])

  it.prop("every query has a page within the limits or a refusal", [anything, anything], ([startIndex, count]) => {
    for (const cursor of [undefined, "", String(startIndex)]) {
      const read = parsePage({ startIndex, count, cursor }, scope)
      if (Result.isFailure(read)) assert.strictEqual(read.failure.status, 400)
      else {
        assert.isTrue(Number.isInteger(read.success.count))
        assert.isAtMost(read.success.count, limits.maxPageSize)
        assert.isAtLeast(read.success.count, read.success._tag === "Cursor" ? 1 : 0)
        if (read.success._tag === "Index") assert.isAtLeast(read.success.startIndex, 1)
      }
    }
  })

  it.prop("integers are never refused", [Schema.Int, Schema.Int], ([startIndex, count]) => {
    const read = page({ startIndex: String(startIndex), count })
    assert.deepStrictEqual(read, page({ startIndex, count: String(count) }))
  })
})
