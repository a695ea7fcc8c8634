import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { searchAmong } from "@rollcall/domain/user/MemoryPeopleSearch"
import { searchedName, searchKey, searchKeys } from "@rollcall/domain/user/PeopleSearch"
import { UserId } from "@rollcall/domain/user/UserId"

const user = (id: string, attributes: JsonObject, deletedAt?: number) => ({
  id: UserId.make(id),
  attributes: { userName: `${id}@halden.example`, ...attributes },
  deletedAt
})

const people = [
  user("anna", {
    name: { givenName: "Anna", familyName: "van der Berg" },
    displayName: "Annie",
    [enterpriseUserUrn]: { employeeNumber: "E-1" }
  }),
  user("bo", { name: { familyName: "Anders" }, emails: [{ value: "first@x.example" }, { value: "Zweite@x.example" }] }),
  user("cy", { name: { givenName: "Anna" } }),
  user("gone", { name: { givenName: "Anna" } }, 1)
]

const found = (typed: string, limit = 10): ReadonlyArray<string> | undefined => {
  const key = searchKey(typed)
  return key === undefined ? undefined : searchAmong(people, key, limit)
}

describe("searching people as their names are typed (R-API-1)", () => {
  it("finds by the beginning of names in either order, userName, every e-mail and employee number", () => {
    assert.deepStrictEqual(found("ANNA VAN"), ["anna"])
    assert.deepStrictEqual(found("van der Berg, A"), ["anna"])
    assert.deepStrictEqual(found("annie"), ["anna"])
    assert.deepStrictEqual(found("e-"), ["anna"])
    assert.deepStrictEqual(found("and"), ["bo"])
    assert.deepStrictEqual(found("zweite@"), ["bo"])
    assert.deepStrictEqual(found("berg"), [])
  })

  it("shows whose key is the very text first, each once, and nobody who was deleted", () => {
    assert.deepStrictEqual(found("anna"), ["cy", "anna"])
    assert.deepStrictEqual(found("an"), ["bo", "cy", "anna"])
    assert.deepStrictEqual(found("an", 2), ["bo", "cy"])
  })

  it("looks for nothing where nothing is typed, and takes white space and commas for one space", () => {
    for (const typed of ["", "  ", ",", "\t,\n"]) assert.isUndefined(found(typed), JSON.stringify(typed))
    assert.strictEqual(searchKey("  Berg ,\u00a0An "), "berg an")
  })

  it("holds names within what an index holds, cut between characters", () => {
    const long = "😀".repeat(searchedName + 50)
    const { name, reverseName } = searchKeys({ userName: "x", name: { givenName: long, familyName: "B" } })
    assert.strictEqual(name, "😀".repeat(searchedName))
    assert.strictEqual(reverseName, `b ${"😀".repeat(searchedName - 2)}`)
    assert.strictEqual(searchKey(long), name)
  })
})
