import { assert, describe, it } from "@effect/vitest"
import type { Attribute } from "../../src/scim/Attribute.ts"
import {
  type CustomAttribute,
  discoveryFilterRefused,
  findResourceType,
  findSchema,
  resourceTypeResources,
  schemaResources
} from "../../src/scim/Discovery.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "../../src/scim/Json.ts"
import { limits } from "../../src/scim/Limits.ts"
import { makeResourceTypes } from "../../src/scim/ResourceTypes.ts"
import { serviceProviderConfig } from "../../src/scim/ServiceProviderConfig.ts"
import { enterpriseUserUrn } from "../../src/scim/schemas/EnterpriseUserSchema.ts"
import { defaultExtensionUserUrn } from "../../src/scim/schemas/ExtensionUserSchema.ts"
import { groupUrn } from "../../src/scim/schemas/GroupSchema.ts"
import { resourceTypeUrn } from "../../src/scim/schemas/ResourceTypeSchema.ts"
import { schemaSchema, schemaUrn } from "../../src/scim/schemas/SchemaSchema.ts"
import {
  serviceProviderConfigSchema,
  serviceProviderConfigUrn
} from "../../src/scim/schemas/ServiceProviderConfigSchema.ts"
import { userUrn } from "../../src/scim/schemas/UserSchema.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)
const baseUrl = "https://acme.example.com/scim/v2"
const custom: ReadonlyArray<CustomAttribute> = [
  { name: "custom_team", type: "string", multiValued: false },
  { name: "custom_level", type: "decimal", multiValued: false },
  { name: "custom_flags", type: "boolean", multiValued: true }
]
const listed = schemaResources(types, custom, baseUrl)

const objects = (value: Json | undefined): ReadonlyArray<JsonObject> =>
  isJsonArray(value) ? value.filter(isJsonObject) : []

const schema = (urn: string): JsonObject => listed.find(({ id }) => id === urn) ?? assert.fail(`no schema ${urn}`)

/** What Microsoft's harness makes of a schema: one target for each attribute that can be mapped (WIRE B.11). */
const flatten = (resource: JsonObject): ReadonlyArray<string> =>
  objects(resource.attributes).flatMap((attribute) => {
    const name = String(attribute.name)
    const subs = objects(attribute.subAttributes)
    if (attribute.type !== "complex") return [name]
    if (attribute.multiValued !== true) return subs.map((sub) => `${name}.${String(sub.name)}`)
    const kinds = subs.find((sub) => sub.name === "type")?.canonicalValues
    const selectors = isJsonArray(kinds) ? kinds.map((kind) => `type eq "${String(kind)}"`) : ['primary eq "True"']
    return selectors.flatMap((selector) => subs.map((sub) => `${name}[${selector}].${String(sub.name)}`))
  })

/** Every JSON value within another, itself included. */
const everything = (value: Json): ReadonlyArray<Json> =>
  isJsonArray(value)
    ? [value, ...value.flatMap(everything)]
    : isJsonObject(value)
      ? [value, ...Object.values(value).flatMap(everything)]
      : [value]

describe("/Schemas (RFC 7643 7, RFC 7644 4)", () => {
  it("lists the schemas of people, their extensions and groups, and no other (WIRE B.11)", () => {
    assert.deepStrictEqual(
      listed.map(({ id }) => id),
      [userUrn, enterpriseUserUrn, defaultExtensionUserUrn, groupUrn]
    )
  })

  it.each([
    ["User", types.user.resourceType.schema],
    ["EnterpriseUser", types.user.resourceType.extensions[0]],
    ["the extension", types.user.resourceType.extensions[1]],
    ["Group", types.group.resourceType.schema]
  ])("publishes every attribute of %s as the table has it", (_, definition) => {
    if (definition === undefined) return assert.fail("no schema")
    const agree = (attributes: ReadonlyArray<Attribute>, published: ReadonlyArray<JsonObject>) => {
      attributes.forEach((attribute, i) => {
        const { description, required, multiValued, mutability, returned, uniqueness, type, name } = attribute
        const part = published[i] ?? assert.fail(`${name} is missing`)
        assert.deepInclude(part, { description, required, multiValued, mutability, returned, uniqueness, type, name })
        if (attribute.type === "string") assert.strictEqual(part.caseExact, attribute.caseExact)
        assert.deepStrictEqual(part.canonicalValues, attribute.canonicalValues as Json)
        assert.deepStrictEqual(part.referenceTypes, attribute.referenceTypes as Json)
        agree(attribute.subAttributes ?? [], objects(part.subAttributes))
      })
    }
    agree(definition.attributes, objects(schema(definition.id).attributes))
  })

  it("publishes an attribute in full", () => {
    assert.deepStrictEqual(objects(schema(groupUrn).attributes)[1], {
      name: "members",
      type: "complex",
      multiValued: true,
      description: "The people in the group.",
      required: false,
      mutability: "readWrite",
      returned: "default",
      uniqueness: "none",
      subAttributes: [
        {
          name: "value",
          type: "string",
          multiValued: false,
          description: "The id of the member.",
          required: false,
          caseExact: true,
          mutability: "immutable",
          returned: "default",
          uniqueness: "none"
        },
        {
          name: "$ref",
          type: "reference",
          multiValued: false,
          description: "The URI of the member.",
          required: false,
          caseExact: true,
          mutability: "readOnly",
          returned: "default",
          uniqueness: "none",
          referenceTypes: ["User"]
        },
        {
          name: "display",
          type: "string",
          multiValued: false,
          description: "The name of the member.",
          required: false,
          caseExact: false,
          mutability: "readOnly",
          returned: "default",
          uniqueness: "none"
        },
        {
          name: "type",
          type: "string",
          multiValued: false,
          description: "What the member is.",
          required: false,
          canonicalValues: ["User"],
          caseExact: false,
          mutability: "immutable",
          returned: "default",
          uniqueness: "none"
        }
      ]
    })
  })

  it("has no null and no undefined anywhere (WIRE B.11)", () => {
    for (const value of everything(listed)) assert.isTrue(value !== null && value !== undefined)
  })

  it("publishes the custom attributes in use in the extension alone (R-USER-4)", () => {
    const named = (urn: string) =>
      objects(schema(urn).attributes)
        .filter(({ name }) => String(name).startsWith("custom_"))
        .map(({ name, type, multiValued }) => [name, type, multiValued])
    assert.deepStrictEqual(named(defaultExtensionUserUrn), [
      ["custom_team", "string", false],
      ["custom_level", "decimal", false],
      ["custom_flags", "boolean", true]
    ])
    assert.deepStrictEqual(named(userUrn), [])
    assert.deepStrictEqual(named(enterpriseUserUrn), [])
  })

  it("tells where each schema is, with or without a slash at the end of the address", () => {
    const location = `${baseUrl}/Schemas/${groupUrn}`
    assert.deepStrictEqual(schema(groupUrn).meta, { resourceType: "Schema", location })
    assert.deepStrictEqual(findSchema(types, custom, `${baseUrl}/`, groupUrn)?.meta, {
      resourceType: "Schema",
      location
    })
  })

  it.each([userUrn, groupUrn.toUpperCase(), schemaUrn, resourceTypeUrn, serviceProviderConfigUrn])(
    "has %s by id",
    (urn) => {
      assert.strictEqual(String(findSchema(types, custom, baseUrl, urn)?.id).toLowerCase(), urn.toLowerCase())
    }
  )

  it("has no schema of another id", () => {
    assert.isUndefined(findSchema(types, custom, baseUrl, "urn:example:nothing"))
    assert.isUndefined(findSchema(types, custom, baseUrl, "__proto__"))
  })

  it("flattens to a target for every canonical type of every multi-valued attribute (WIRE B.11, C.2)", () => {
    const user = flatten(schema(userUrn))
    for (const target of [
      "userName",
      "active",
      "name.givenName",
      'emails[type eq "work"].value',
      'emails[type eq "home"].primary',
      'emails[type eq "other"].value',
      'phoneNumbers[type eq "mobile"].value',
      'phoneNumbers[type eq "fax"].value',
      'addresses[type eq "work"].streetAddress',
      'addresses[type eq "work"].formatted',
      'roles[primary eq "True"].value',
      'roles[primary eq "True"].display',
      'entitlements[primary eq "True"].value'
    ]) {
      assert.include(user, target)
    }
    assert.includeMembers(
      [...flatten(schema(enterpriseUserUrn))],
      ["department", "manager.value", "manager.displayName"]
    )
    assert.includeMembers([...flatten(schema(defaultExtensionUserUrn))], ["startDate", "custom_team", "custom_flags"])
    assert.includeMembers([...flatten(schema(groupUrn))], ["displayName", 'members[type eq "User"].value'])
    assert.strictEqual(new Set(user).size, user.length)
  })

  it("publishes canonical types of e-mails, telephone numbers and addresses, none of roles", () => {
    const withTypes = objects(schema(userUrn).attributes)
      .filter((attribute) => objects(attribute.subAttributes).some((sub) => sub.name === "type" && sub.canonicalValues))
      .map(({ name }) => name)
    assert.includeMembers(withTypes, ["emails", "phoneNumbers", "addresses"])
    assert.notInclude(withTypes, "roles")
  })
})

describe("/ResourceTypes (RFC 7643 6)", () => {
  it("lists User with its extensions and Group without any", () => {
    const meta = (id: string) => ({ resourceType: "ResourceType", location: `${baseUrl}/ResourceTypes/${id}` })
    assert.deepStrictEqual(resourceTypeResources(types, baseUrl), [
      {
        schemas: [resourceTypeUrn],
        id: "User",
        name: "User",
        endpoint: "/Users",
        description: "The people of the organisation.",
        schema: userUrn,
        schemaExtensions: [
          { schema: enterpriseUserUrn, required: false },
          { schema: defaultExtensionUserUrn, required: false }
        ],
        meta: meta("User")
      },
      {
        schemas: [resourceTypeUrn],
        id: "Group",
        name: "Group",
        endpoint: "/Groups",
        description: "The groups of the organisation.",
        schema: groupUrn,
        meta: meta("Group")
      }
    ])
  })

  it("has each by id in any case, and no other", () => {
    assert.strictEqual(findResourceType(types, baseUrl, "group")?.id, "Group")
    assert.isUndefined(findResourceType(types, baseUrl, "constructor"))
  })
})

describe("/ServiceProviderConfig (RFC 7643 5, RFC 9865 4)", () => {
  const settings = { baseUrl, changePassword: false, documentationUri: undefined }

  it("says what this service does", () => {
    const config = serviceProviderConfig(settings)
    assert.deepInclude(config, {
      schemas: [serviceProviderConfigUrn],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1_000, maxPayloadSize: 8_388_608 },
      filter: { supported: true, maxResults: limits.maxPageSize },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: "index",
        defaultPageSize: 100,
        maxPageSize: 1_000,
        cursorTimeout: 86_400
      },
      meta: { resourceType: "ServiceProviderConfig", location: `${baseUrl}/ServiceProviderConfig` }
    })
    assert.deepStrictEqual(
      objects(config.authenticationSchemes).map(({ type }) => type),
      ["oauthbearertoken", "oauth2"]
    )
    assert.notProperty(config, "documentationUri")
  })

  it("follows the settings", () => {
    const config = serviceProviderConfig({
      ...settings,
      changePassword: true,
      documentationUri: "https://example.com/scim"
    })
    assert.deepStrictEqual(config.changePassword, { supported: true })
    assert.strictEqual(config.documentationUri, "https://example.com/scim")
  })
})

describe("what discovery answers agrees with the schemas it publishes of itself", () => {
  /** Whether a value has the attributes of the schema, with their types and the required ones, and no others. */
  const conforms = (attributes: ReadonlyArray<Attribute>, value: JsonObject, at: string): void => {
    for (const name of Object.keys(value))
      assert.isTrue(
        attributes.some((known) => known.name === name),
        `${at}.${name}`
      )
    for (const attribute of attributes) {
      const found = value[attribute.name]
      const path = `${at}.${attribute.name}`
      if (found === undefined) {
        assert.isFalse(attribute.required, path)
        continue
      }
      assert.strictEqual(isJsonArray(found), attribute.multiValued, path)
      for (const one of isJsonArray(found) ? found : [found]) {
        if (isJsonObject(one)) conforms(attribute.subAttributes ?? [], one, path)
        else if (attribute.type === "boolean") assert.isBoolean(one, path)
        else if (attribute.type === "integer") assert.isTrue(Number.isInteger(one), path)
        else assert.isString(one, path)
      }
    }
  }
  const withoutCommon = ({ schemas: _schemas, meta: _meta, ...own }: JsonObject): JsonObject => own

  it("in /ServiceProviderConfig", () => {
    const config = serviceProviderConfig({ baseUrl, changePassword: true, documentationUri: "https://example.com" })
    conforms(serviceProviderConfigSchema.attributes, withoutCommon(config), "config")
  })

  it("in /ResourceTypes", () => {
    const attributes = objects(findSchema(types, [], baseUrl, resourceTypeUrn)?.attributes)
    for (const resource of resourceTypeResources(types, baseUrl)) {
      for (const name of Object.keys(withoutCommon(resource))) {
        assert.isTrue(
          attributes.some((known) => known.name === name),
          name
        )
      }
    }
  })

  it("in /Schemas, its own schema included", () => {
    for (const urn of [userUrn, groupUrn, enterpriseUserUrn, defaultExtensionUserUrn, resourceTypeUrn]) {
      const resource = findSchema(types, custom, baseUrl, urn) ?? assert.fail(urn)
      conforms(schemaSchema.attributes, withoutCommon(resource), urn)
    }
  })

  it("refuses filters with 403 (RFC 7644 4)", () => assert.strictEqual(discoveryFilterRefused.status, 403))
})
