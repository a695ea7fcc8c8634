import { assert, describe, it } from "@effect/vitest"
import {
  groupResource,
  representGroup,
  representUser,
  searchedUser,
  storedUser,
  userResource
} from "@rollcall/domain/directory/Representation"
import type { StoredGroup, StoredUser } from "@rollcall/domain/directory/Resources"
import { GroupId } from "@rollcall/domain/group/Group"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { allAttributes, parseProjection, project } from "@rollcall/domain/scim/Projection"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import { UserId } from "@rollcall/domain/user/UserId"
import { Result } from "effect"
import { resourceTypes } from "../contract/Tenant.ts"
import { userResource as anyUser } from "../scim/ResourceArbitrary.ts"
import { pick } from "../scim/Vocabulary.ts"

const base = "https://halden.example/scim/v2"

const manager = { id: UserId.make("9b1d7f52-0e6a-4c1d-8f33-5a7c0e2d4b02"), displayName: 'Mateo "M" Brandt' }

const stored = (
  attributes: JsonObject,
  { groups, manager }: Partial<Pick<StoredUser, "groups" | "manager">> = {}
): StoredUser => ({
  id: UserId.make("7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"),
  number: 1,
  json: JSON.stringify(attributes),
  version: 3,
  createdAt: 1_800_000_000_000,
  lastModifiedAt: 1_800_000_000_001,
  groups,
  manager
})

describe("a person as they are sent", () => {
  it("is the stored text, with what derives from elsewhere around it", () => {
    const { id, location, text, version } = representUser(
      resourceTypes,
      base,
      stored({ userName: "ada" }),
      allAttributes
    )
    assert.strictEqual(location, `${base}/Users/${id}`)
    assert.strictEqual(version, 3)
    assert.deepStrictEqual(JSON.parse(text), {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      id,
      userName: "ada",
      meta: {
        resourceType: "User",
        created: "2027-01-15T08:00:00.000Z",
        lastModified: "2027-01-15T08:00:00.001Z",
        location,
        version: 'W/"3"'
      }
    })
  })

  it.prop(
    "is the same whether the text is sent as it stands or parsed and projected",
    [anyUser, pick([true, false])],
    ([{ id: _, meta: __, schemas: ___, ...attributes }, isResolved]) => {
      const user = stored(attributes, isResolved ? { manager } : {})
      const sent = JSON.parse(representUser(resourceTypes, base, user, allAttributes).text)
      assert.deepStrictEqual(sent, project(resourceTypes.user, allAttributes, userResource(base, user)))
    },
    { arbitrary: { runs: 300 } }
  )

  it("names an extension only where it has it, whatever stands in a text", () => {
    const text = `"${enterpriseUserUrn}":{"x":1}`
    for (const attributes of [
      { userName: "a", title: text },
      { userName: `{${text}`, title: `\\"${extension}":{` },
      { userName: "a", [extension]: { location: text } }
    ]) {
      const sent = JSON.parse(representUser(resourceTypes, base, stored(attributes), allAttributes).text)
      assert.notInclude(sent.schemas, enterpriseUserUrn)
      assert.strictEqual(sent.schemas.includes(extension), Object.hasOwn(attributes, extension))
    }
  })

  it("has their groups where they were asked for and loaded", () => {
    const group = { id: GroupId.make("3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10"), displayName: "Robotics" }
    const user = stored({ userName: "ada" }, { groups: [group] })
    const groups = parseProjection(resourceTypes.user, "groups", undefined)
    assert.deepStrictEqual(JSON.parse(representUser(resourceTypes, base, user, groups).text).groups, [
      { value: group.id, $ref: `${base}/Groups/${group.id}`, display: "Robotics", type: "direct" }
    ])
  })

  it("is read from storage as it was just written", () => {
    const attributes = { userName: "ada" }
    const user = {
      ...stored(attributes),
      attributes,
      sources: {},
      standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
      manager: noManager,
      origin: "scim" as const,
      deletedAt: undefined
    }
    assert.deepStrictEqual(storedUser(user, undefined), stored(attributes))
    assert.deepStrictEqual(storedUser(user, manager), stored(attributes, { manager }))
  })

  const sent = { userName: "ada", [enterpriseUserUrn]: { manager: { value: "MB-1" }, department: "Vision" } }
  const shown = { value: "MB-1", $ref: `${base}/Users/${manager.id}`, displayName: manager.displayName }

  it("shows of the manager what was sent, with the address and name of whom it was resolved to (R-MGR-1)", () => {
    const { text } = representUser(resourceTypes, base, stored(sent, { manager }), allAttributes)
    assert.include(text, '"manager":{"value":"MB-1","$ref":')
    assert.deepStrictEqual(JSON.parse(text)[enterpriseUserUrn], { manager: shown, department: "Vision" })
  })

  it("shows of a manager who was not resolved, or is not followed, what was sent and no more (R-MGR-2, R-MGR-5)", () => {
    const { text } = representUser(resourceTypes, base, stored(sent), allAttributes)
    assert.deepStrictEqual(JSON.parse(text)[enterpriseUserUrn], sent[enterpriseUserUrn])
  })

  it("shows no manager where none was sent, whatever stands in a text", () => {
    for (const attributes of [
      { userName: "a" },
      { userName: "a", [enterpriseUserUrn]: { department: '"manager":{"value":"x"}' } },
      { userName: 'x"manager', title: '"manager":{"value":"x"}' }
    ]) {
      const { text } = representUser(resourceTypes, base, stored(attributes, { manager }), allAttributes)
      const plain = representUser(resourceTypes, base, stored(attributes), allAttributes)
      assert.deepStrictEqual(JSON.parse(text), JSON.parse(plain.text))
    }
  })

  it("finds the end of a reference whatever is in it", () => {
    for (const value of ['"', "\\", '\\"', '"},"$ref":"x', "\u2028\u0007é😀", '\\\\"']) {
      const attributes = { userName: "a", [enterpriseUserUrn]: { manager: { value } } }
      const { text } = representUser(resourceTypes, base, stored(attributes, { manager }), allAttributes)
      assert.deepStrictEqual(JSON.parse(text)[enterpriseUserUrn].manager, { ...shown, value })
    }
  })

  it("shows the parts of the manager that a request asks for (R-SCIM-3)", () => {
    const user = stored(sent, { manager })
    const parts = (attributes: string | undefined, excluded: string | undefined) => {
      const projection = parseProjection(resourceTypes.user, attributes, excluded)
      return JSON.parse(representUser(resourceTypes, base, user, projection).text)[enterpriseUserUrn]
    }
    assert.deepStrictEqual(parts("manager.displayName", undefined), { manager: { displayName: manager.displayName } })
    assert.deepStrictEqual(parts(`${enterpriseUserUrn}:manager.$ref`, undefined), { manager: { $ref: shown.$ref } })
    assert.deepStrictEqual(parts("manager", undefined), { manager: shown })
    assert.deepStrictEqual(parts(undefined, "manager.$ref,manager.displayName"), sent[enterpriseUserUrn])
    assert.deepStrictEqual(parts(undefined, "manager"), { department: "Vision" })
  })

  it("is found by the reference and by the SCIM ID of the manager, in one element each (R-MGR-1)", () => {
    const found = (filter: string, user: StoredUser) =>
      matches(
        Result.getOrThrow(typeFilter(resourceTypes.user, Result.getOrThrow(parseFilter(filter)))),
        searchedUser(resourceTypes, base, user)
      )
    const both = [
      'manager eq "mb-1"',
      `manager eq "${manager.id.toUpperCase()}"`,
      `${enterpriseUserUrn}:manager.value sw "${manager.id.slice(0, 8)}"`,
      `manager.displayName co "brandt" and manager.$ref ew "/Users/${manager.id}"`,
      `manager[value eq "${manager.id}" and displayName sw "mateo"]`
    ]
    const resolved = stored(sent, { manager })
    for (const filter of both) {
      assert.isTrue(found(filter, resolved), filter)
      assert.isFalse(found(`not (${filter})`, resolved), filter)
      assert.strictEqual(found(filter, stored(sent)), filter === both[0], filter)
    }
    assert.isFalse(found('manager ne "MB-1"', resolved))
    assert.isFalse(found(`manager ne "${manager.id}"`, resolved))
    assert.isTrue(found('manager ne "MB-2"', resolved))
    assert.isTrue(found("manager.displayName eq null and manager pr", stored(sent)))
  })
})

describe("a group as it is sent", () => {
  const group: StoredGroup = {
    id: GroupId.make("3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10"),
    number: 1,
    displayName: "Robotics",
    externalId: "g1",
    version: 2,
    createdAt: 0,
    lastModifiedAt: 0,
    members: [{ id: UserId.make("7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"), display: "Ada" }]
  }

  it("is the same by default as projected", () => {
    const sent = JSON.parse(representGroup(resourceTypes, base, group, allAttributes).text)
    assert.deepStrictEqual(sent, project(resourceTypes.group, allAttributes, groupResource(base, group)))
    assert.deepStrictEqual(sent.members, [
      { value: group.members?.[0]?.id, $ref: `${base}/Users/${group.members?.[0]?.id}`, display: "Ada", type: "User" }
    ])
  })

  it("has no members where they were not loaded", () => {
    const sent = JSON.parse(representGroup(resourceTypes, base, { ...group, members: undefined }, allAttributes).text)
    assert.isFalse(Object.hasOwn(sent, "members"))
    assert.strictEqual(sent.displayName, "Robotics")
  })
})
