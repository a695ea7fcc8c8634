import { assert, describe, it } from "@effect/vitest"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import { type TypedFilter, typeElementFilter, typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Result } from "effect"
import { groupTable, userTable } from "./Tables.ts"

const typed = (text: string): TypedFilter =>
  Result.getOrThrow(typeFilter(userTable, Result.getOrThrow(parseFilter(text))))

const refusal = (text: string, table = userTable): string => {
  const result = typeFilter(table, Result.getOrThrow(parseFilter(text)))
  if (Result.isSuccess(result)) throw new Error("was accepted")
  assert.strictEqual(result.failure.scimType, "invalidFilter")
  assert.strictEqual(result.failure.status, 400)
  return result.failure.detail
}

const comparison = (text: string) => {
  const filter = typed(text)
  if (filter._tag !== "Compare") throw new Error(`is ${filter._tag}`)
  const { target, leaf, operator, operand } = filter
  assert.strictEqual(leaf, target.sub ?? target.attribute)
  return { at: `${target.attribute.name}${target.sub === undefined ? "" : `.${target.sub.name}`}`, operator, operand }
}

describe("typing filters by the table", () => {
  it.each([
    ['userName eq "Ada"', "userName", { type: "string", text: "Ada", key: "ada" }],
    ['externalId eq "Ada"', "externalId", { type: "string", text: "Ada", key: "Ada" }],
    ["id eq 42", "id", { type: "string", text: "42", key: "42" }],
    ["userName eq true", "userName", { type: "string", text: "true", key: "true" }],
    ["active eq true", "active", { type: "boolean", value: true }],
    // WIRE F.3
    ['active eq "False"', "active", { type: "boolean", value: false }],
    ["active eq TRUE", "active", { type: "boolean", value: true }],
    ["userId eq 42", "userId", { type: "number", value: 42 }],
    ['userId ge "42"', "userId", { type: "number", value: 42 }],
    ["userId lt 42.0", "userId", { type: "number", value: 42 }],
    [
      'meta.created ge "2027-01-11T10:30:00+02:00"',
      "meta.created",
      { type: "dateTime", instant: "2027-01-11T08:30:00.000Z" }
    ],
    ["meta.created ge 2027-01-11", "meta.created", { type: "dateTime", instant: "2027-01-11T00:00:00.000Z" }],
    // WIRE F.11 and B.3: a complex attribute is compared by its value.
    ['emails eq "Ada"', "emails.value", { type: "string", text: "Ada", key: "ada" }],
    ['manager eq "x"', "manager.value", { type: "string", text: "x", key: "x" }],
    ['groups eq "X"', "groups.value", { type: "string", text: "X", key: "X" }],
    ['manager.value eq "x"', "manager.value", { type: "string", text: "x", key: "x" }],
    ["custom_level eq 4", "custom_level", { type: "any", literal: 4 }],
    ['custom_level gt "B"', "custom_level", { type: "any", literal: "B" }],
    ["custom_level eq true", "custom_level", { type: "any", literal: true }]
  ])("%s compares %s", (text, at, operand) => {
    const compared = comparison(text)
    assert.strictEqual(compared.at, at)
    assert.deepStrictEqual(compared.operand, operand as typeof compared.operand)
  })

  it("ne is Not of eq, eq null is Not of Present, ne null is Present", () => {
    const ne = typed('title ne "x"')
    assert.deepStrictEqual(ne, { _tag: "Not", filter: typed('title eq "x"') })
    assert.deepStrictEqual(typed("title eq null"), { _tag: "Not", filter: typed("title pr") })
    assert.deepStrictEqual(typed("name ne null"), typed("name pr"))
  })

  it("brackets become one Element filter, also in Microsoft's form", () => {
    assert.deepStrictEqual(
      typed('emails[type eq "work"].value eq "x"'),
      typed('emails[type eq "work" and value eq "x"]')
    )
    const filter = typed('manager[value eq "x"]')
    assert.strictEqual(filter._tag, "Element")
  })

  it.each([
    ['userNme eq "x"', 'character 1, near "userNme"', 'did you mean "userName"?'],
    ['title pr and name.givename eq "x"', 'character 14, near "name.givename"', 'did you mean "givenName"?'],
    ['name.first eq "x"', "name.first", "it has formatted, familyName"],
    ['userName.x eq "x"', "userName.x", 'userName has no sub-attribute "x"'],
    ['urn:example:User:title eq "x"', "urn:example:User:title", 'no schema "urn:example:User"'],
    ["urn:ietf:params:scim:schemas:core:2.0:User pr", "core:2.0:User", "whole schema"],
    ['emails[kind eq "x"]', 'character 8, near "kind"', "it has value, display, type, primary"],
    ['emails[emails.type eq "x"]', "emails.type", "no sub-attribute"],
    ['userName[value eq "x"]', "userName", "brackets stand behind"],
    ['emails.value[type eq "x"]', "emails.value", "brackets stand behind"],
    ["active gt true", "active", "use eq, ne or pr"],
    ['active co "t"', "active", "true or false"],
    ['active eq "yes"', "active", "true or false"],
    ["userId co 4", "userId", "does not compare a number; use eq, ne, gt, ge, lt, le or pr"],
    ['userId eq "0x10"', "userId", "is a number"],
    ['userId eq ""', "userId", "is a number"],
    ["userId eq true", "userId", "is a number"],
    ['meta.created sw "2027"', "meta.created", "dateTime"],
    ['meta.created gt "2027-02-30T00:00:00Z"', "meta.created", "2027-01-11T08:30:00Z"],
    ["meta.created gt 5", "meta.created", "2027-01-11T08:30:00Z"],
    ['x509Certificates gt "a"', "x509Certificates", "does not compare binary"],
    ["custom_level co 4", "custom_level", "does not compare a number"],
    ["custom_level gt true", "custom_level", "does not compare a boolean"],
    ['name eq "x"', "name", "compare one of its parts: name.formatted"],
    ['addresses co "x"', "addresses", "addresses.country"],
    ["title gt null", "title", "eq and ne only"],
    // ABUSE-29
    ['__proto__ eq "x"', "__proto__", 'no attribute "__proto__"'],
    ["constructor pr", "constructor", "no attribute"],
    ["name.constructor pr", "name.constructor", "no sub-attribute"],
    ["emails[__proto__ pr]", "__proto__", "no sub-attribute"]
  ])("%s is refused near %s: %s", (text, near, reason) => {
    const detail = refusal(text)
    assert.include(detail, near)
    assert.include(detail, reason)
  })

  it.each([
    'password eq "x"',
    "password pr",
    'PASSWORD sw "a"',
    "password eq null",
    "urn:ietf:params:scim:schemas:core:2.0:User:password pr"
  ])("ABUSE-15: %s is refused, as it would find out what is never returned", (text) => {
    assert.include(refusal(text), "never returned")
  })

  it("each resource type has its own attributes", () => {
    assert.include(refusal('userName eq "x"', groupTable), 'Group has no attribute "userName"')
    const members = typeFilter(groupTable, Result.getOrThrow(parseFilter('members eq "x"')))
    assert.isTrue(Result.isSuccess(members))
  })

  it("the filter of an attribute without sub-attributes is refused", () => {
    const ref = userTable.find(undefined, "userName")
    if (ref === undefined) return assert.fail("no userName")
    const result = typeElementFilter(ref, Result.getOrThrow(parseFilter('value eq "x"')))
    assert.isTrue(Result.isFailure(result))
  })
})
