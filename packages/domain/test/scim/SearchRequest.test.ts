import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { Json } from "../../src/scim/Json.ts"
import { searchRequestUrn } from "../../src/scim/Message.ts"
import { parseSearchRequest, readSearchQuery } from "../../src/scim/SearchRequest.ts"

const schemas = [searchRequestUrn]

const refusal = (body: Json) => {
  const read = parseSearchRequest(body)
  return Result.isFailure(read) ? read.failure : assert.fail(`accepted ${JSON.stringify(body)}`)
}

describe("a search by POST (RFC 7644 3.4.3)", () => {
  it("reads every parameter", () => {
    const read = parseSearchRequest({
      schemas,
      attributes: ["userName", "emails"],
      excludedAttributes: ["groups"],
      filter: 'userName sw "i"',
      sortBy: "userName",
      sortOrder: "descending",
      startIndex: 11,
      count: 10,
      cursor: ""
    })
    assert.deepStrictEqual(
      read,
      Result.succeed({
        attributes: ["userName", "emails"],
        excludedAttributes: ["groups"],
        filter: 'userName sw "i"',
        sortBy: "userName",
        sortOrder: "descending" as const,
        startIndex: 11,
        count: 10,
        cursor: ""
      })
    )
  })

  it("compares members and the URN without regard to case, ignores unknown ones, takes null as absent (R-SCIM-7)", () => {
    const read = Result.getOrThrow(
      parseSearchRequest({
        Schemas: [searchRequestUrn.toUpperCase()],
        FILTER: "active eq true",
        SORTORDER: "Descending",
        Attributes: "userName",
        sortBy: null,
        nobody: {},
        __proto__: { count: 3 }
      })
    )
    assert.strictEqual(read.filter, "active eq true")
    assert.strictEqual(read.sortOrder, "descending")
    assert.strictEqual(read.attributes, "userName")
    assert.isUndefined(read.sortBy)
    assert.isUndefined(read.count)
  })

  it.each<[string, Json]>([
    ["no object", []],
    ["null", null],
    ["no schemas", { filter: "active eq true" }],
    ["empty schemas", { schemas: [] }],
    ["schemas of another message", { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }],
    ["schemas that are no texts", { schemas: [1] }]
  ])("is refused with invalidSyntax where it has %s (R-SCIM-5)", (_, body) => {
    assert.strictEqual(refusal(body).scimType, "invalidSyntax")
  })

  it.each<[string, Json]>([
    ["filter", { schemas, filter: 1 }],
    ["sortBy", { schemas, sortBy: [] }],
    ["sortOrder", { schemas, sortOrder: "up" }],
    ["startIndex", { schemas, startIndex: [1] }],
    ["count", { schemas, count: true }],
    ["cursor", { schemas, cursor: 7 }],
    ["attributes", { schemas, attributes: [1] }],
    ["excludedAttributes", { schemas, excludedAttributes: {} }]
  ])("is refused with invalidValue where %s is of the wrong type, which the detail names", (name, body) => {
    const error = refusal(body)
    assert.strictEqual(error.scimType, "invalidValue")
    assert.include(error.detail, name)
  })

  it.prop("never throws whatever the body", [Schema.Json], ([body]) => {
    parseSearchRequest(body)
    parseSearchRequest({ schemas, filter: body, attributes: body, count: body })
  })
})

describe("a search by GET", () => {
  it("reads names without regard to case, ignores unknown ones, joins repeated lists and takes the last of others", () => {
    const parameters = new Map([
      ["Filter", "active eq true"],
      ["startindex", "2"],
      ["aadOptscim062020", ""],
      ["cursor", ""]
    ])
    const read = Result.getOrThrow(
      readSearchQuery([
        ...parameters,
        ["attributes", "id"],
        ["ATTRIBUTES", "emails,name"],
        ["excludedAttributes", "groups"],
        ["count", "1"],
        ["count", "2"]
      ])
    )
    assert.deepStrictEqual(read, {
      attributes: ["id", "emails,name"],
      excludedAttributes: ["groups"],
      filter: "active eq true",
      sortBy: undefined,
      sortOrder: "ascending",
      startIndex: "2",
      count: "2",
      cursor: ""
    })
  })

  it("has no filter where the parameter is empty", () => {
    assert.isUndefined(Result.getOrThrow(readSearchQuery([["filter", " "]])).filter)
  })

  it("is refused where sortOrder is neither of the two", () => {
    assert.isTrue(Result.isFailure(readSearchQuery([["sortOrder", "random"]])))
  })
})
