import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { directoryFields, replaceAttributes, sourcesAfter, valueAt } from "@rollcall/domain/user/DirectoryField"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { Source, User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { Result } from "effect"
import { userTable } from "../scim/Tables.ts"

const whole: JsonObject = {
  userName: "ada",
  name: { givenName: "Ada", familyName: "Okafor", middleName: "B" },
  title: "Lead",
  emails: [{ value: "ada@h.example" }],
  nickName: "Addie",
  [enterpriseUserUrn]: { employeeNumber: "HR-1", manager: { value: "bo" }, department: "R&D" },
  [extension]: {
    location: "Aarhus",
    startDate: "1/2/2027",
    hireDate: "1/2/2027",
    terminationDate: "1/2/2028",
    custom_Level: 3
  }
}

const user = (sources: User["sources"]): User => ({
  id: UserId.make("7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"),
  number: 1,
  attributes: whole,
  sources,
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "csv",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

const put = (sources: User["sources"], body: JsonObject): JsonObject =>
  replaceAttributes(extension, user(sources), Result.getOrThrow(readResource(userTable, body)))

describe("R-USER-11: a PUT", () => {
  const fields = [...directoryFields(extension), { name: "custom_level", path: [extension, "custom_Level"] }]

  for (const { name, path } of fields) {
    for (const source of ["csv", "hand"] as const) {
      it(`leaves ${name} where ${source} wrote it last and clears it where SCIM did`, () => {
        const kept = put({ [name]: source }, { userName: "ada" })
        assert.deepStrictEqual(valueAt(kept, path), valueAt(whole, path))
        assert.isDefined(valueAt(kept, path))
        assert.isUndefined(valueAt(put({}, { userName: "ada" }), path))
      })
    }
  }

  it("leaves nothing but that: what stands beside a field is cleared", () => {
    assert.deepStrictEqual(put({ firstName: "csv", employeeNumber: "hand", location: "csv" }, { userName: "ada" }), {
      userName: "ada",
      name: { givenName: "Ada" },
      [enterpriseUserUrn]: { employeeNumber: "HR-1" },
      [extension]: { location: "Aarhus" }
    })
  })

  it("takes what it names, whoever wrote it before", () => {
    const body = { userName: "ada", title: "Chief", [extension]: { CUSTOM_LEVEL: 4 } }
    assert.deepStrictEqual(put({ title: "csv", custom_level: "csv" }, body), {
      userName: "ada",
      title: "Chief",
      [extension]: { CUSTOM_LEVEL: 4 }
    })
  })

  for (const nothing of [null, "", []]) {
    it(`clears what it names as ${JSON.stringify(nothing)}, whoever wrote it before`, () => {
      const sources = { title: "csv", email: "hand", custom_level: "csv" } as const
      const body = { userName: "ada", title: nothing, emails: nothing, [extension]: { CUSTOM_level: nothing } }
      assert.deepStrictEqual(put(sources, body), { userName: "ada" })
    })
  }

  it("that names a whole complex attribute as empty clears its fields", () => {
    assert.deepStrictEqual(put({ firstName: "csv", lastName: "csv" }, { userName: "ada", name: null }), {
      userName: "ada"
    })
  })

  it("cannot reach an inherited name", () => {
    const sources = JSON.parse(`{"constructor":"csv","__proto__":"csv"}`) as User["sources"]
    assert.deepStrictEqual(put(sources, { userName: "ada" }), { userName: "ada" })
  })
})

describe("R-USER-11: who wrote a field last", () => {
  const sources = { title: "csv", firstName: "hand", custom_level: "csv", email: "csv" } as const
  const resourceTypes = makeResourceTypes(extension)
  const after = (next: JsonObject, via: Source = "scim") => sourcesAfter({ resourceTypes, via }, user(sources), next)

  it("is whoever did, as long as SCIM changes other things", () => {
    assert.strictEqual(after({ ...whole, nickName: "A" }), after({ ...whole, nickName: "B" }))
    assert.deepStrictEqual(after({ ...whole, nickName: "A" }), sources)
  })

  it("is SCIM where it changed the value", () => {
    assert.deepStrictEqual(after({ ...whole, title: "Chief", name: { givenName: "Ida" } }), {
      custom_level: "csv",
      email: "csv"
    })
  })

  it("is SCIM where it removed the value, that of a custom attribute too", () => {
    const { title: _, [extension]: __, ...rest } = whole
    assert.deepStrictEqual(after(rest), { firstName: "hand", email: "csv" })
  })

  it("is the writer where a file or a hand changed the value, and nobody where they removed it", () => {
    const { title: _, ...rest } = whole
    assert.deepStrictEqual(after({ ...rest, name: { givenName: "Ida", familyName: "Berg" } }, "hand"), {
      firstName: "hand",
      lastName: "hand",
      custom_level: "csv",
      email: "csv"
    })
  })

  it("is the writer for everything that a new person came with", () => {
    const nobody = { attributes: {}, sources: {} }
    const came = { userName: "ida", title: "Chief", [extension]: { location: "Oslo", userId: 7 } }
    assert.deepStrictEqual(sourcesAfter({ resourceTypes, via: "csv" }, nobody, came), { title: "csv", location: "csv" })
    assert.deepStrictEqual(sourcesAfter({ resourceTypes, via: "scim" }, nobody, came), {})
  })
})
