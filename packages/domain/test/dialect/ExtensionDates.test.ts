import { assert, describe, it } from "@effect/vitest"
import { looksLikeDate } from "@rollcall/domain/dialect/BareExtensionDate"
import { EXT, patched, patchedPerson, patchOp, person, refused, users } from "../scim/PatchFixture.ts"

describe("the extension's URN as the path (R-START-8, WIRE E.1)", () => {
  it("with an object sets its attributes", () => {
    const after = patchedPerson({
      op: "replace",
      path: EXT,
      value: { startDate: "01/11/2027", [`${EXT}:location`]: "Aarhus", CUSTOM_Level: 3 }
    })
    assert.deepStrictEqual(after[EXT], { startDate: "01/11/2027", location: "Aarhus", CUSTOM_Level: 3 })
  })

  it("with a bare date means startDate", () => {
    const { attributes, habits } = patched(users, person, patchOp({ op: "replace", path: EXT, value: "12/15/2026" }))
    assert.deepStrictEqual(attributes[EXT], { startDate: "12/15/2026" })
    assert.deepStrictEqual(habits, ["bare-extension-date"])
  })

  it("with other text is refused, naming the right path", () => {
    for (const value of ["tomorrow", 12, true, "15 December"]) {
      const error = refused(users, person, patchOp({ op: "replace", path: EXT, value }), "invalidValue")
      assert.include(error.detail, `${EXT}:startDate`)
    }
  })

  it("is cleared by remove, and with null", () => {
    const dated = { ...person, [EXT]: { startDate: "01/11/2027", custom_level: 3, userId: 7 } }
    for (const operation of [
      { op: "remove", path: EXT },
      { op: "replace", path: EXT, value: null }
    ]) {
      const { attributes } = patched(users, dated, patchOp(operation))
      assert.deepStrictEqual(attributes, { ...person, [EXT]: { userId: 7 } }, "what is read-only stays")
    }
    assert.strictEqual(patched(users, person, patchOp({ op: "remove", path: EXT })).attributes, person)
  })

  it("the core schema as the path sets its attributes and cannot be removed", () => {
    const core = "urn:ietf:params:scim:schemas:core:2.0:User"
    assert.strictEqual(patchedPerson({ op: "add", path: core, value: { title: "Engineer" } }).title, "Engineer")
    assert.strictEqual(patchedPerson({ op: "add", value: { [core]: { title: "Engineer" } } }).title, "Engineer")
    refused(users, person, patchOp({ op: "remove", path: core }), "mutability")
  })

  it("dates are told from other text by their shape", () => {
    for (const date of ["01/11/2027", "1/1/2027", "2027-01-11", "2027-01-11T00:00:00Z"])
      assert.isTrue(looksLikeDate(date))
    for (const text of [
      "",
      "01-11-2027",
      "2027/01/11",
      "01/11/27",
      "2027-1-1",
      "1/1/2027/",
      "T",
      "a/b/cdef",
      `2027-01-11T${"0".repeat(50)}`
    ]) {
      assert.isFalse(looksLikeDate(text), text)
    }
  })
})
