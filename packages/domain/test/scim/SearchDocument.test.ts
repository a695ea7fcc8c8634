import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { searchDocument } from "@rollcall/domain/scim/SearchDocument"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { userResource } from "./ResourceArbitrary.ts"
import { userTable } from "./Tables.ts"

describe("search documents", () => {
  it("strings are folded unless caseExact, dateTimes are instants, all else stays", () => {
    const resource: JsonObject = {
      schemas: [userUrn],
      id: "A-1",
      externalId: "Ext",
      userName: "ＭＩＫＥ",
      name: { givenName: "Σίσυφος", familyName: "İnce" },
      active: false,
      emails: [{ value: "M@X.example", type: "Work", primary: true }],
      x509Certificates: [{ value: "MIIC" }],
      meta: { created: "2027-01-11T10:30:00+02:00", version: 'W/"1"' },
      [enterpriseUserUrn]: { manager: { value: "E-1", displayName: "Bo" } },
      [defaultExtensionUserUrn]: { userId: 0, custom_Team: ["Red", 1, true], custom_Level: "High" }
    }
    assert.deepStrictEqual(searchDocument(userTable, resource), {
      schemas: [userUrn.toLowerCase()],
      id: "A-1",
      externalId: "Ext",
      userName: "mike",
      name: { givenName: "σίσυφοσ", familyName: "i̇nce" },
      active: false,
      emails: [{ value: "m@x.example", type: "work", primary: true }],
      x509Certificates: [{ value: "MIIC" }],
      meta: { created: "2027-01-11T08:30:00.000Z", version: 'W/"1"' },
      [enterpriseUserUrn]: { manager: { value: "e-1", displayName: "bo" } },
      [defaultExtensionUserUrn]: { userId: 0, custom_team: ["red", 1, true], custom_level: "high" }
    })
  })

  it("what is not assigned, not known or never returned is left out", () => {
    const resource = JSON.parse(`{
      "userName": "a", "title": "", "nickName": null, "emails": [], "phoneNumbers": [{}, {"value": ""}, {"value": "1", "x": 2}],
      "name": {"givenName": null, "unknown": "x"}, "password": "secret", "shoeSize": 44, "department": "misplaced", "TITLE": "misspelt",
      "active": "true", "__proto__": {"title": "x"}, "constructor": "x",
      "${enterpriseUserUrn}": {"department": "", "userName": "misplaced"}, "${defaultExtensionUserUrn}": {"custom_a": {"b": 1}},
      "urn:example:other": {"a": 1}
    }`) as JsonObject
    assert.deepStrictEqual(searchDocument(userTable, resource), { userName: "a", phoneNumbers: [{ value: "1" }] })
  })

  it("what storage keeps elsewhere is left out, and an extension that has nothing else stays as an empty object", () => {
    const resource: JsonObject = {
      userName: "ada",
      title: "Lead",
      [enterpriseUserUrn]: { employeeNumber: "E1" },
      [defaultExtensionUserUrn]: { userId: 7, custom_team: "red" }
    }
    const elsewhere = new Map([
      [userUrn, new Set(["userName", "displayName"])],
      [enterpriseUserUrn, new Set(["employeeNumber"])],
      [defaultExtensionUserUrn, new Set(["userId"])]
    ])
    assert.deepStrictEqual(searchDocument(userTable, resource, elsewhere), {
      title: "lead",
      [enterpriseUserUrn]: {},
      [defaultExtensionUserUrn]: { custom_team: "red" }
    })
    const unassigned: JsonObject = { userName: "ada", [enterpriseUserUrn]: { employeeNumber: "" } }
    assert.deepStrictEqual(searchDocument(userTable, unassigned, elsewhere), {})
  })

  it.prop(
    "the document of a document is itself",
    [userResource],
    ([resource]) => {
      const document = searchDocument(userTable, resource)
      assert.deepStrictEqual(searchDocument(userTable, document), document)
    },
    { arbitrary: { runs: 200 } }
  )
})
