import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { string } from "../../src/scim/Attribute.ts"
import type { AttributeTable } from "../../src/scim/AttributeTable.ts"
import { makeAttributeTable } from "../../src/scim/AttributeTable.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "../../src/scim/Json.ts"
import { limits } from "../../src/scim/Limits.ts"
import { allAttributes, asksFor, type Projection, parseProjection, project } from "../../src/scim/Projection.ts"
import { makeResourceTypes } from "../../src/scim/ResourceTypes.ts"
import { enterpriseUserUrn } from "../../src/scim/schemas/EnterpriseUserSchema.ts"
import { defaultExtensionUserUrn } from "../../src/scim/schemas/ExtensionUserSchema.ts"
import { groupUrn } from "../../src/scim/schemas/GroupSchema.ts"
import { userUrn } from "../../src/scim/schemas/UserSchema.ts"
import { attributeNames, completeResource } from "./SampleResource.ts"

const { user, group } = makeResourceTypes(defaultExtensionUserUrn)

const person: JsonObject = {
  meta: { resourceType: "User", version: 'W/"3"' },
  [defaultExtensionUserUrn]: { location: "Aarhus", custom_Team: "Cranes" },
  [enterpriseUserUrn]: { department: "Controls", manager: { value: "17", displayName: "Mateo Brandt" } },
  emails: [
    { value: "ines@example.com", type: "work", primary: true },
    { value: "ines@home.example", type: "home" }
  ],
  name: { givenName: "Ines", familyName: "Okafor" },
  password: "never to be seen",
  groups: [{ value: "g1", display: "Field Robotics" }],
  userName: "ines@example.com",
  externalId: "00uq7h2kd9",
  id: "7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"
}

const only = (attributes: string | ReadonlyArray<string>) =>
  project(user, parseProjection(user, attributes, undefined), person)
const except = (excluded: string | ReadonlyArray<string>) =>
  project(user, parseProjection(user, undefined, excluded), person)
const names = (resource: JsonObject) => Object.keys(resource)

describe("Projection", () => {
  it("shows what is returned by default, in the order of the schemas", () => {
    assert.deepStrictEqual(names(project(user, allAttributes, person)), [
      "schemas",
      "id",
      "externalId",
      "emails",
      "name",
      "userName",
      enterpriseUserUrn,
      defaultExtensionUserUrn,
      "meta"
    ])
  })

  it("lists in schemas the core schema and the extensions that the resource carries", () => {
    assert.deepStrictEqual(project(user, allAttributes, person).schemas, [
      userUrn,
      enterpriseUserUrn,
      defaultExtensionUserUrn
    ])
    assert.deepStrictEqual(only("userName").schemas, [userUrn])
    assert.deepStrictEqual(only("userName,department").schemas, [userUrn, enterpriseUserUrn])
    assert.deepStrictEqual(except(defaultExtensionUserUrn).schemas, [userUrn, enterpriseUserUrn])
  })

  it.each([
    ["a name in any case", "USERNAME", { userName: "ines@example.com" }],
    ["a name with the URN of its schema", `${userUrn}:userName`, { userName: "ines@example.com" }],
    ["a URN in any case", `${userUrn.toUpperCase()}:userName`, { userName: "ines@example.com" }],
    ["a sub-attribute", "name.givenName", { name: { givenName: "Ines" } }],
    ["two sub-attributes", "name.givenName,name.familyName", { name: { givenName: "Ines", familyName: "Okafor" } }],
    [
      "a sub-attribute of several values",
      "emails.value",
      { emails: [{ value: "ines@example.com" }, { value: "ines@home.example" }] }
    ],
    ["a sub-attribute that not every value has", "emails.primary", { emails: [{ primary: true }] }],
    ["a sub-attribute that no value has", "emails.display", {}],
    ["a filter in brackets, read as its attribute (WIRE C.4)", 'emails[type eq "wo,rk"]', { emails: person.emails }],
    [
      "a filter in brackets before a sub-attribute",
      'emails[type eq "]"].type',
      { emails: [{ type: "work" }, { type: "home" }] }
    ],
    ["a filter with a quote in its text", 'emails[value eq "a\\"],userName,"b"]', { emails: person.emails }],
    ["what is returned on request only", "groups", { groups: [{ value: "g1", display: "Field Robotics" }] }],
    ["a part of what is returned on request only", "groups.value", { groups: [{ value: "g1" }] }],
    ["what is never returned", "password", {}],
    ["an unknown name", "nobody,constructor,__proto__", {}],
    ["a malformed name", "..,urn:,:,[", {}],
    ["an extension as a whole", enterpriseUserUrn, { [enterpriseUserUrn]: person[enterpriseUserUrn] }],
    [
      "an attribute of an extension",
      `${enterpriseUserUrn}:department`,
      { [enterpriseUserUrn]: { department: "Controls" } }
    ],
    [
      "one with a dot after the URN (WIRE B.5)",
      `${enterpriseUserUrn}.department`,
      { [enterpriseUserUrn]: { department: "Controls" } }
    ],
    ["one without its URN", "department", { [enterpriseUserUrn]: { department: "Controls" } }],
    [
      "one's sub-attribute",
      "manager.displayName",
      { [enterpriseUserUrn]: { manager: { displayName: "Mateo Brandt" } } }
    ],
    ["a custom attribute in any case", "CUSTOM_team", { [defaultExtensionUserUrn]: { custom_Team: "Cranes" } }]
  ])("with attributes returns only %s, id and schemas", (_, attributes, expected) => {
    const { schemas: _schemas, id, ...rest } = only(attributes)
    assert.strictEqual(id, person.id)
    assert.deepStrictEqual(rest, expected)
  })

  it("with the URN of the core schema returns the core attributes, not those on request", () => {
    assert.deepStrictEqual(names(only(userUrn)), ["schemas", "id", "emails", "name", "userName"])
  })

  it.each([
    ["an attribute", "emails", "emails"],
    ["an attribute with its URN", `${userUrn}:EMAILS`, "emails"],
    ["an extension", enterpriseUserUrn, enterpriseUserUrn],
    ["everything of an extension", `department, manager`, enterpriseUserUrn],
    ["meta", "meta", "meta"]
  ])("with excludedAttributes leaves out %s", (_, excluded, gone) => {
    assert.deepStrictEqual(
      names(except(excluded)),
      names(project(user, allAttributes, person)).filter((name) => name !== gone)
    )
  })

  it("excludes a sub-attribute and keeps the others", () => {
    assert.deepStrictEqual(except("emails.value,name.familyName").emails, [
      { type: "work", primary: true },
      { type: "home" }
    ])
    assert.deepStrictEqual(except("name.familyName").name, { givenName: "Ines" })
  })

  it("never excludes what is always returned (RFC 7644 3.9)", () => {
    const shown = except(["id", "schemas", "userName"])
    assert.strictEqual(shown.id, person.id)
    assert.deepStrictEqual(shown.schemas, [userUrn, enterpriseUserUrn, defaultExtensionUserUrn])
    assert.notProperty(shown, "userName")
  })

  it("takes attributes where both parameters are sent, and neither where both are empty", () => {
    assert.deepStrictEqual(project(user, parseProjection(user, "userName", "userName"), person), only("userName"))
    assert.deepStrictEqual(parseProjection(user, " , ", [""]), allAttributes)
  })

  it("takes names from an array as from a text", () => {
    assert.deepStrictEqual(only(["userName", "name.givenName, emails"]), only("userName,name.givenName,emails"))
  })

  it("regards no more names than the limit, so that a list of any length costs little", () => {
    const many = (before: number) => only(`${"nobody,".repeat(before)}userName`)
    assert.property(many(limits.attributeNames - 1), "userName")
    assert.notProperty(many(limits.attributeNames), "userName")
  })

  it("keeps a list that is empty", () => {
    const empty = { id: "g1", displayName: "Cranes", members: [] }
    assert.deepStrictEqual(project(group, allAttributes, empty), { schemas: [groupUrn], ...empty })
    assert.deepStrictEqual(project(group, parseProjection(group, "members.value", undefined), empty).members, [])
  })

  it("leaves out members that no schema has, wherever they stand", () => {
    const odd = { id: "1", department: "at the top", nobody: 1, [enterpriseUserUrn]: { nobody: 1 } }
    assert.deepStrictEqual(project(user, allAttributes, odd), { schemas: [userUrn], id: "1" })
  })

  it("honours what a sub-attribute says of itself", () => {
    const table = makeAttributeTable({
      ...group.resourceType,
      schema: {
        ...group.resourceType.schema,
        attributes: [
          {
            ...string("thing", "A thing."),
            type: "complex",
            subAttributes: [
              string("key", "Always.", { returned: "always" }),
              string("note", "By default."),
              string("extra", "On request.", { returned: "request" }),
              string("secret", "Never.", { returned: "never" })
            ]
          }
        ]
      }
    })
    const resource = { id: "1", thing: { key: "k", note: "n", extra: "e", secret: "s" } }
    const thing = (projection: Projection) => project(table, projection, resource).thing
    assert.deepStrictEqual(thing(allAttributes), { key: "k", note: "n" })
    assert.deepStrictEqual(thing(parseProjection(table, "thing", undefined)), { key: "k", note: "n" })
    assert.deepStrictEqual(thing(parseProjection(table, "thing.extra,thing.secret", undefined)), {
      key: "k",
      extra: "e"
    })
    assert.deepStrictEqual(thing(parseProjection(table, undefined, "thing.key,thing.note")), { key: "k" })
  })
})

describe("asksFor", () => {
  it.each([
    ["everything", undefined, undefined, true],
    ["members excluded, as Entra does (WIRE B.10)", undefined, "members", false],
    ["members excluded in another case and with the URN", undefined, `${groupUrn}:MEMBERS`, false],
    ["a part of members excluded", undefined, "members.display", true],
    ["another attribute", "displayName", undefined, false],
    ["members", "displayName,members", undefined, true],
    ["a part of members", "members.value", undefined, true],
    ["the schema", groupUrn, undefined, true],
    ["the schema excluded", undefined, groupUrn, false]
  ])("tells whether members must be loaded (R-GROUP-5): %s", (_, attributes, excluded, expected) => {
    assert.strictEqual(asksFor(parseProjection(group, attributes, excluded), group, "members"), expected)
  })

  it.each([
    ["everything", undefined, undefined, false],
    ["groups", "groups", undefined, true],
    ["a part of groups", "groups.display", undefined, true],
    ["groups in excludedAttributes", undefined, "groups", false],
    ["the schema", userUrn, undefined, false]
  ])("tells whether groups must be loaded, which are returned on request: %s", (_, attributes, excluded, expected) => {
    assert.strictEqual(asksFor(parseProjection(user, attributes, excluded), user, "groups"), expected)
  })

  it("is false for what is never returned and for what is unknown", () => {
    assert.isFalse(asksFor(parseProjection(user, "password", undefined), user, "password"))
    assert.isFalse(asksFor(allAttributes, user, "__proto__"))
  })
})

/** A random list of names that occur, some in another case, and a few that do not. */
const someNames = (table: AttributeTable) => {
  const known = [...attributeNames(table), "nobody", "custom_team", "__proto__", "emails[", ""]
  const one = Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => {
    const name = known[Math.abs(n) % known.length] ?? ""
    return n < 0 ? name.toUpperCase() : name
  })
  return Arbitrary.array(one, { maxLength: 8 })
}

/** Whether everything in one value is in the other, with at least as much of every object. */
const within = (part: Json | undefined, whole: Json | undefined): boolean => {
  if (isJsonObject(part)) {
    return isJsonObject(whole) && Object.keys(part).every((name) => within(part[name], whole[name]))
  }
  if (isJsonArray(part)) return isJsonArray(whole) && part.every((item) => whole.some((other) => within(item, other)))
  return part === whole
}

describe.each([
  ["User", user],
  ["Group", group]
])("laws of the projection of a %s", (_, table) => {
  const resource = completeResource(table)
  const asked = someNames(table)

  it.prop(
    "id and schemas are always there, what is never returned is not",
    [asked, asked],
    ([attributes, excluded]) => {
      const shown = project(table, parseProjection(table, attributes, excluded), resource)
      assert.strictEqual(shown.id, resource.id)
      assert.isAbove((shown.schemas as ReadonlyArray<Json>).length, 0)
      assert.notProperty(shown, "password")
    }
  )

  it.prop("only what is asked for is a part of the resource", [asked], ([attributes]) => {
    const { schemas: _schemas, ...shown } = project(table, parseProjection(table, attributes, undefined), resource)
    return within(shown, resource)
  })

  it.prop("what is asked for and what is excluded make up what is returned by default", [asked], ([list]) => {
    const all = project(table, allAttributes, resource)
    const shown = project(table, parseProjection(table, list, undefined), resource)
    const rest = project(table, parseProjection(table, undefined, list), resource)
    assert.isTrue(within(rest, all))
    for (const name of Object.keys(all)) assert.isTrue(name in shown || name in rest, name)
  })

  it.prop("an attribute that is excluded is gone unless it is always returned", [asked], ([excluded]) => {
    const shown = project(table, parseProjection(table, undefined, excluded), resource)
    for (const { attribute, extension } of table.all) {
      if (attribute.returned === "always" || extension !== undefined) continue
      const named = excluded.some((name) => name.toLowerCase() === attribute.name.toLowerCase())
      if (named) assert.notProperty(shown, attribute.name)
    }
  })

  it.prop(
    "asksFor says what project shows of an attribute that has a value",
    [asked, asked],
    ([attributes, excluded]) => {
      const projection = parseProjection(table, attributes, excluded)
      const shown = project(table, projection, resource)
      for (const { attribute, extension } of table.all) {
        const place = extension === undefined ? shown : (shown[extension] as JsonObject | undefined)
        if (table.find(undefined, attribute.name)?.extension !== extension) continue
        assert.strictEqual(asksFor(projection, table, attribute.name), place !== undefined && attribute.name in place)
      }
    }
  )

  it.prop("projecting twice is projecting once", [asked, asked], ([attributes, excluded]) => {
    const projection = parseProjection(table, attributes, excluded)
    const once = project(table, projection, resource)
    assert.deepStrictEqual(project(table, projection, once), once)
  })

  it.prop("no text makes parseProjection or project throw (ABUSE-29)", [Schema.String, Schema.String], ([a, b]) => {
    project(table, parseProjection(table, a, b), resource)
    project(table, parseProjection(table, undefined, `${b},emails[${a}].value`), resource)
  })
})

describe("asksFor", () => {
  it("does not ask for members of whom every part is excluded (R-GROUP-5)", () => {
    const excluded = "members.value,members.$ref,members.display,members.type"
    assert.isFalse(asksFor(parseProjection(group, undefined, excluded), group, "members"))
    assert.isTrue(asksFor(parseProjection(group, undefined, "members.display"), group, "members"))
  })
})
