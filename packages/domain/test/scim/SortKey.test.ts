import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { searchDocument } from "@rollcall/domain/scim/SearchDocument"
import { compareSortKeys, resolveSort, type SortKey, sortKey } from "@rollcall/domain/scim/SortKey"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { Arbitrary, Result } from "effect"
import { userResource } from "./ResourceArbitrary.ts"
import { userTable } from "./Tables.ts"
import { numbers, oneOf, pick, words } from "./Vocabulary.ts"

const keyOf = (text: string, resource: JsonObject): SortKey =>
  sortKey(Result.getOrThrow(resolveSort(userTable, text)), resource)

const keys: Arbitrary.Arbitrary<SortKey> = oneOf<SortKey>([
  pick(words),
  pick(numbers),
  pick([true, false]),
  Arbitrary.Constant(undefined)
])

describe("sorting (RFC 7644 3.4.2.3)", () => {
  it.each<readonly [string, JsonObject, SortKey]>([
    ["userName", { userName: "ADA" }, "ada"],
    ["externalId", { externalId: "ADA" }, "ADA"],
    ["NAME.familyname", { name: { familyName: "Ås" } }, "ås"],
    ["active", { active: false }, false],
    ["meta.created", { meta: { created: "2027-01-11T10:30:00+02:00" } }, "2027-01-11T08:30:00.000Z"],
    // Multi-valued: the primary one, else the first.
    ["emails", { emails: [{ value: "b" }, { value: "A", primary: true }] }, "a"],
    ["emails.value", { emails: [{ value: "b" }, { value: "a", primary: false }] }, "b"],
    ["emails.type", { emails: [{ value: "b" }, { value: "a", type: "Home", primary: true }] }, "home"],
    ["manager", { [enterpriseUserUrn]: { manager: { value: "E-1" } } }, "e-1"],
    ["title", { title: "" }, undefined],
    ["title", {}, undefined],
    ["emails", { emails: [] }, undefined]
  ])("the key by %s of %j is %j", (text, resource, expected) => {
    assert.strictEqual(keyOf(text, resource), expected)
  })

  it.each([
    ["", "missing"],
    ["userNam", 'did you mean "userName"?'],
    ["name", "sort by one of its parts: name.formatted"],
    ["name.", "dot"],
    [enterpriseUserUrn, "whole schema"],
    ["__proto__", "no attribute"],
    // ABUSE-15
    ["password", "never returned"]
  ])("sortBy %j is refused: %s", (text, reason) => {
    const target = resolveSort(userTable, text)
    if (Result.isSuccess(target)) return assert.fail("was accepted")
    assert.strictEqual(target.failure.scimType, "invalidValue")
    assert.include(target.failure.detail, reason)
  })

  it("missing keys come last when ascending and first when descending", () => {
    const unsorted = ["b", undefined, "a", "😀", "\uffee"]
    const sorted = (direction: 1 | -1) =>
      unsorted
        .map((key) => ({ key }))
        .sort((a, b) => direction * compareSortKeys(a.key, b.key))
        .map(({ key }) => key)
    // By code point: the emoji lies beyond U+FFEE.
    assert.deepStrictEqual(sorted(1), ["a", "b", "\uffee", "😀", undefined])
    assert.deepStrictEqual(sorted(-1), [undefined, "😀", "\uffee", "b", "a"])
  })

  it.prop(
    "the order is total: antisymmetric, transitive, and zero only for equal keys",
    [keys, keys, keys],
    ([a, b, c]) => {
      assert.strictEqual(Math.sign(compareSortKeys(a, b)), 0 - Math.sign(compareSortKeys(b, a)))
      assert.strictEqual(compareSortKeys(a, b) === 0, a === b)
      if (compareSortKeys(a, b) <= 0 && compareSortKeys(b, c) <= 0) assert.isAtMost(compareSortKeys(a, c), 0)
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop("a resource and its search document have the same keys", [userResource], ([resource]) => {
    const document = searchDocument(userTable, resource)
    for (const text of [
      "userName",
      "externalId",
      "emails",
      "emails.type",
      "meta.created",
      "custom_level",
      "custom_team"
    ]) {
      assert.strictEqual(keyOf(text, document), keyOf(text, resource))
    }
  })
})
