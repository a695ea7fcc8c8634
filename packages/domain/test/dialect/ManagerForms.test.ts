import { assert, describe, it } from "@effect/vitest"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import {
  CORE,
  ENT,
  EXT,
  patched,
  patchOp,
  refused,
  refusedResource,
  resource,
  U1,
  U2,
  users
} from "../scim/PatchFixture.ts"

const managerOf = (attributes: JsonObject): Json | undefined => (attributes[ENT] as JsonObject | undefined)?.manager

const withManager: JsonObject = { userName: "ines", [ENT]: { department: "Controls", manager: { value: U2 } } }
const url = `https://halden.app.example/scim/v2/Users/${U1}`

describe("manager in a body (R-MGR-1, WIRE A.14, E.3)", () => {
  it.each<readonly [string, JsonObject, string]>([
    ["an object with value", { [ENT]: { manager: { value: U1 } } }, U1],
    ["an object as it was read", { [ENT]: { manager: { value: U1, $ref: url, displayName: "Mateo" } } }, U1],
    ["an object with managerId", { [ENT]: { manager: { managerId: "HR-0001" } } }, "HR-0001"],
    ["an object with managerId and displayName", { [ENT]: { manager: { managerId: "7", displayName: "Mateo" } } }, "7"],
    ["an object with Email", { [ENT]: { manager: { Email: "mateo@halden.example" } } }, "mateo@halden.example"],
    ["an object with $ref alone", { [ENT]: { manager: { $ref: `${url}?x=1` } } }, U1],
    ["text", { [ENT]: { manager: U1 } }, U1],
    ["a number", { [ENT]: { manager: 417 } }, "417"],
    ["an object with a number", { [ENT]: { manager: { value: 417 } } }, "417"],
    ["a list of one", { [ENT]: { manager: [{ value: U1 }] } }, U1],
    ["a list of one text", { [ENT]: { manager: [U1] } }, U1],
    ["in the core schema", { manager: { value: U1 } }, U1],
    ["under the URN of the core schema", { [CORE]: { manager: U1 } }, U1],
    ["managerId in the enterprise schema", { [ENT]: { managerId: "HR-0001" } }, "HR-0001"],
    ["managerId in the extension", { [EXT]: { managerId: "HR-0001" } }, "HR-0001"],
    ["managerId in the core schema", { managerId: "HR-0001" }, "HR-0001"],
    ["managerEmail in the extension", { [EXT]: { managerEmail: "mateo@halden.example" } }, "mateo@halden.example"],
    ["managerEmail in the core schema", { managerEmail: "mateo@halden.example" }, "mateo@halden.example"],
    ["a key with a URN and value", { [`${ENT}:manager.value`]: U1 }, U1],
    ["a key with a URN and managerId", { [`${EXT}:managerId`]: "7" }, "7"],
    ["an empty managerEmail beside it", { managerEmail: "", [ENT]: { manager: { value: U1 } } }, U1],
    // Our answer with the mapped attribute written over it: what we never send is what the client means (fact 2).
    [
      "managerId beside the echo of the old one",
      { [ENT]: { managerId: "HR-0001", manager: { value: U2, $ref: url } } },
      "HR-0001"
    ],
    [
      "managerId within the echo of the old one",
      { [ENT]: { manager: { value: U2, $ref: url, managerId: "HR-0001" } } },
      "HR-0001"
    ]
  ])("%s", (_, body, value) => {
    assert.deepStrictEqual(managerOf(resource(users, { userName: "ines", ...body }).attributes), { value })
  })

  it.each<readonly [string, Json]>([
    ["null", null],
    ["empty text", ""],
    ["an empty value", { value: "" }],
    ["a null value beside an echo", { value: null, $ref: url, displayName: "Mateo" }],
    ["an empty list", []],
    ["an empty object", {}]
  ])("%s clears it", (_, manager) => {
    const { attributes, cleared } = resource(users, { userName: "ines", [ENT]: { manager } })
    assert.isFalse(Object.hasOwn(attributes, ENT))
    assert.deepStrictEqual(
      cleared.map((target) => target.attribute.name),
      ["manager"]
    )
  })

  it("a display name alone identifies nobody and is ignored", () => {
    const { attributes, cleared, notes } = resource(users, {
      schemas: [CORE],
      userName: "ines",
      [ENT]: { manager: { displayName: "Mateo Brandt" } }
    })
    assert.deepStrictEqual(attributes, { userName: "ines" })
    assert.deepStrictEqual(cleared, [])
    assert.deepStrictEqual(
      notes.map(({ kind, habit }) => ({ kind, habit })),
      [{ kind: "ignored", habit: "manager-name-only" }]
    )
  })

  it("what cannot name a person is refused", () => {
    for (const manager of [true, { value: { value: U1 } }, [U1, U2], "x".repeat(513)]) {
      const error = refusedResource(users, { userName: "ines", [ENT]: { manager } }, "invalidValue")
      assert.include(error.detail, `${ENT}:manager`)
    }
  })
})

describe("manager in a PATCH (WIRE B.8)", () => {
  const path = `${ENT}:manager`

  it.each<readonly [string, JsonObject]>([
    ["text", { op: "Add", path, value: U1 }],
    ["an object", { op: "replace", path, value: { value: U1 } }],
    ["a list with $ref, without the URN", { op: "Add", path: "manager", value: [{ $ref: url, value: U1 }] }],
    ["manager.value", { op: "Replace", path: `${ENT}:manager.value`, value: U1 }],
    ["manager.value without the URN", { op: "Add", path: "manager.value", value: U1 }],
    ["manager.$ref", { op: "Add", path: "manager.$ref", value: url }],
    ["manager.managerId", { op: "Add", path: `${ENT}:manager.managerId`, value: U1 }],
    ["manager of the extension", { op: "Add", path: `${EXT}:manager`, value: U1 }],
    ["manager.value of the core schema", { op: "Add", path: `${CORE}:manager.value`, value: U1 }],
    ["managerId of the extension", { op: "Add", path: `${EXT}:managerId`, value: U1 }],
    ["without a path", { op: "replace", value: { [path]: U1 } }],
    ["without a path, with a dot", { op: "replace", value: { [`${path}.value`]: U1 } }],
    ["the enterprise schema as path", { op: "replace", path: ENT, value: { managerId: U1 } }],
    ["by a filter", { op: "replace", path: `${ENT}:manager[value eq "${U2}"].value`, value: U1 }]
  ])("%s sets it", (_, operation) => {
    const { attributes } = patched(users, withManager, patchOp(operation))
    assert.deepStrictEqual(attributes, { userName: "ines", [ENT]: { department: "Controls", manager: { value: U1 } } })
  })

  it.each<readonly [string, JsonObject]>([
    ["remove", { op: "remove", path }],
    ["remove with a value", { op: "Remove", path, value: U2 }],
    ["remove by a filter", { op: "remove", path: `manager[value eq "${U2}"]` }],
    ["remove of the value", { op: "remove", path: "manager.value" }],
    ["replace with an empty object value", { op: "replace", path, value: { value: "" } }],
    ["replace with empty text", { op: "replace", path, value: "" }],
    ["replace with null", { op: "replace", path, value: null }],
    ["replace of the value with empty text", { op: "replace", path: "manager.value", value: "" }],
    ["remove of managerId", { op: "remove", path: `${EXT}:managerId` }]
  ])("%s clears it", (_, operation) => {
    const { attributes } = patched(users, withManager, patchOp(operation))
    assert.deepStrictEqual(attributes, { userName: "ines", [ENT]: { department: "Controls" } })
  })

  it("removing another one by a filter changes nothing", () => {
    const body = patchOp({ op: "remove", path: `manager[value eq "${U1}"]` })
    assert.strictEqual(patched(users, withManager, body).attributes, withManager)
  })

  it("changing another one by a filter has no target", () => {
    const other = `${path}[value eq "${U1}"]`
    refused(users, withManager, patchOp({ op: "replace", path: `${other}.value`, value: "HR-0001" }), "noTarget")
    const { attributes } = patched(
      users,
      { userName: "ines" },
      patchOp({ op: "add", path: other, value: { value: U1 } })
    )
    assert.deepStrictEqual(managerOf(attributes), { value: U1 })
  })

  it("its display name is read-only where a path names it, and ignored elsewhere", () => {
    refused(users, withManager, patchOp({ op: "replace", path: `${path}.displayName`, value: "Mateo" }), "mutability")
    const body = patchOp({ op: "replace", value: { [`${path}.displayName`]: "Mateo" } })
    assert.strictEqual(patched(users, withManager, body).attributes, withManager)
  })
})
