import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { checkIfMatch, etagOf, matchesIfNoneMatch, matchesVersion, parseEntityTags } from "../../src/scim/ETag.ts"

const matches = (header: string, version: number): boolean => {
  const tags = parseEntityTags(header)
  return tags !== undefined && matchesVersion(tags, version)
}

describe("ETag (RFC 7644 3.14, R-USER-12)", () => {
  it("is weak", () => assert.strictEqual(etagOf(3), 'W/"3"'))

  it.each([
    ['W/"3"', true],
    ['"3"', true],
    ['w/"3"', true],
    [' W/"3" ', true],
    ['W/"1", W/"3"', true],
    ['"1","2","3"', true],
    [',, "3" ,', true],
    ["*", true],
    ["3", true],
    ["W/3", true],
    ["1, 3", true],
    ['"3', true],
    ['W/"30"', false],
    ['W/"03"', false],
    ['"W/3"', false],
    ['"1, 3"', false],
    ['W / "3"', false],
    ['*, "1"', false],
    ['"*"', false],
    ["W/", false],
    ['"', false]
  ])("in %s names version 3: %s", (header, expected) => {
    assert.strictEqual(matches(header, 3), expected)
  })

  it("that was not sent is no condition", () => {
    for (const header of [undefined, "", "  "]) {
      assert.isUndefined(parseEntityTags(header))
      assert.isUndefined(checkIfMatch(header, 3))
      assert.isFalse(matchesIfNoneMatch(header, 3))
    }
  })

  it("in If-Match that names another version is refused with 412, which tells the version that stands", () => {
    const error = checkIfMatch('W/"2"', 3)
    assert.strictEqual(error?.status, 412)
    assert.isUndefined(error?.scimType)
    assert.include(error?.detail, 'W/"3"')
    assert.isUndefined(checkIfMatch('W/"2", W/"3"', 3))
    assert.isUndefined(checkIfMatch("*", 3))
  })

  it("in If-Match that cannot be understood is not met", () => {
    assert.strictEqual(checkIfMatch("not a tag", 3)?.status, 412)
  })

  it("in If-None-Match tells whether the client has that version", () => {
    assert.isTrue(matchesIfNoneMatch('"3"', 3))
    assert.isTrue(matchesIfNoneMatch("*", 3))
    assert.isFalse(matchesIfNoneMatch('"4"', 3))
  })

  it.prop("names its own version and no other, alone and in a list", [Schema.Int, Schema.Int], ([a, b]) => {
    assert.isTrue(matches(etagOf(a), a))
    assert.isTrue(matches(`"x", ${etagOf(a)}, ${etagOf(b)}`, a))
    assert.strictEqual(matches(etagOf(a), b), a === b)
  })

  it.prop("in any text is read without throwing", [Schema.String], ([text]) => {
    parseEntityTags(text)
    parseEntityTags(`W/"${text}", ${text}"`)
  })
})
