import { assert, describe, it } from "@effect/vitest"
import { bulkResponse, bulkResponseUrn } from "../../src/scim/BulkResponse.ts"
import { badRequest, errorUrn } from "../../src/scim/ScimError.ts"

describe("the answer to a bulk request (RFC 7644 3.7.3)", () => {
  it("has a string status, and the error of what failed", () => {
    const location = "https://acme.example.com/scim/v2/Users/u1"
    const answer = bulkResponse([
      { method: "POST", bulkId: "ines", outcome: { _tag: "Done", status: 201, location, version: 'W/"1"' } },
      { method: "DELETE", bulkId: undefined, outcome: { _tag: "Done", status: 204, location, version: undefined } },
      {
        method: "POST",
        bulkId: "mateo",
        outcome: { _tag: "Failed", error: badRequest("invalidValue", "No."), location: undefined }
      },
      {
        method: undefined,
        bulkId: undefined,
        outcome: { _tag: "Failed", error: badRequest("invalidSyntax", "No."), location }
      }
    ])
    const response = (scimType: string) => ({ schemas: [errorUrn], status: "400", scimType, detail: "No." })
    assert.deepStrictEqual(answer, {
      schemas: [bulkResponseUrn],
      Operations: [
        { method: "POST", bulkId: "ines", location, version: 'W/"1"', status: "201" },
        { method: "DELETE", location, status: "204" },
        { method: "POST", bulkId: "mateo", status: "400", response: response("invalidValue") },
        { location, status: "400", response: response("invalidSyntax") }
      ]
    })
  })
})
