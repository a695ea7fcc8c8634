import { assert, describe, it } from "@effect/vitest"
import {
  type AttributePath,
  findTarget,
  locate,
  parseAttributePath,
  printAttributePath
} from "@rollcall/domain/scim/AttributePath"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { Result, Schema } from "effect"
import { userTable } from "./Tables.ts"

const parse = (text: string): AttributePath => Result.getOrThrow(parseAttributePath(text))

/** Extension, attribute and sub-attribute that a text names. */
const found = (text: string): string | undefined => {
  const target = findTarget(userTable, text)
  if (target === undefined) return undefined
  return [target.extension ?? "core", target.attribute.name, target.sub?.name ?? "-"].join(" ")
}

describe("attribute paths", () => {
  it.each([
    ["userName", "core userName -"],
    ["USERNAME", "core userName -"],
    ["name.givenName", "core name givenName"],
    ["id", "core id -"],
    ["meta.lastModified", "core meta lastModified"],
    ["department", `${enterpriseUserUrn} department -`],
    ["manager.$ref", `${enterpriseUserUrn} manager $ref`],
    [`${userUrn}:name.givenName`, "core name givenName"],
    [`${userUrn.toUpperCase()}:emails.VALUE`, "core emails value"],
    [`${enterpriseUserUrn}:manager.value`, `${enterpriseUserUrn} manager value`],
    // WIRE B.5: very old jobs of Microsoft's write a dot before the attribute.
    [`${enterpriseUserUrn}.department`, `${enterpriseUserUrn} department -`],
    [`${enterpriseUserUrn}.manager.value`, `${enterpriseUserUrn} manager value`],
    // WIRE E.12: white space in the documents' own URN.
    [`${defaultExtensionUserUrn} :location `, `${defaultExtensionUserUrn} location -`],
    [`\u00a0${defaultExtensionUserUrn}:\u00a0location`, `${defaultExtensionUserUrn} location -`],
    ["custom_Team", `${defaultExtensionUserUrn} custom_Team -`],
    [`${defaultExtensionUserUrn}:CUSTOM_x-1`, `${defaultExtensionUserUrn} CUSTOM_x-1 -`]
  ])("%s names %s", (text, expected) => {
    assert.strictEqual(found(text), expected)
  })

  it.each([
    "nickname2",
    "name.nickname",
    "userName.value",
    `${userUrn}:department`,
    `${enterpriseUserUrn}:userName`,
    "urn:example:unknown:User:title",
    // Begins like a known URN, yet is another.
    `${userUrn}2title`,
    // The URN of a schema alone is no attribute.
    userUrn,
    "custom_",
    // ABUSE-29
    "__proto__",
    "constructor",
    "toString.x",
    "name.__proto__",
    `${userUrn}:__proto__`
  ])("%s names no attribute", (text) => {
    assert.isUndefined(found(text))
  })

  it("an unknown URN is split at its last colon, and the dot in 2.0 splits nothing", () => {
    assert.deepStrictEqual(parse("urn:example:hr:2.0:Person:name.first"), {
      urn: "urn:example:hr:2.0:Person",
      name: "name",
      sub: "first"
    })
  })

  it("of two URNs of which one begins the other the longer counts", () => {
    const nested = `${userUrn}:Hr.Data`
    const { user } = makeResourceTypes(nested)
    assert.strictEqual(findTarget(user, `${nested.toLowerCase()}:location`)?.extension, nested)
    assert.strictEqual(findTarget(user, `${nested}.location`)?.extension, nested)
    assert.strictEqual(findTarget(user, `${userUrn}:title`)?.attribute.name, "title")
    // In whatever order the schemas stand.
    const short = enterpriseUserUrn.slice(0, enterpriseUserUrn.lastIndexOf(":2.0"))
    const target = findTarget(makeResourceTypes(short).user, `${enterpriseUserUrn}:department`)
    assert.strictEqual(target?.extension, enterpriseUserUrn)
    const whole = locate(user, parse(nested))
    assert.strictEqual(whole._tag === "Schema" ? whole.schema.id : undefined, nested)
  })

  it("the URN of a whole schema is found, with a dot in it or not", () => {
    for (const urn of [userUrn, enterpriseUserUrn, defaultExtensionUserUrn.toLowerCase()]) {
      const location = locate(userTable, parse(urn))
      assert.strictEqual(location._tag, "Schema")
      if (location._tag === "Schema") assert.strictEqual(location.schema.id.toLowerCase(), urn.toLowerCase())
    }
  })

  it.each([
    ["", 0],
    ["   ", 3],
    [".", 0],
    ["name.", 4],
    [".name", 0],
    ["a..b", 2],
    ["a.b.c", 2],
    ["1name", 0],
    ["display name", 0],
    ["näme", 0],
    ["urn:a:b c", 7],
    ["$", 0]
  ])("%j is malformed at %i", (text, offset) => {
    const parsed = parseAttributePath(text)
    assert.isTrue(Result.isFailure(parsed))
    if (Result.isFailure(parsed)) assert.strictEqual(parsed.failure.offset, offset)
  })

  it.prop("a path read from any text prints to what reads back the same", [Schema.String], ([text]) => {
    const path = parseAttributePath(text)
    if (Result.isSuccess(path)) assert.deepStrictEqual(parse(printAttributePath(path.success)), path.success)
  })
})
