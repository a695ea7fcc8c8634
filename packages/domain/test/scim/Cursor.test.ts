import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { type CursorScope, decodeCursor, encodeCursor } from "../../src/scim/Cursor.ts"

const scope: CursorScope = {
  endpoint: "/Users",
  filter: 'userName sw "i"',
  sortBy: "userName",
  sortOrder: "ascending"
}

const wellFormed = Arbitrary.filter(Arbitrary.schema(Schema.String), (text) => text.isWellFormed())

describe("Cursor (RFC 9865)", () => {
  it.prop("what was encoded is decoded", [wellFormed], ([position]) => {
    assert.deepStrictEqual(decodeCursor(scope, encodeCursor(scope, position)), Result.succeed(position))
  })

  it.prop("has unreserved characters of RFC 3986 only", [wellFormed], ([position]) => {
    assert.match(encodeCursor(scope, position), /^[A-Za-z0-9_-]+$/)
  })

  it.prop("of another query is refused", [wellFormed, wellFormed], ([position, text]) => {
    const cursor = encodeCursor(scope, position)
    const others: ReadonlyArray<CursorScope> = [
      { ...scope, endpoint: "/Groups" },
      { ...scope, filter: undefined },
      { ...scope, filter: `${scope.filter}${text} ` },
      { ...scope, sortBy: undefined },
      { ...scope, sortBy: `${text}.` },
      { ...scope, sortOrder: "descending" },
      { ...scope, filter: scope.sortBy, sortBy: scope.filter }
    ]
    for (const other of others) assert.isTrue(Result.isFailure(decodeCursor(other, cursor)))
  })

  it("of a query whose parts join to the same text is refused", () => {
    const pairs: ReadonlyArray<readonly [CursorScope, CursorScope]> = [
      [
        { ...scope, filter: "a+b", sortBy: "" },
        { ...scope, filter: "a", sortBy: "b+" }
      ],
      [
        { ...scope, filter: undefined },
        { ...scope, filter: "" }
      ]
    ]
    for (const [one, other] of pairs) assert.isTrue(Result.isFailure(decodeCursor(other, encodeCursor(one, "7"))))
  })

  it.prop("that was changed in one place is refused", [wellFormed, Schema.Int, Schema.Int], ([position, at, by]) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const cursor = encodeCursor(scope, position)
    const i = Math.abs(at) % cursor.length
    const character = alphabet[Math.abs(by) % alphabet.length] ?? "A"
    const tampered = cursor.slice(0, i) + character + cursor.slice(i + 1)
    const read = decodeCursor(scope, tampered)
    assert.strictEqual(Result.isFailure(read), tampered !== cursor)
    if (Result.isFailure(read)) assert.strictEqual(read.failure.scimType, "invalidCursor")
  })

  it.prop("that is any text is refused and never throws", [Schema.String], ([text]) => {
    assert.isTrue(Result.isFailure(decodeCursor(scope, text)))
  })

  it("with padding, line ends or standard base64 is refused, as it is not the text that was given out", () => {
    const cursor = encodeCursor(scope, "okafor??>>")
    assert.isTrue(Result.isSuccess(decodeCursor(scope, cursor)))
    for (const text of [`${cursor}=`, `${cursor}\n`, ` ${cursor}`, cursor.replaceAll("_", "/"), cursor.slice(0, -1)]) {
      if (text !== cursor) assert.isTrue(Result.isFailure(decodeCursor(scope, text)), JSON.stringify(text))
    }
  })

  it("never shows the filter", () => {
    const cursor = encodeCursor({ ...scope, filter: 'emails.value eq "ines@example.com"' }, "7c9e2a34")
    assert.strictEqual(cursor.length, encodeCursor({ ...scope, filter: undefined }, "7c9e2a34").length)
  })
})
