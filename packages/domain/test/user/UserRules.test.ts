import { assert, describe, it } from "@effect/vitest"
import { presets } from "@rollcall/domain/organization/Settings"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { attributesFault, linkFault, takenError } from "@rollcall/domain/user/UserRules"

describe("what keeps a person from being stored", () => {
  const faults: ReadonlyArray<readonly [string, JsonObject, RegExp]> = [
    ["no userName", {}, /^userName is missing/],
    ["an empty userName", { userName: " " }, /^userName is missing/],
    ["ABUSE-33: an invisible character in it", { userName: "ada\u200d" }, /^userName contains the invisible/],
    ["ABUSE-35: a line break in it", { userName: "ada\r\nx" }, /^userName contains the control character/],
    [
      "ABUSE-34: an address that is none",
      { userName: "a", emails: [{ value: "b" }] },
      /^emails\.value is not an e-mail/
    ],
    ["R-START-1: no such day", { userName: "a", [extension]: { hireDate: "02/30/2027" } }, /^hireDate is not a day/]
  ]
  for (const [name, attributes, detail] of faults) {
    it(`${name}: 400 invalidValue`, () => {
      const fault = attributesFault(extension, attributes)
      assert.strictEqual(fault?.status, 400)
      assert.strictEqual(fault?.scimType, "invalidValue")
      assert.match(fault?.detail ?? "", detail)
    })
  }

  it("nothing, where all of it is in order", () => {
    const attributes = { userName: "ada", emails: [{ value: "a@b" }], [extension]: { startDate: "02/29/2028" } }
    assert.isUndefined(attributesFault(extension, attributes))
  })

  it("R-START-1: a date that is nonsense is named with its format", () => {
    const fault = attributesFault(extension, { userName: "a", [extension]: { startDate: "31/12/2027" } })
    assert.include(fault?.detail, `${extension}:startDate as MM/DD/YYYY`)
  })
})

describe("R-USER-5: userName and email", () => {
  const same = { userName: "ada@h.example", emails: [{ value: "ADA@h.example" }] }
  const apart = { userName: "ada", emails: [{ value: "ada@h.example" }] }
  const moved = { userName: "bo@h.example", emails: [{ value: "bo@h.example" }] }
  const table: ReadonlyArray<readonly [string, JsonObject, JsonObject, boolean]> = [
    ["same and then apart is refused", same, apart, true],
    ["same and then none is refused", same, { userName: "ada" }, true],
    ["same and then both another is fine", same, moved, false],
    [
      "same and then the e-mail gone, the userName standing for it, is fine",
      same,
      { userName: "ada@h.example" },
      false
    ],
    ["apart and then apart is fine", apart, { ...apart, userName: "x" }, false],
    ["apart and then same is fine", apart, same, false]
  ]
  for (const [name, before, after, refused] of table) {
    it(`linked: ${name}`, () => {
      assert.strictEqual(linkFault(presets.product, before, after)?.scimType, refused ? "invalidValue" : undefined)
    })
    it(`free: ${name.replace("is refused", "is fine, too")}`, () => {
      assert.isUndefined(linkFault(presets.rfc, before, after))
    })
  }
})

describe("R-USER-6: who is in the way", () => {
  const holder = (origin: User["origin"], active: boolean): User => ({
    id: UserId.make("7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01"),
    number: 7,
    attributes: { userName: "ada", active },
    sources: {},
    standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
    manager: noManager,
    origin,
    version: 1,
    createdAt: 0,
    lastModifiedAt: 0,
    deletedAt: undefined
  })
  const texts = [
    ["scim", true, "the active person 7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01, added by SCIM."],
    ["csv", false, "the deactivated person 7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01, added by CSV import."],
    ["hand", true, "the active person 7c9e2a34-5b1d-4f60-8a77-2f0d9b6c1e01, added by hand."]
  ] as const
  for (const [origin, active, text] of texts) {
    it(`is told with the SCIM ID and how they came: ${origin}`, () => {
      const error = takenError("email", "ada@h.example", holder(origin, active))
      assert.strictEqual(error.status, 409)
      assert.strictEqual(error.scimType, "uniqueness")
      assert.isTrue(error.detail.startsWith("Email address already in use: email ada@h.example belongs to "))
      assert.include(error.detail, text)
      assert.match(error.detail, /Import that person into your identity provider, or match on e-mail/)
    })
  }
})
