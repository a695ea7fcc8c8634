import { assert, describe, it } from "@effect/vitest"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import {
  ENT,
  EXT,
  G1,
  groups,
  operationsOf,
  patched,
  patchedPerson,
  patchOp,
  person,
  refused,
  U1,
  U2,
  U3,
  users
} from "../scim/PatchFixture.ts"

const emailsOf = (attributes: JsonObject): Json | undefined => attributes.emails
const enterprise = (attributes: JsonObject): Json | undefined => attributes[ENT]

describe("Entra without the flag (WIRE B.5, B.7)", () => {
  it("one operation for each attribute, with capitals, creates what is not there", () => {
    const { attributes, habits } = patched(
      users,
      person,
      patchOp(
        { op: "Replace", path: "displayName", value: "Ines Okafor-Lund" },
        { op: "Replace", path: "name.familyName", value: "Okafor-Lund" },
        { op: "Replace", path: `emails[type eq "work"].value`, value: "ines.lund@haldenrobotics.example" },
        { op: "Add", path: `phoneNumbers[type eq "mobile"].value`, value: "+45 55 50 01 99" },
        { op: "Add", path: `addresses[type eq "work"].streetAddress`, value: "Havnegade 14" },
        { op: "Replace", path: `addresses[type eq "work"].formatted`, value: "Havnegade 14, 8000 Aarhus" },
        { op: "Add", path: "title", value: "Senior Controls Engineer" },
        { op: "Replace", path: "externalId", value: "5a1c8e3d-6f42-4d0b-9e7a-b3c2d1e0f987" },
        { op: "Add", path: `${ENT}:department`, value: "Controls EU" },
        { op: "Replace", path: `${EXT}:startDate`, value: "02/01/2027" }
      )
    )
    assert.deepStrictEqual(attributes, {
      ...person,
      displayName: "Ines Okafor-Lund",
      name: { givenName: "Ines", familyName: "Okafor-Lund", formatted: "Ines Okafor" },
      emails: [
        { value: "ines.lund@haldenrobotics.example", type: "work", primary: true },
        { value: "ines@okafor.example", type: "home" }
      ],
      phoneNumbers: [{ type: "mobile", value: "+45 55 50 01 99" }],
      addresses: [{ type: "work", streetAddress: "Havnegade 14", formatted: "Havnegade 14, 8000 Aarhus" }],
      title: "Senior Controls Engineer",
      externalId: "5a1c8e3d-6f42-4d0b-9e7a-b3c2d1e0f987",
      [ENT]: { employeeNumber: "HR-0417", department: "Controls EU" },
      [EXT]: { startDate: "02/01/2027" }
    })
    assert.deepStrictEqual(habits, ["create-on-absent", "create-on-absent"])
  })

  it.each([
    ["Replace", "False", false],
    ["replace", false, false],
    ["Add", "True", true],
    ["REPLACE", "tRUE", true]
  ] as const)("active as %s %s is the boolean %s (F.3)", (op, value, active) => {
    assert.strictEqual(patchedPerson({ op, path: "active", value }).active, active)
  })

  it("a dot before the attribute instead of a colon is understood", () => {
    const { attributes, habits } = patched(
      users,
      person,
      patchOp({ op: "Replace", path: `${ENT}.department`, value: "Drives" })
    )
    assert.deepStrictEqual(enterprise(attributes), { employeeNumber: "HR-0417", department: "Drives" })
    assert.deepStrictEqual(habits, ["urn-dot"])
  })

  it("white space around the colons of a URN is dropped (E.12)", () => {
    const spaced = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User :location\u00a0"
    const byPath = patched(users, person, patchOp({ op: "Add", path: spaced, value: "Aarhus" }))
    assert.deepStrictEqual(byPath.attributes[EXT], { location: "Aarhus" })
    assert.deepStrictEqual(byPath.habits, ["urn-white-space"])
    const byKey = patched(users, person, patchOp({ op: "Add", value: { [spaced]: "Aarhus" } }))
    assert.deepStrictEqual(byKey.attributes[EXT], { location: "Aarhus" })
  })
})

describe("Entra with the flag, and Microsoft's validator (WIRE B.6, B.9, F.6)", () => {
  it("a value without a path has keys with dots and with URNs", () => {
    const { attributes, habits } = patched(
      users,
      person,
      patchOp(
        { op: "replace", path: `emails[type eq "work"].value`, value: "ines.lund@haldenrobotics.example" },
        {
          op: "replace",
          value: {
            displayName: "Ines Okafor-Lund",
            "name.givenName": "Inês",
            "name.familyName": "Okafor-Lund",
            [`${ENT}:employeeNumber`]: "HR-0418",
            [`${ENT}.division`]: "Robots",
            [`${EXT}:location`]: "Aarhus"
          }
        }
      )
    )
    assert.deepStrictEqual(attributes, {
      ...person,
      emails: [
        { value: "ines.lund@haldenrobotics.example", type: "work", primary: true },
        { value: "ines@okafor.example", type: "home" }
      ],
      displayName: "Ines Okafor-Lund",
      name: { givenName: "Inês", familyName: "Okafor-Lund", formatted: "Ines Okafor" },
      [ENT]: { employeeNumber: "HR-0418", department: "Controls", division: "Robots" },
      [EXT]: { location: "Aarhus" }
    })
    assert.deepStrictEqual(habits, ["qualified-key", "urn-dot"])
  })

  it("keys may hold filters, URNs with objects, and sub-attributes behind URNs", () => {
    const after = patchedPerson({
      op: "add",
      value: {
        'emails[type eq "other"].value': "nes@lund.example",
        [ENT]: { department: "Drives", [`${ENT}:costCenter`]: "CC 7" },
        [`${ENT}:manager.value`]: U2,
        [EXT.toUpperCase()]: { LOCATION: "Aarhus" }
      }
    })
    assert.deepStrictEqual(emailsOf(after), [
      ...(person.emails as ReadonlyArray<Json>),
      { type: "other", value: "nes@lund.example" }
    ])
    assert.deepStrictEqual(enterprise(after), {
      employeeNumber: "HR-0417",
      department: "Drives",
      costCenter: "CC 7",
      manager: { value: U2 }
    })
    assert.deepStrictEqual(after[EXT], { location: "Aarhus" })
  })

  it("a quoted boolean in a filter makes one element for operations in a row (F.7)", () => {
    const after = patchedPerson(
      { op: "add", path: `roles[primary eq "True"].value`, value: "coach" },
      { op: "add", path: `roles[primary eq "True"].type`, value: "WindowsAzureActiveDirectoryRole" },
      { op: "add", path: `roles[primary eq "True"].display`, value: "Coach" }
    )
    assert.deepStrictEqual(after.roles, [
      { primary: true, value: "coach", type: "WindowsAzureActiveDirectoryRole", display: "Coach" }
    ])
  })

  it("operations in a row with one filter hit the same element, even when the first changes what it selects by", () => {
    const after = patchedPerson(
      { op: "replace", path: `emails[type eq "home"].type`, value: "other" },
      { op: "replace", path: `emails[type eq "home"].value`, value: "nes@lund.example" }
    )
    assert.deepStrictEqual(emailsOf(after), [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true },
      { value: "nes@lund.example", type: "other" }
    ])
  })

  it("but not after a change of something else", () => {
    const after = patchedPerson(
      { op: "replace", path: `emails[type eq "home"].type`, value: "other" },
      { op: "replace", path: "title", value: "Engineer" },
      { op: "replace", path: `emails[type eq "home"].value`, value: "nes@lund.example" }
    )
    assert.deepStrictEqual(emailsOf(after), [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true },
      { value: "ines@okafor.example", type: "other" },
      { type: "home", value: "nes@lund.example" }
    ])
  })

  it("a role as JSON text is kept as it is", () => {
    const value = `{"id":"0f7d6a31-52c8-4e0a-9b6e-3a1c2d4e5f60","value":"coach"}`
    assert.deepStrictEqual(patchedPerson({ op: "Add", path: "roles", value: [{ value }] }).roles, [{ value }])
  })

  it("what is made from a filter has all that the filter says, and only eq says it (F.7)", () => {
    const after = patchedPerson({ op: "add", path: `ims[type eq "xmpp" and primary eq true].value`, value: "ines" })
    assert.deepStrictEqual(after.ims, [{ type: "xmpp", primary: true, value: "ines" }])
    for (const filter of [
      `type eq "a" or type eq "b"`,
      `not (type eq "a")`,
      `type pr`,
      `type eq "a" and type eq "b"`
    ]) {
      refused(users, person, patchOp({ op: "add", path: `ims[${filter}].value`, value: "ines" }), "noTarget")
    }
  })
})

describe("Microsoft's null test (WIRE C.2 test 16, F.9)", () => {
  const full: JsonObject = { ...person, title: "Engineer", [EXT]: { location: "Aarhus", custom_level: 3 } }

  it.each([
    ["title", ""],
    ["title", null],
    ["name.formatted", ""],
    ["name", null],
    ['emails[type eq "work"].value', ""],
    ['emails[type eq "work"].value', null],
    ['emails[type eq "work"]', { value: "" }],
    ["emails", []],
    ["emails", [{ type: "work", value: "" }]],
    [`${ENT}:department`, ""],
    [`${EXT}:custom_level`, null],
    [EXT, null],
    ["nickName", ""]
  ] as const)("replace of %s with %j clears it", (path, value) => {
    const { attributes } = patched(users, full, patchOp({ op: "replace", path, value }))
    const { attributes: removed } = patched(users, full, patchOp({ op: "remove", path }))
    assert.deepStrictEqual(attributes, removed)
  })

  it("an element that loses its value is gone", () => {
    const { attributes } = patched(
      users,
      full,
      patchOp({ op: "replace", path: `emails[type eq "home"].value`, value: "" })
    )
    assert.deepStrictEqual(attributes.emails, [...(person.emails as ReadonlyArray<Json>).slice(0, 1)])
  })

  it("an address that keeps nothing but labels is gone", () => {
    const { attributes } = patched(
      users,
      { userName: "ines", addresses: [{ type: "work", primary: true, country: "DK" }] },
      patchOp({ op: "replace", path: `addresses[type eq "work"].country`, value: null })
    )
    assert.deepStrictEqual(attributes, { userName: "ines" })
  })

  it("a required attribute cannot be cleared", () => {
    for (const value of ["", null]) {
      const error = refused(users, person, patchOp({ op: "replace", path: "userName", value }), "invalidValue")
      assert.match(error.detail, /"userName" cannot be empty/)
      refused(groups, { displayName: "G" }, patchOp({ op: "replace", value: { displayName: value } }), "invalidValue")
    }
  })

  it("adding nothing to a list leaves the list alone", () => {
    const group = { displayName: "Field Robotics", members: [{ value: U1 }] }
    for (const value of [null, "", []]) {
      const { attributes, habits } = patched(groups, group, patchOp({ op: "add", path: "members", value }))
      assert.strictEqual(attributes, group)
      assert.deepStrictEqual(habits, ["empty-add"])
    }
  })
})

describe("members of groups (WIRE A.11, B.10, C.4, F.8)", () => {
  const group: JsonObject = { displayName: "Field Robotics", members: [{ value: U1 }, { value: U2 }] }

  it.each<readonly [string, Json, ReadonlyArray<Json> | undefined]>([
    [
      "Okta: remove by filter, then add",
      {
        Operations: [
          { op: "remove", path: `members[value eq "${U2}"]` },
          { op: "add", path: "members", value: [{ value: U3, display: "sun-hee.park" }] }
        ]
      },
      [{ value: U1 }, { value: U3 }]
    ],
    [
      "Okta: push now",
      { Operations: [{ op: "replace", path: "members", value: [{ value: U3, display: "sun-hee.park" }] }] },
      [{ value: U3 }]
    ],
    ["Okta: push now of an empty group", { Operations: [{ op: "replace", path: "members", value: [] }] }, undefined],
    [
      "Okta: without a path, with id",
      { Operations: [{ op: "replace", value: { members: [], id: G1, displayName: "Field Robotics" } }] },
      undefined
    ],
    [
      "Okta: rename leaves members alone",
      { Operations: [{ op: "replace", value: { id: G1, displayName: "Field Robotics" } }] },
      [{ value: U1 }, { value: U2 }]
    ],
    [
      "Entra: add with a null $ref",
      { Operations: [{ op: "Add", path: "members", value: [{ $ref: null, value: U3 }] }] },
      [{ value: U1 }, { value: U2 }, { value: U3 }]
    ],
    [
      "Entra: remove with a list",
      { Operations: [{ op: "Remove", path: "members", value: [{ $ref: null, value: U2 }] }] },
      [{ value: U1 }]
    ],
    [
      "JumpCloud: remove with an object",
      { Operations: [{ op: "remove", path: "members", value: { value: U2, type: "User" } }] },
      [{ value: U1 }]
    ],
    ["remove with a bare id", { Operations: [{ op: "remove", path: "members", value: U2 }] }, [{ value: U1 }]],
    [
      "remove with a list of others changes nothing",
      { Operations: [{ op: "remove", path: "members", value: [U3] }] },
      [{ value: U1 }, { value: U2 }]
    ],
    [
      "remove with an empty list removes nobody",
      { Operations: [{ op: "remove", path: "members", value: [] }] },
      [{ value: U1 }, { value: U2 }]
    ],
    ["remove without a value empties", { Operations: [{ op: "remove", path: "members" }] }, undefined],
    [
      "Postman: add of a bare id",
      { Operations: [{ name: "add", op: "add", path: "members", value: U3 }] },
      [{ value: U1 }, { value: U2 }, { value: U3 }]
    ],
    [
      "Postman: displayName instead of display",
      { Operations: [{ op: "add", path: "members", value: [{ displayName: "Sun-hee", value: U3 }] }] },
      [{ value: U1 }, { value: U2 }, { value: U3 }]
    ],
    [
      "a $ref without a value",
      {
        Operations: [
          { op: "add", path: "members", value: [{ $ref: `https://halden.app.example/scim/v2/Users/${U3}/` }] }
        ]
      },
      [{ value: U1 }, { value: U2 }, { value: U3 }]
    ],
    [
      "an add of who is there already",
      { Operations: [{ op: "add", path: "members", value: [{ value: U1, type: "User" }] }] },
      [{ value: U1, type: "User" }, { value: U2 }]
    ],
    [
      "an add by filter",
      { Operations: [{ op: "add", path: `members[value eq "${U3}"]`, value: { type: "User" } }] },
      [{ value: U1 }, { value: U2 }, { value: U3, type: "User" }]
    ],
    [
      "a replace by filter",
      { Operations: [{ op: "replace", path: `members[value eq "${U2}"].value`, value: U3 }] },
      [{ value: U1 }, { value: U3 }]
    ]
  ])("%s", (_, body, members) => {
    const { attributes } = patched(groups, group, body)
    assert.deepStrictEqual(attributes.members, members)
    assert.strictEqual(attributes.displayName, "Field Robotics")
  })

  it("are canonical operations on the attribute or on elements, never on a sub-attribute", () => {
    const body = patchOp(
      { op: "add", path: "members", value: U1 },
      { op: "Replace", path: "members", value: [{ value: U2, display: null }] },
      { op: "remove", path: "members", value: [U1, { value: U2 }] },
      { op: "remove", path: "members" },
      { op: "replace", path: "members", value: [] },
      { op: "remove", path: `members[value eq "${U1}"].value` },
      { op: "add", path: `members[value eq "${U1}"].type`, value: "User" },
      { op: "add", value: { Members: [U3] } }
    )
    const shapes = operationsOf(groups, body).map(({ op, path, value, index }) => {
      const sub = path._tag === "Attribute" ? path.target.sub : path._tag === "Elements" ? path.sub : undefined
      return { op, tag: path._tag, sub, value, index }
    })
    const sub = undefined
    assert.deepStrictEqual(shapes, [
      { op: "add", tag: "Attribute", sub, value: [{ value: U1 }], index: 0 },
      { op: "replace", tag: "Attribute", sub, value: [{ value: U2 }], index: 1 },
      { op: "remove", tag: "Attribute", sub, value: [{ value: U1 }, { value: U2 }], index: 2 },
      { op: "remove", tag: "Attribute", sub, value: undefined, index: 3 },
      { op: "remove", tag: "Attribute", sub, value: undefined, index: 4 },
      { op: "remove", tag: "Elements", sub, value: undefined, index: 5 },
      { op: "add", tag: "Elements", sub, value: { type: "User" }, index: 6 },
      { op: "add", tag: "Attribute", sub, value: [{ value: U3 }], index: 7 }
    ])
  })

  it("what a remove had no use for is noted", () => {
    const habits = (value: Json) => patched(groups, group, patchOp({ op: "remove", path: "members", value })).habits
    assert.deepStrictEqual(habits([]), ["remove-nothing-listed"])
    assert.deepStrictEqual(habits([{ display: "Ines" }]), ["remove-nothing-listed"])
    assert.deepStrictEqual(habits([U3]), ["bare-value", "remove-listed"])
  })

  it("without a value are refused, not taken as nobody (R-GROUP-4)", () => {
    for (const value of [[{ display: "Ines" }], [{ value: "" }], [{ value: null, $ref: null }]]) {
      const error = refused(groups, group, patchOp({ op: "replace", path: "members", value }), "invalidValue")
      assert.match(error.detail, /needs "members.value"/)
    }
  })

  it("a thousand operations in one PATCH are served (R-SCIM-6)", () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `member-${i}`)
    const adds = patchOp(...ids.map((id) => ({ op: "Add", path: "members", value: [{ $ref: null, value: id }] })))
    const { attributes } = patched(groups, { displayName: "Field Robotics" }, adds)
    assert.deepStrictEqual(
      attributes.members,
      ids.map((value) => ({ value }))
    )
  })
})
