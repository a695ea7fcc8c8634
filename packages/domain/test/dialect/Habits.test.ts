import { assert, describe, it } from "@effect/vitest"
import { isUnassigned } from "@rollcall/domain/dialect/EmptyClears"
import { isListed } from "@rollcall/domain/dialect/ListedElements"
import { numberOfText, textOfNumber } from "@rollcall/domain/dialect/NumberAsText"
import { keepOnePrimary } from "@rollcall/domain/dialect/OnePrimary"
import { isPlainKey, pathWithin } from "@rollcall/domain/dialect/QualifiedKeys"
import { idOfReference } from "@rollcall/domain/dialect/ReferenceAsValue"
import { asList, onlyItem } from "@rollcall/domain/dialect/SingleAsArray"
import { booleanOfText } from "@rollcall/domain/dialect/StringBoolean"
import { unknownName } from "@rollcall/domain/dialect/UnknownNames"
import { tidyUrn, urnHabit } from "@rollcall/domain/dialect/UrnSpelling"
import type { Json } from "@rollcall/domain/scim/Json"
import { ENT, EXT, users } from "../scim/PatchFixture.ts"

describe("habits of identity providers", () => {
  it("booleans as text (F.3)", () => {
    for (const text of ["true", "True", "TRUE"]) assert.strictEqual(booleanOfText(text), true)
    for (const text of ["false", "False"]) assert.strictEqual(booleanOfText(text), false)
    for (const text of ["", "1", "yes", "true ", "constructor"]) assert.isUndefined(booleanOfText(text))
  })

  it("numbers for text and text for numbers", () => {
    assert.strictEqual(textOfNumber(417), "417")
    assert.strictEqual(numberOfText("-41.50"), -41.5)
    for (const text of ["", "-", ".", "1e3", "0x10", " 1", "1-1", "1.2.3", "Infinity", "1".repeat(33)]) {
      assert.isUndefined(numberOfText(text), text)
    }
  })

  it("one value for a list and a list for one value (F.4)", () => {
    assert.deepStrictEqual(asList("a"), ["a"])
    assert.deepStrictEqual(asList(["a", "b"]), ["a", "b"])
    assert.strictEqual(onlyItem([]), null)
    assert.strictEqual(onlyItem(["a"]), "a")
    assert.isUndefined(onlyItem(["a", "b"]))
  })

  it("a reference for a value (A.14)", () => {
    assert.strictEqual(idOfReference("https://halden.app.example/scim/v2/Users/42?x=/1#/2"), "42")
    assert.strictEqual(idOfReference("../Users/42/"), "42")
    assert.strictEqual(idOfReference("42"), "42")
    for (const text of ["", "/", "///", "?Users/42"]) assert.isUndefined(idOfReference(text))
  })

  it("nothing in many forms (F.9)", () => {
    for (const value of [null, "", [], {}, { value: "" }, { value: null, x: [] }]) assert.isTrue(isUnassigned(value))
    for (const value of [false, 0, " ", [""], { value: 0 }, { value: {} }]) assert.isFalse(isUnassigned(value))
  })

  it("paths as keys (F.6)", () => {
    for (const key of ["userName", "$ref", "custom_a-b1"]) assert.isTrue(isPlainKey(key))
    for (const key of ["", "name.givenName", `${ENT}:x`, "emails[type pr]", " title"]) assert.isFalse(isPlainKey(key))
    assert.strictEqual(pathWithin(ENT, "manager.value"), `${ENT}:manager.value`)
    assert.strictEqual(pathWithin(ENT, `${EXT}:location`), `${EXT}:location`)
    assert.strictEqual(pathWithin(undefined, "name.givenName"), "name.givenName")
  })

  it("URNs with blanks, two colons or a dot (E.2, E.12, B.5)", () => {
    assert.strictEqual(tidyUrn(" urn:a :\u00a0b::c d "), "urn:a:b:c d")
    assert.strictEqual(urnHabit(users, `${ENT} :department`), "urn-white-space")
    assert.strictEqual(urnHabit(users, `${ENT}.department`), "urn-dot")
    assert.isUndefined(urnHabit(users, `${ENT}:manager.value`))
    assert.isUndefined(urnHabit(users, "name.givenName"))
  })

  it("lists of what is to be removed (F.8, B.10)", () => {
    const emails = users.find(undefined, "emails")?.attribute ?? assert.fail("no emails")
    const elements: ReadonlyArray<Json> = [
      { value: "A@x.example", type: "work" },
      { value: "a@x.example", type: "home" },
      { value: "b@x.example" }
    ]
    const left = (...listed: ReadonlyArray<Json>) => {
      const gone = isListed(emails, listed)
      return elements.flatMap((element, i) => (gone(element) ? [] : [i]))
    }
    assert.deepStrictEqual(left({ value: "a@X.example" }), [2])
    assert.deepStrictEqual(left({ value: "a@x.example", type: "WORK" }), [1, 2])
    assert.deepStrictEqual(left({ value: "b@x.example", type: "work" }), [0, 1])
    assert.deepStrictEqual(left({ type: "Home" }), [0, 2])
    assert.deepStrictEqual(left({ value: "c@x.example" }), [0, 1, 2])
  })

  it("several primaries (F.10)", () => {
    const yes = { value: "a", primary: true }
    const no = { value: "a", primary: false }
    const list = [yes, no, yes, yes]
    assert.deepStrictEqual(
      keepOnePrimary(list, () => false),
      [yes, no, no, no]
    )
    assert.deepStrictEqual(
      keepOnePrimary(list, (i) => i === 3),
      [no, no, no, yes]
    )
    assert.deepStrictEqual(
      keepOnePrimary(list, (i) => i >= 1),
      [no, no, yes, no]
    )
    const single = [no, yes]
    assert.strictEqual(
      keepOnePrimary(single, () => true),
      single
    )
  })

  it("names for the log are short, and have neither filters nor control characters (R-LOG-1, ABUSE-35)", () => {
    assert.strictEqual(unknownName(undefined, 'passwordProfile.password[x eq "s3cret"]'), "passwordProfile")
    assert.strictEqual(unknownName(undefined, "urn:example:2.0:User:a.b"), "urn:example:2.0:User:a")
    assert.strictEqual(unknownName(ENT, "grade"), `${ENT}:grade`)
    assert.strictEqual(unknownName(undefined, "a\r\nb\0\ud800"), "a??b??")
    assert.strictEqual(unknownName(undefined, "x".repeat(1_000)).length, 128)
  })
})
