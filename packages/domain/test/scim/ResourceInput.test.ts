import { assert, describe, it } from "@effect/vitest"
import { attributeLabel } from "@rollcall/domain/scim/Reading"
import { CORE, ENT, EXT, G1, groups, refusedResource, resource, U1, U2, users } from "./PatchFixture.ts"

const habitsOf = (body: Parameters<typeof resource>[1]) => resource(users, body).notes.map((note) => note.habit)

describe("bodies of POST and PUT", () => {
  it("Okta's create: what is read-only or empty is left out (WIRE A.3)", () => {
    const { attributes, cleared, notes } = resource(users, {
      schemas: [CORE, ENT, EXT],
      userName: "ines.okafor@haldenrobotics.example",
      name: { givenName: "Ines", familyName: "Okafor" },
      emails: [{ primary: true, value: "ines.okafor@haldenrobotics.example", type: "work" }],
      title: "Controls Engineer",
      locale: "en-US",
      externalId: "00uq7h2kd9XwLm4RZ697",
      groups: [],
      password: "q7RzV2kd",
      active: true,
      [ENT]: { employeeNumber: "HR-0417", manager: { value: "mateo.brandt@haldenrobotics.example" } },
      [EXT]: { location: "Aarhus, DK", startDate: "01/11/2027" }
    })
    assert.deepStrictEqual(attributes, {
      userName: "ines.okafor@haldenrobotics.example",
      name: { givenName: "Ines", familyName: "Okafor" },
      emails: [{ primary: true, value: "ines.okafor@haldenrobotics.example", type: "work" }],
      title: "Controls Engineer",
      locale: "en-US",
      externalId: "00uq7h2kd9XwLm4RZ697",
      password: "q7RzV2kd",
      active: true,
      [ENT]: { employeeNumber: "HR-0417", manager: { value: "mateo.brandt@haldenrobotics.example" } },
      [EXT]: { location: "Aarhus, DK", startDate: "01/11/2027" }
    })
    assert.deepStrictEqual(cleared, [])
    assert.deepStrictEqual(notes, [])
  })

  it("Okta's profile PUT: the echo of our own answer passes without a word (WIRE A.5, fact 2)", () => {
    const { attributes, notes } = resource(users, {
      schemas: [CORE, ENT],
      id: U1,
      userName: "ines",
      emails: [{ primary: true, type: "work", value: "ines@halden.example", display: "ines@halden.example" }],
      groups: [{ value: G1, display: "Field Robotics", $ref: "../Groups/x", type: "direct" }],
      meta: { resourceType: "User", created: "2026-11-02T08:15:00.000Z", location: "https://halden.app.example/x" },
      [ENT]: { manager: { value: U2, $ref: "https://halden.app.example/Users/x", displayName: "Mateo Brandt" } },
      [EXT]: { userId: 417 }
    })
    assert.deepStrictEqual(attributes, {
      userName: "ines",
      emails: [{ primary: true, type: "work", value: "ines@halden.example", display: "ines@halden.example" }],
      [ENT]: { manager: { value: U2 } }
    })
    assert.deepStrictEqual(notes, [])
  })

  it("Entra's create: text for booleans, nulls and other capitals are understood (WIRE B.4)", () => {
    const { attributes, cleared } = resource(users, {
      schemas: [CORE],
      USERNAME: "ines",
      active: "True",
      addresses: null,
      title: null,
      manager: null,
      name: { GivenName: "Ines", familyName: null },
      emails: [{ Primary: "true", Type: "work", Value: "ines@halden.example" }],
      roles: [{ primary: "True", type: "WindowsAzureActiveDirectoryRole", value: "Admin" }],
      [ENT.toLowerCase()]: { Department: "Controls" }
    })
    assert.deepStrictEqual(attributes, {
      userName: "ines",
      active: true,
      name: { givenName: "Ines" },
      emails: [{ primary: true, type: "work", value: "ines@halden.example" }],
      roles: [{ primary: true, type: "WindowsAzureActiveDirectoryRole", value: "Admin" }],
      [ENT]: { department: "Controls" }
    })
    assert.deepStrictEqual(
      cleared.map((target) => attributeLabel(target, target.sub)),
      ["addresses", "title", `${ENT}:manager`, "name.familyName"]
    )
  })

  it("OneLogin's templates: an object for a list, digits for text, dotted and bare keys (WIRE D)", () => {
    const { attributes, notes } = resource(users, {
      id: null,
      userName: "ines",
      "name.givenName": "Ines",
      emails: { value: "ines@halden.example" },
      phoneNumbers: "+45 55 50 01 17",
      employeeNumber: 417,
      [`${EXT}:location`]: "Aarhus"
    })
    assert.deepStrictEqual(attributes, {
      userName: "ines",
      name: { givenName: "Ines" },
      emails: [{ value: "ines@halden.example" }],
      phoneNumbers: [{ value: "+45 55 50 01 17" }],
      [ENT]: { employeeNumber: "417" },
      [EXT]: { location: "Aarhus" }
    })
    assert.deepStrictEqual(
      notes.map(({ habit, attribute }) => [habit, attribute]),
      [
        ["schemas-missing", "schemas"],
        ["single-value-for-array", "emails"],
        ["single-value-for-array", "phoneNumbers"],
        ["bare-value", "phoneNumbers"],
        ["number-as-text", `${ENT}:employeeNumber`]
      ]
    )
  })

  it("schemas are advisory, and what is odd about them is noted (WIRE E.2)", () => {
    assert.deepStrictEqual(habitsOf({ schemas: ["urn:ietf:params:scim:schemas:core::2.0:User"], userName: "i" }), [
      "schemas-spelling"
    ])
    assert.deepStrictEqual(habitsOf({ schemas: ["urn:scim:schemas:core:1.0", CORE.toUpperCase()], userName: "i" }), [
      "schemas-unknown"
    ])
    assert.deepStrictEqual(habitsOf({ schemas: [CORE], userName: "i", [EXT]: { location: "Aarhus" } }), [])
    assert.deepStrictEqual(habitsOf({ schemas: CORE, userName: "i" }), [])
    for (const schemas of [[], null, "", 7, [null]]) assert.strictEqual(habitsOf({ schemas, userName: "i" }).length, 1)
  })

  it("attributes that no schema has are ignored, and the note has the name alone (R-USER-3, R-LOG-1)", () => {
    const { attributes, notes } = resource(users, {
      schemas: [CORE],
      userName: "ines",
      "passwordProfile.password": "s3cret",
      passwordProfile: { password: "s3cret" },
      "urn:example:other:User": { x: "s3cret" },
      'emails[display eq "s3cret"].unheard': "s3cret",
      'nonsense[type eq "s3cret"': 1,
      "": 2,
      name: { initials: "s3cret" },
      [EXT]: { shoeSize: 41 }
    })
    assert.deepStrictEqual(attributes, { userName: "ines" })
    assert.isTrue(notes.every((note) => note.kind === "ignored" && note.habit === "unknown-attribute"))
    assert.notInclude(JSON.stringify(notes), "s3cret")
    assert.deepStrictEqual(
      notes.map((note) => note.attribute),
      [
        "passwordProfile",
        "urn:example:other:User",
        "emails",
        "nonsense",
        "(a name without characters)",
        "name.initials",
        `${EXT}:shoeSize`
      ]
    )
  })

  it("names of one attribute in different letters: the last counts, with a note", () => {
    const { attributes, notes } = resource(users, {
      schemas: [CORE],
      userName: "a",
      USERNAME: "b",
      title: "x",
      Title: null
    })
    assert.deepStrictEqual(attributes, { userName: "b" })
    assert.deepStrictEqual(
      notes.map((note) => note.habit),
      ["repeated-name", "repeated-name"]
    )
  })

  it("what is empty and then given after all is not cleared", () => {
    const { attributes, cleared } = resource(users, {
      userName: "a",
      title: null,
      Title: "x",
      name: { givenName: "" },
      "name.givenName": "I"
    })
    assert.deepStrictEqual(attributes, { userName: "a", title: "x", name: { givenName: "I" } })
    assert.deepStrictEqual(cleared, [])
  })

  it("of several primaries the first stays, with a note (F.10)", () => {
    const { attributes, notes } = resource(users, {
      schemas: [CORE],
      userName: "ines",
      emails: [
        { value: "a@x.example" },
        { value: "b@x.example", primary: true },
        { value: "c@x.example", primary: true }
      ]
    })
    assert.deepStrictEqual(attributes.emails, [
      { value: "a@x.example" },
      { value: "b@x.example", primary: true },
      { value: "c@x.example", primary: false }
    ])
    assert.deepStrictEqual(
      notes.map((note) => note.habit),
      ["several-primaries"]
    )
  })

  it("elements with nothing but labels in them are left out", () => {
    const { attributes } = resource(users, {
      userName: "ines",
      emails: [{ type: "work", primary: true }, { value: "", type: "home" }, {}, null, ""],
      phoneNumbers: [{ value: null, display: "x" }, { value: "1" }]
    })
    assert.deepStrictEqual(attributes, { userName: "ines", phoneNumbers: [{ value: "1" }] })
  })

  it("custom attributes hold text, numbers, booleans and lists of these (R-USER-4)", () => {
    const custom = { custom_a: "x", custom_b: 1.5, custom_c: false, custom_d: ["x", 2, true], Custom_E: ["", null, 0] }
    const { attributes } = resource(users, { userName: "ines", [EXT]: { ...custom, custom_f: [], custom_g: null } })
    assert.deepStrictEqual(attributes[EXT], { ...custom, Custom_E: [0] })
    for (const value of [{ x: 1 }, [{ x: 1 }], [[1]]]) {
      const error = refusedResource(users, { userName: "ines", [EXT]: { custom_a: value } }, "invalidValue")
      assert.include(error.detail, `"${EXT}:custom_a"`)
    }
  })

  it("custom attributes compare without regard to case: the last counts", () => {
    const { attributes } = resource(users, { userName: "ines", [EXT]: { custom_level: 1, CUSTOM_LEVEL: 2 } })
    assert.deepStrictEqual(attributes[EXT], { custom_level: 2 })
  })

  it("Entra's group: its second URN is no matter (WIRE B.10)", () => {
    const { attributes, notes } = resource(groups, {
      schemas: [
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
      ],
      externalId: "9d3b7c50-1e24-4f8a-a6b1-c0d9e8f7a612",
      displayName: "Field Robotics",
      members: [U1, { value: U2, display: null, $ref: null }],
      meta: { resourceType: "Group" }
    })
    assert.deepStrictEqual(attributes, {
      externalId: "9d3b7c50-1e24-4f8a-a6b1-c0d9e8f7a612",
      displayName: "Field Robotics",
      members: [{ value: U1 }, { value: U2 }]
    })
    assert.deepStrictEqual(
      notes.map((note) => note.habit),
      ["schemas-unknown", "bare-value"]
    )
  })

  it("a body that is no object is refused with invalidSyntax", () => {
    for (const body of [null, [], "x", 1, true]) refusedResource(users, body, "invalidSyntax")
  })
})

describe("values that do not fit are refused with invalidValue, naming the attribute and never the value", () => {
  it.each([
    ["active", "s3cret", '"active" must be true or false'],
    ["active", 1, '"active" must be true or false'],
    ["title", true, '"title" must be text'],
    ["title", { s3cret: "s3cret" }, '"title" must be text'],
    ["title", ["s3cret", "x"], '"title" takes a single value'],
    ["name", "s3cret", '"name" must be an object'],
    ["addresses", ["s3cret"], '"addresses" must be an object'],
    ["emails", [true], '"emails" must be an object'],
    ["emails", [{ value: { s3cret: 1 } }], '"emails.value" must be text'],
    ["emails", [{ value: "s3cret", primary: "s3cret" }], '"emails.primary" must be true or false'],
    ["password", ["s3cret", "s3cret"], '"password" takes a single value'],
    ["title", "s3cret\0", '"title" contains a NUL character'],
    ["title", "s3cret\ud800", '"title" is not well-formed Unicode'],
    ["userName", "s3cret".repeat(86), '"userName" holds at most 512 characters; 516 were sent'],
    ["nickName", "s3cret".repeat(10_923), '"nickName" holds at most 65536 characters; 65538 were sent'],
    ["profileUrl", false, '"profileUrl" must be text'],
    ["x509Certificates", [{ value: true }], '"x509Certificates.value" must be base64 text']
  ] as const)("%s (R-SCIM-5, ABUSE-33)", (name, value, text) => {
    const error = refusedResource(users, { userName: "ines", [name]: value }, "invalidValue")
    assert.include(error.detail, text)
    assert.notInclude(error.detail, "s3cret")
  })

  it("a text as long as the limit is taken", () => {
    const { attributes } = resource(users, { userName: "a".repeat(512), nickName: "b".repeat(65_536) })
    assert.strictEqual(attributes.nickName, "b".repeat(65_536))
  })
})

describe("ABUSE-29: names of the object prototype", () => {
  it("are attributes that no schema has", () => {
    const body = JSON.parse(
      `{"userName":"ines","__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},"name":{"__proto__":{"y":1},"givenName":"Ines"},
        "emails":[{"value":"a@x.example","__proto__":{"primary":true}}],"${EXT}":{"__proto__":1,"custom_":2},"toString.x":1}`
    )
    const { attributes } = resource(users, body)
    assert.strictEqual(
      JSON.stringify(attributes),
      `{"userName":"ines","name":{"givenName":"Ines"},"emails":[{"value":"a@x.example"}]}`
    )
    assert.isUndefined(Reflect.get({}, "admin"))
    assert.isUndefined(Reflect.get({}, "x"))
  })
})
