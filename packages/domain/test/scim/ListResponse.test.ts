import { assert, describe, it } from "@effect/vitest"
import { completeList, listResponse, listResponseText, listResponseUrn } from "../../src/scim/ListResponse.ts"

describe("ListResponse", () => {
  it("counts the resources of the page itself, with numbers (WIRE 0.1 fact 8)", () => {
    assert.strictEqual(
      JSON.stringify(listResponse({ totalResults: 12, startIndex: 6 }, [{ id: "a" }, { id: "b" }])),
      `{"schemas":["${listResponseUrn}"],"totalResults":12,"startIndex":6,"itemsPerPage":2,"Resources":[{"id":"a"},{"id":"b"}]}`
    )
  })

  it("has Resources where nothing matches (WIRE 0.1 fact 7)", () => {
    assert.deepStrictEqual(listResponse({ totalResults: 0, startIndex: 1 }, []), {
      schemas: [listResponseUrn],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: []
    })
  })

  it("has cursors and no startIndex on a page by cursor, and no nextCursor on the last (RFC 9865 2)", () => {
    assert.deepStrictEqual(listResponse({ totalResults: 3, nextCursor: "n", previousCursor: "p" }, [{ id: "a" }]), {
      schemas: [listResponseUrn],
      totalResults: 3,
      itemsPerPage: 1,
      previousCursor: "p",
      nextCursor: "n",
      Resources: [{ id: "a" }]
    })
    assert.notProperty(listResponse({ totalResults: 3, nextCursor: undefined }, []), "nextCursor")
  })

  it("is the same message around resources that are text already, to the letter", () => {
    for (const resources of [[], [{ id: "]}" }], [{ id: "a" }, { id: "b", tags: [] }]]) {
      for (const page of [
        { totalResults: 12, startIndex: 6 },
        { totalResults: 3, nextCursor: '"n]}' }
      ]) {
        const texts = resources.map((resource) => JSON.stringify(resource))
        assert.strictEqual(listResponseText(page, texts), JSON.stringify(listResponse(page, resources)))
      }
    }
  })

  it("lists what is not paged as one page", () => {
    const { totalResults, startIndex, itemsPerPage } = completeList([1, 2, 3])
    assert.deepStrictEqual(
      { totalResults, startIndex, itemsPerPage },
      { totalResults: 3, startIndex: 1, itemsPerPage: 3 }
    )
  })
})
