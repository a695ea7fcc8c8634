import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { parseBulkRequest, resolveOperation } from "../../src/scim/BulkRequest.ts"
import type { Json } from "../../src/scim/Json.ts"
import { limits } from "../../src/scim/Limits.ts"
import { bulkRequestUrn } from "../../src/scim/Message.ts"
import { makeResourceTypes } from "../../src/scim/ResourceTypes.ts"
import { defaultExtensionUserUrn } from "../../src/scim/schemas/ExtensionUserSchema.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)
const schemas = [bulkRequestUrn]

const parse = (body: Json) => parseBulkRequest(types, body)
const operations = (...list: ReadonlyArray<Json>) => Result.getOrThrow(parse({ schemas, Operations: list }))
const refusal = (body: Json) => {
  const read = parse(body)
  return Result.isFailure(read) ? read.failure : assert.fail(`accepted ${JSON.stringify(body)}`)
}
const target = (method: string, path: string) => {
  const { operations: read, refused } = operations({ method, path, bulkId: "b", data: {} })
  return read[0] === undefined ? refused[0]?.error.status : `${read[0].resource} ${read[0].id}`
}

describe("a bulk request (RFC 7644 3.7)", () => {
  it("is read with every kind of operation", () => {
    const read = operations(
      { method: "POST", path: "/Users", bulkId: "ines", data: { userName: "ines" } },
      { method: "put", path: "/Users/u1", version: 'W/"3"', data: { userName: "ines" } },
      { Method: "Patch", PATH: "/Groups/bulkId:g", Data: { Operations: [] } },
      { method: "DELETE", path: "/Groups/g1", data: { left: "out" } }
    )
    assert.deepStrictEqual(read, {
      failOnErrors: undefined,
      refused: [],
      operations: [
        {
          index: 0,
          method: "POST",
          bulkId: "ines",
          version: undefined,
          resource: "User",
          id: undefined,
          data: { userName: "ines" }
        },
        {
          index: 1,
          method: "PUT",
          bulkId: undefined,
          version: 'W/"3"',
          resource: "User",
          id: "u1",
          data: { userName: "ines" }
        },
        {
          index: 2,
          method: "PATCH",
          bulkId: undefined,
          version: undefined,
          resource: "Group",
          id: "bulkId:g",
          data: { Operations: [] }
        },
        {
          index: 3,
          method: "DELETE",
          bulkId: undefined,
          version: undefined,
          resource: "Group",
          id: "g1",
          data: undefined
        }
      ]
    })
  })

  it.each([
    ["POST", "/Users", "User undefined"],
    ["POST", "Users/", "User undefined"],
    ["POST", "/scim/v2/Groups", "Group undefined"],
    ["POST", "https://acme.example.com/scim/v2/Users", "User undefined"],
    ["PUT", "//Users//u1/", "User u1"],
    ["PUT", "/users/u1?attributes=id", "User u1"],
    ["PUT", "/scim/v2/Users/Groups%2F1", "User Groups/1"],
    ["DELETE", "/Users/%", "User %"],
    ["DELETE", "/Users/__proto__", "User __proto__"],
    ["POST", "/Users/u1", 400],
    ["PUT", "/Users", 400],
    ["DELETE", "/", 404],
    ["PUT", "/Schemas/x", 404],
    ["PUT", "/Users/u1/more", 404],
    ["PATCH", "/Me", 501]
  ])("reads the path of %s %s as %s", (method, path, expected) => {
    assert.strictEqual(target(method, path), expected)
  })

  it.each<[string, Json, number]>([
    ["no object", "POST", 400],
    ["no method", { path: "/Users" }, 400],
    ["a method that bulk has not", { method: "GET", path: "/Users/u1" }, 400],
    ["a method that an object has", { method: "constructor", path: "/Users/u1" }, 400],
    ["no path", { method: "DELETE" }, 400],
    ["a POST without bulkId", { method: "POST", path: "/Users", data: {} }, 400],
    ["a POST without data", { method: "POST", path: "/Users", bulkId: "a" }, 400],
    ["data that is no object", { method: "PUT", path: "/Users/u1", data: [] }, 400]
  ])("refuses an operation alone that has %s", (_, operation, status) => {
    const good = { method: "DELETE", path: "/Users/u1" }
    const read = operations(good, operation, good)
    assert.deepStrictEqual(
      read.operations.map(({ index }) => index),
      [0, 2]
    )
    assert.deepStrictEqual(
      read.refused.map(({ index, error }) => [index, error.status]),
      [[1, status]]
    )
  })

  it("refuses the second POST of a bulkId, and keeps method and bulkId for its result", () => {
    const post = { method: "post", path: "/Users", bulkId: "twice", data: {} }
    const read = operations(post, post)
    assert.strictEqual(read.operations.length, 1)
    const [again] = read.refused
    assert.deepStrictEqual([again?.index, again?.method, again?.bulkId], [1, "POST", "twice"])
    assert.strictEqual(again?.error.scimType, "invalidValue")
  })

  it.each<[string, Json]>([
    ["no object", null],
    ["no schemas", { Operations: [{}] }],
    [
      "the schemas of another message",
      { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [{}] }
    ],
    ["no Operations", { schemas }],
    ["Operations that are no array", { schemas, Operations: {} }],
    ["no operation", { schemas, Operations: [] }]
  ])("is refused as a whole with invalidSyntax where it has %s (R-SCIM-5)", (_, body) => {
    const error = refusal(body)
    assert.strictEqual(error.status, 400)
    assert.strictEqual(error.scimType, "invalidSyntax")
  })

  it("is refused with 413 where it has too many operations, naming the limit (RFC 7644 3.7.4)", () => {
    const list = (length: number) => Array.from({ length }, () => ({ method: "DELETE", path: "/Users/u1" }))
    assert.strictEqual(operations(...list(limits.bulkMaxOperations)).operations.length, limits.bulkMaxOperations)
    const error = refusal({ schemas, Operations: list(limits.bulkMaxOperations + 1) })
    assert.strictEqual(error.status, 413)
    assert.include(error.detail, String(limits.bulkMaxOperations))
  })

  it.each<[Json, number | undefined | "refused"]>([
    [1, 1],
    ["3", 3],
    [null, undefined],
    [0, undefined],
    [-1, "refused"],
    [1.5, "refused"],
    [[], "refused"],
    ["many", "refused"]
  ])("reads failOnErrors %j as %s", (failOnErrors, expected) => {
    const read = parse({ schemas, failOnErrors, Operations: [{}] })
    assert.strictEqual(Result.isFailure(read) ? "refused" : read.success.failOnErrors, expected)
  })

  it("has the ids of earlier operations put into path and data", () => {
    const [operation] = operations({
      method: "PUT",
      path: "/Groups/bulkId:g",
      data: { members: [{ value: "bulkId:a" }, { value: "bulkId:b" }] }
    }).operations
    if (operation === undefined) return assert.fail("no operation")
    const ids = new Map([
      ["g", "g1"],
      ["a", "u1"]
    ])
    const resolved = resolveOperation(operation, ids)
    assert.strictEqual(resolved.id, "g1")
    assert.deepStrictEqual(resolved.data, { members: [{ value: "u1" }, { value: "bulkId:b" }] })
    assert.strictEqual(operation.id, "bulkId:g")
    assert.strictEqual(resolveOperation({ ...operation, id: "g" }, ids).id, "g")
    assert.strictEqual(resolveOperation({ ...operation, id: "bulkId:h" }, ids).id, "bulkId:h")
  })

  it.prop("never throws whatever the body, and answers every operation once", [Schema.Array(Schema.Json)], ([list]) => {
    const read = parse({ schemas, Operations: list })
    if (Result.isFailure(read)) return assert.strictEqual(list.length, 0)
    const { operations: good, refused } = read.success
    assert.deepStrictEqual(
      [...good, ...refused].map(({ index }) => index).sort((a, b) => a - b),
      list.map((_, index) => index)
    )
  })
})
