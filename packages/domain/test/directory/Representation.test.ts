import { assert, describe, it } from "@effect/vitest"
import {
  groupResource,
  representGroup,
  representUser,
  storedUser,
  userResource
} from "@rollcall/domain/directory/Representation"
import type { StoredGroup, StoredUser } from "@rollcall/domain/directory/Resources"
import { GroupId } from "@rollcall/domain/group/Group"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { allAttributes, parseProjection, project } from "@rollcall/domain/scim/Projection"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { UserId } from "@rollcall/domain/user/User"
import { resourceTypes } from "../contract/Tenant.ts"
import { userResource as anyUser } from "../scim/ResourceArbitrary.ts"

const base = "https://halden.example/scim/v2"

const stored = (attributes: JsonObject, groups?: StoredUser["groups"]): StoredUser => ({
  id: UserId.make("7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"),
  number: 1,
  json: JSON.stringify(attributes),
  version: 3,
  createdAt: 1_800_000_000_000,
  lastModifiedAt: 1_800_000_000_001,
  groups
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
    [anyUser],
    ([{ id: _, meta: __, schemas: ___, ...attributes }]) => {
      const user = stored(attributes)
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
    const user = stored({ userName: "ada" }, [group])
    const groups = parseProjection(resourceTypes.user, "groups", undefined)
    assert.deepStrictEqual(JSON.parse(representUser(resourceTypes, base, user, groups).text).groups, [
      { value: group.id, $ref: `${base}/Groups/${group.id}`, display: "Robotics", type: "direct" }
    ])
  })

  it("is read from storage as it was just written", () => {
    const attributes = { userName: "ada" }
    const user = { ...stored(attributes), attributes, sources: {}, origin: "scim" as const, deletedAt: undefined }
    assert.deepStrictEqual(storedUser(user), stored(attributes))
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
