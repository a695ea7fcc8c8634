import { assert, describe, it } from "@effect/vitest"
import { printFilter } from "@rollcall/domain/scim/FilterPrinter"
import { type Path, parsePath, type UnknownPath } from "@rollcall/domain/scim/Path"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { Result, Schema } from "effect"
import { groupTable, userTable } from "./Tables.ts"

const describePath = (path: Path | UnknownPath): string => {
  switch (path._tag) {
    case "Attribute":
      return `${path.target.extension ?? "core"} ${path.target.attribute.name} ${path.target.sub?.name ?? "-"}`
    case "Elements":
      return `${path.ref.attribute.name}[${printFilter(path.source)}] ${path.sub?.name ?? "-"}`
    case "Extension":
      return `schema ${path.schema.id}`
    case "Unknown":
      return "unknown"
  }
}

const read = (text: string, table = userTable): string => describePath(Result.getOrThrow(parsePath(table, text)))

describe("paths of PATCH operations (RFC 7644 3.5.2)", () => {
  it.each([
    ["displayName", "core displayName -"],
    ["NAME.GIVENNAME", "core name givenName"],
    ["password", "core password -"],
    ["emails", "core emails -"],
    ["emails.value", "core emails value"],
    ['emails[type eq "work"]', 'emails[type eq "work"] -'],
    ['emails[type eq "work"].value', 'emails[type eq "work"] value'],
    ['  Emails [type EQ "work"].VALUE ', 'emails[type eq "work"] value'],
    [
      'addresses[type eq "work" and primary eq true].streetAddress',
      'addresses[type eq "work" and primary eq true] streetAddress'
    ],
    ['roles[primary eq "True"].value', 'roles[primary eq "True"] value'],
    [`${userUrn}:emails[type eq work].value`, 'emails[type eq "work"] value'],
    ['manager[value eq "x"]', 'manager[value eq "x"] -'],
    [`${enterpriseUserUrn}:manager.value`, `${enterpriseUserUrn} manager value`],
    [`${enterpriseUserUrn}.department`, `${enterpriseUserUrn} department -`],
    ["manager", `${enterpriseUserUrn} manager -`],
    [defaultExtensionUserUrn, `schema ${defaultExtensionUserUrn}`],
    [` ${defaultExtensionUserUrn.toUpperCase()} `, `schema ${defaultExtensionUserUrn}`],
    [userUrn, `schema ${userUrn}`],
    // WIRE E.12
    [`${defaultExtensionUserUrn} :location `, `${defaultExtensionUserUrn} location -`],
    ["custom_shoeSize", `${defaultExtensionUserUrn} custom_shoeSize -`]
  ])("%s is %s", (text, expected) => {
    assert.strictEqual(read(text), expected)
  })

  it("members of a group are selected by value", () => {
    assert.strictEqual(read('members[value eq "x"]', groupTable), 'members[value eq "x"] -')
  })

  it.each([
    "shoeSize",
    "shoe.size",
    'shoes[type eq "left"].size',
    "name.nickname",
    'emails[type eq "work"].size',
    "urn:example:hr:User:title",
    `${userUrn}:department`,
    // ABUSE-29
    "__proto__",
    "constructor.prototype",
    'emails[type eq "work"].__proto__'
  ])("R-USER-3: %s is unknown, not an error", (text) => {
    assert.strictEqual(read(text), "unknown")
  })

  it.each([
    ["", "invalidPath", "the path is empty"],
    ["   ", "invalidPath", "the path is empty"],
    ["name.", "invalidPath", "character 5"],
    ["display name", "invalidPath", "character 9"],
    ['emails[type eq "work"]value', "invalidPath", "character 23"],
    ['emails[type eq "work"].', "invalidPath", "sub-attribute"],
    ['emails[type eq "work"].va lue', "invalidPath", "character 27"],
    ['emails[type eq "work"].a.b', "invalidPath", "sub-attribute"],
    ['displayName[value eq "x"]', "invalidPath", "brackets stand behind"],
    ['emails.value[type eq "x"]', "invalidPath", "brackets stand behind"],
    [`${userUrn}[value eq "x"]`, "invalidPath", "brackets stand behind"],
    ["(((((", "invalidPath", "character 1"],
    ["emails[", "invalidFilter", "is missing"],
    ['emails[type eq "work"', "invalidFilter", '"]" is missing'],
    ["emails[type is x]", "invalidFilter", "the operators are"],
    ['emails[kind eq "work"]', "invalidFilter", 'no sub-attribute "kind"'],
    ["emails[primary gt true]", "invalidFilter", "does not compare a boolean"]
  ])("%j fails with %s: %s", (text, scimType, reason) => {
    const path = parsePath(userTable, text)
    if (Result.isSuccess(path)) return assert.fail(describePath(path.success))
    assert.strictEqual(path.failure.status, 400)
    assert.strictEqual(path.failure.scimType, scimType)
    assert.include(path.failure.detail, reason)
  })

  it("ABUSE-27: nesting bombs inside a path are 400 invalidFilter", () => {
    for (const bomb of ["(", "not (", "not ", "["]) {
      const path = parsePath(userTable, `emails[${bomb.repeat(10_000)}`)
      assert.isTrue(Result.isFailure(path))
      if (Result.isFailure(path)) assert.strictEqual(path.failure.scimType, "invalidFilter")
    }
  })

  it.prop("any text is read, unknown or refused, never an exception", [Schema.String, Schema.String], ([a, b]) => {
    for (const text of [a, `emails[${a}]`, `emails[type eq ${JSON.stringify(a)}].${b}`, `${userUrn}:${a}`]) {
      parsePath(userTable, text)
    }
  })
})
