import { assert, describe, it } from "@effect/vitest"
import type { Json } from "@rollcall/domain/scim/Json"
import { mostPatchOperations, readPatch } from "@rollcall/domain/scim/PatchRequest"
import type { ScimType } from "@rollcall/domain/scim/ScimError"
import { Result } from "effect"
import {
  ENT,
  EXT,
  operationsOf,
  patched,
  patchedPerson,
  patchOp,
  person,
  refused,
  U1,
  U2,
  users
} from "./PatchFixture.ts"

describe("the message", () => {
  it("names of members compare without regard to case (R-SCIM-7)", () => {
    const body = {
      SCHEMAS: ["URN:ietf:params:scim:api:messages:2.0:PATCHOP"],
      operations: [{ OP: "Replace", Path: "TITLE", VALUE: "Engineer", name: "replaceTitle" }]
    }
    assert.strictEqual(patched(users, person, body).attributes.title, "Engineer")
  })

  it("missing schemas are tolerated with a note (WIRE A.11)", () => {
    for (const schemas of [{}, { schemas: [] }, { schemas: null }]) {
      const body = { ...schemas, Operations: [{ op: "replace", value: { active: false } }] }
      const { attributes, habits } = patched(users, person, body)
      assert.strictEqual(attributes.active, false)
      assert.deepStrictEqual(habits, ["message-schemas-missing"])
    }
  })

  it.each<readonly [string, Json, ScimType]>([
    ["a body that is no object", [], "invalidSyntax"],
    [
      "another message's schemas",
      { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations: [{}] },
      "invalidSyntax"
    ],
    ["no Operations", { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }, "invalidSyntax"],
    ["Operations that are no list", { Operations: { op: "add" } }, "invalidSyntax"],
    ["empty Operations", patchOp(), "invalidSyntax"],
    ["an operation that is no object", patchOp("add"), "invalidSyntax"],
    ["an operation without op", patchOp({ path: "title", value: "x" }), "invalidSyntax"],
    ["an unknown op", patchOp({ op: "move", path: "title", value: "x" }), "invalidSyntax"],
    ["an op that is no text", patchOp({ op: ["add"], path: "title", value: "x" }), "invalidSyntax"],
    ["a path that is no text", patchOp({ op: "add", path: 7, value: "x" }), "invalidPath"],
    ["a malformed path", patchOp({ op: "add", path: "emails[type pr]..x", value: "x" }), "invalidPath"],
    ["brackets behind text", patchOp({ op: "add", path: `title[value eq "x"]`, value: "x" }), "invalidPath"],
    ["a malformed filter", patchOp({ op: "add", path: "emails[type zz 1].value", value: "x" }), "invalidFilter"],
    ["no value", patchOp({ op: "replace", path: "title" }), "invalidValue"],
    ["a bare value without a path", patchOp({ op: "replace", value: "x" }), "invalidValue"],
    [
      "a list for one element",
      patchOp({ op: "replace", path: `emails[type eq "work"]`, value: [{ value: "a" }, { value: "b" }] }),
      "invalidValue"
    ]
  ])("%s is refused (R-SCIM-5)", (_, body, scimType) => {
    refused(users, person, body, scimType)
  })

  it("details begin with the operation at fault, counted from 1", () => {
    const good = { op: "replace", path: "title", value: "x" }
    const error = refused(
      users,
      person,
      patchOp(good, good, { op: "replace", path: "active", value: "maybe" }),
      "invalidValue"
    )
    assert.strictEqual(error.detail, 'Operation 3: "active" must be true or false, but text was sent.')
  })

  it("of several faults the first is told", () => {
    const error = refused(
      users,
      person,
      patchOp({ op: "add", value: { active: "maybe", title: true } }),
      "invalidValue"
    )
    assert.match(error.detail, /"active"/)
  })

  it("more operations than the limit are 413", () => {
    const operation = { op: "add", path: "title", value: "x" }
    const many = (count: number) => readPatch(users, patchOp(...Array.from({ length: count }, () => operation)))
    assert.isTrue(Result.isSuccess(many(mostPatchOperations)))
    const refusal = many(mostPatchOperations + 1)
    assert.isTrue(Result.isFailure(refusal) && refusal.failure.status === 413)
  })
})

describe("Okta (WIRE A.6 - A.8)", () => {
  it("deactivates and reactivates without a path", () => {
    assert.strictEqual(patchedPerson({ op: "replace", value: { active: false } }).active, false)
    assert.strictEqual(patchedPerson({ op: "replace", value: { active: true } }).active, true)
  })

  it("sets the password without a path", () => {
    assert.strictEqual(patchedPerson({ op: "replace", value: { password: "N3w-Rand0m-91" } }).password, "N3w-Rand0m-91")
  })
})

describe("names that cannot be written or are unknown", () => {
  it("read-only attributes in a value without a path are ignored without a word (F.5)", () => {
    const value = { id: U2, meta: { version: "x" }, groups: [], schemas: [], [EXT]: { userId: 7 } }
    const { attributes, habits } = patched(users, person, patchOp({ op: "replace", value }))
    assert.strictEqual(attributes, person)
    assert.deepStrictEqual(habits, [])
  })

  it("id as an explicit path passes only where it names the resource itself (F.5)", () => {
    const body = patchOp({ op: "replace", path: "id", value: U1.toUpperCase() })
    assert.strictEqual(patched(users, person, body, U1).attributes, person)
    refused(users, person, body, "mutability", U2)
    refused(users, person, body, "mutability")
    refused(users, person, patchOp({ op: "add", path: `${EXT}:userId`, value: 7 }), "mutability")
  })

  it("unknown attributes are ignored with a note that has the name alone (R-USER-3)", () => {
    const paths = [
      "shoeSize",
      "name.initials",
      "urn:example:2.0:User:x",
      `${ENT}:grade`,
      `emails[type eq "work"].s3cret`
    ]
    const body = patchOp(
      ...paths.flatMap((path) => [
        { op: "replace", path, value: "s3cret" },
        { op: "remove", path }
      ])
    )
    const { attributes, habits } = patched(users, person, body)
    assert.strictEqual(attributes, person)
    assert.deepStrictEqual(
      habits,
      paths.map(() => "unknown-attribute" as const)
    )
    const notes = Result.getOrThrow(readPatch(users, body)).notes
    assert.notInclude(JSON.stringify(notes), "s3cret")
    assert.deepStrictEqual(
      notes.map((note) => note.attribute),
      ["shoeSize", "name", "urn:example:2.0:User:x", `${ENT}:grade`, "emails"]
    )
  })

  it("names of the object prototype are unknown or malformed, and harmless (ABUSE-29)", () => {
    for (const path of ["__proto__", "constructor", "__proto__.polluted", "name.__proto__", "toString.x"]) {
      assert.strictEqual(patched(users, person, patchOp({ op: "add", path, value: "x" })).attributes, person)
    }
    const value = JSON.parse(
      `{"__proto__":{"polluted":1},"constructor.prototype.polluted":1,"name.__proto__":{"polluted":1}}`
    )
    assert.strictEqual(patched(users, person, patchOp({ op: "replace", value })).attributes, person)
    assert.isUndefined(Reflect.get({}, "polluted"))
  })

  it("the log keeps a limited number of notes", () => {
    const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`unheard${i}`, i]))
    const { notes } = Result.getOrThrow(readPatch(users, patchOp({ op: "add", value })))
    assert.strictEqual(notes.length, 51)
    assert.strictEqual(notes.at(-1)?.habit, "too-many-notes")
  })
})

describe("canonical operations", () => {
  it("share the index of the operation that they come from", () => {
    const body = patchOp(
      { op: "replace", path: "title", value: "x" },
      { op: "replace", value: { name: { givenName: "I", familyName: null }, [ENT]: { department: "D" } } }
    )
    const shapes = operationsOf(users, body).map(({ op, path, value, index }) => ({
      op,
      name: path._tag === "Attribute" ? (path.target.sub ?? path.target.attribute).name : path._tag,
      value,
      index
    }))
    assert.deepStrictEqual(shapes, [
      { op: "replace", name: "title", value: "x", index: 0 },
      { op: "replace", name: "givenName", value: "I", index: 1 },
      { op: "remove", name: "familyName", value: undefined, index: 1 },
      { op: "replace", name: "department", value: "D", index: 1 }
    ])
  })

  it("a sub-attribute of a list without a filter is that of all its elements", () => {
    const all = patchedPerson({ op: "replace", path: "emails.display", value: "Ines" }).emails
    assert.deepStrictEqual(all, [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true, display: "Ines" },
      { value: "ines@okafor.example", type: "home", display: "Ines" }
    ])
    assert.deepStrictEqual(patchedPerson({ op: "add", path: "phoneNumbers.value", value: 4555500117 }).phoneNumbers, [
      { value: "4555500117" }
    ])
    assert.isUndefined(patchedPerson({ op: "remove", path: "emails.value" }).emails)
  })

  it("a list is added to the list of a custom attribute, and replaces other values (R-USER-4)", () => {
    const tagged = { ...person, [EXT]: { custom_tags: ["a", "b"] } }
    const after = (op: string, value: Json) =>
      patched(users, tagged, patchOp({ op, path: `${EXT}:CUSTOM_tags`, value })).attributes[EXT]
    assert.deepStrictEqual(after("add", ["b", "c"]), { custom_tags: ["a", "b", "c"] })
    assert.deepStrictEqual(after("replace", ["c"]), { custom_tags: ["c"] })
    assert.deepStrictEqual(after("add", "c"), { custom_tags: "c" })
    assert.isUndefined(after("remove", null))
  })
})
