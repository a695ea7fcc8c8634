import { assert, describe, it } from "@effect/vitest"
import { groups, patched, patchedPerson, patchOp, person, refused, U1, U2, U3, users } from "./PatchFixture.ts"

const group = { displayName: "Field Robotics", members: [{ value: U1 }, { value: U2 }] }

describe("RFC 7644 3.5.2.1: add", () => {
  it("adds a member to a group and keeps the others", () => {
    const { attributes } = patched(
      groups,
      group,
      patchOp({
        op: "add",
        path: "members",
        value: [{ display: "Sun-hee Park", $ref: `https://halden.app.example/scim/v2/Users/${U3}`, value: U3 }]
      })
    )
    assert.deepStrictEqual(attributes.members, [{ value: U1 }, { value: U2 }, { value: U3 }])
  })

  it("without a path adds each attribute of the value", () => {
    const after = patchedPerson({
      op: "add",
      value: { emails: [{ value: "ines@lund.example", type: "other" }], nickName: "Nes" }
    })
    assert.strictEqual(after.nickName, "Nes")
    assert.deepStrictEqual(after.emails, [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true },
      { value: "ines@okafor.example", type: "home" },
      { value: "ines@lund.example", type: "other" }
    ])
  })

  it("replaces the value of a single-valued attribute", () => {
    assert.strictEqual(patchedPerson({ op: "add", path: "displayName", value: "Nes" }).displayName, "Nes")
  })

  it("sets the sub-attributes given of a complex attribute and keeps the others", () => {
    const after = patchedPerson({ op: "add", path: "name", value: { middleName: "Ada", givenName: "Inês" } })
    assert.deepStrictEqual(after.name, {
      givenName: "Inês",
      familyName: "Okafor",
      formatted: "Ines Okafor",
      middleName: "Ada"
    })
  })

  it("changes nothing where the value is there already (ABUSE-9)", () => {
    const { attributes } = patched(
      users,
      person,
      patchOp(
        { op: "add", path: "emails", value: [{ value: "INES@okafor.example", type: "home" }] },
        { op: "add", path: "displayName", value: "Ines Okafor" }
      )
    )
    assert.strictEqual(attributes, person)
  })

  it("of an element that is there takes over what it says beyond its value", () => {
    const after = patchedPerson({ op: "add", path: "emails", value: [{ value: "ines@okafor.example", primary: true }] })
    assert.deepStrictEqual(after.emails, [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: false },
      { value: "ines@okafor.example", type: "home", primary: true }
    ])
  })

  it("of an element without a type meets those with one, each once", () => {
    const added = [
      { value: "NES@lund.example", type: "work" },
      { value: "nes@lund.example", type: "home" },
      { value: "nes@lund.example" }
    ]
    const body = patchOp({ op: "add", path: "emails", value: added })
    const { attributes } = patched(users, { userName: "ines", emails: [{ value: "nes@lund.example" }] }, body)
    assert.deepStrictEqual(attributes.emails, [
      { value: "nes@lund.example", type: "work" },
      { value: "nes@lund.example", type: "home" }
    ])
    assert.strictEqual(patched(users, attributes, body).attributes, attributes)
  })

  it("of primary true makes the others false", () => {
    const after = patchedPerson({
      op: "add",
      path: "emails",
      value: [{ value: "ines@lund.example", type: "other", primary: true }]
    })
    assert.deepStrictEqual(after.emails, [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: false },
      { value: "ines@okafor.example", type: "home" },
      { value: "ines@lund.example", type: "other", primary: true }
    ])
  })

  it("needs a value", () => {
    refused(users, person, patchOp({ op: "add", path: "title" }), "invalidValue")
  })
})

describe("RFC 7644 3.5.2.2: remove", () => {
  it("removes one member by a filter", () => {
    const body = patchOp({ op: "remove", path: `members[value eq "${U2}"]` })
    assert.deepStrictEqual(patched(groups, group, body).attributes.members, [{ value: U1 }])
  })

  it("removes all members without one, and the attribute is unassigned", () => {
    const { attributes } = patched(groups, group, patchOp({ op: "remove", path: "members" }))
    assert.deepStrictEqual(attributes, { displayName: "Field Robotics" })
  })

  it("removes the elements that a compound filter matches", () => {
    const after = patchedPerson({ op: "remove", path: `emails[type eq "work" and value ew "haldenrobotics.example"]` })
    assert.deepStrictEqual(after.emails, [{ value: "ines@okafor.example", type: "home" }])
  })

  it("removes a sub-attribute of the elements that a filter matches", () => {
    const after = patchedPerson({ op: "remove", path: `emails[type eq "work"].primary` })
    assert.deepStrictEqual(after.emails, [
      { value: "ines.okafor@haldenrobotics.example", type: "work" },
      { value: "ines@okafor.example", type: "home" }
    ])
  })

  it("and add in one request are applied in order (ABUSE-3)", () => {
    const swap = patchOp(
      { op: "remove", path: `members[value eq "${U1}"]` },
      { op: "add", path: "members", value: [{ value: U3 }] }
    )
    assert.deepStrictEqual(patched(groups, group, swap).attributes.members, [{ value: U2 }, { value: U3 }])
    const inAndOut = patchOp(
      { op: "add", path: "members", value: [{ value: U3 }] },
      { op: "remove", path: `members[value eq "${U3}"]` }
    )
    assert.deepStrictEqual(patched(groups, group, inAndOut).attributes, group)
  })

  it("removes a single value, a sub-attribute, and a complex attribute with its last sub-attribute", () => {
    assert.isFalse(Object.hasOwn(patchedPerson({ op: "remove", path: "displayName" }), "displayName"))
    assert.deepStrictEqual(patchedPerson({ op: "remove", path: "name.formatted" }).name, {
      givenName: "Ines",
      familyName: "Okafor"
    })
    const nameless = patchedPerson(
      { op: "remove", path: "name.formatted" },
      { op: "remove", path: "name.givenName" },
      { op: "remove", path: "name.familyName" }
    )
    assert.isFalse(Object.hasOwn(nameless, "name"))
  })

  it("of what is not there succeeds", () => {
    const { attributes } = patched(
      users,
      person,
      patchOp({ op: "remove", path: "nickName" }, { op: "remove", path: `phoneNumbers[type eq "fax"]` })
    )
    assert.strictEqual(attributes, person)
  })

  it("without a path is refused with noTarget", () => {
    refused(users, person, patchOp({ op: "remove" }), "noTarget")
  })

  it("of a required or read-only attribute is refused with mutability", () => {
    refused(users, person, patchOp({ op: "remove", path: "userName" }), "mutability")
    refused(groups, group, patchOp({ op: "remove", path: "displayName" }), "mutability")
    for (const path of ["id", "meta", "meta.created", "groups", "schemas"]) {
      refused(users, person, patchOp({ op: "remove", path }), "mutability")
    }
  })
})

describe("RFC 7644 3.5.2.3: replace", () => {
  const home = { type: "home", streetAddress: "Skovvej 3", locality: "Odense", country: "DK" }
  const addresses = {
    userName: "ines",
    addresses: [{ type: "work", streetAddress: "Havnegade 12", locality: "Aarhus", country: "DK", primary: true }, home]
  }

  it("replaces all members", () => {
    const body = patchOp({ op: "replace", path: "members", value: [{ display: "Sun-hee Park", value: U3 }] })
    assert.deepStrictEqual(patched(groups, group, body).attributes.members, [{ value: U3 }])
  })

  it("replaces a whole element that a filter matches", () => {
    const { attributes } = patched(
      users,
      addresses,
      patchOp({
        op: "replace",
        path: `addresses[type eq "work"]`,
        value: { type: "work", streetAddress: "Havnegade 14", locality: "Aarhus", primary: true }
      })
    )
    assert.deepStrictEqual(attributes.addresses, [
      { type: "work", streetAddress: "Havnegade 14", locality: "Aarhus", primary: true },
      home
    ])
  })

  it("of a whole element keeps what selected it where the new one says nothing of that", () => {
    const after = patchedPerson({ op: "replace", path: `emails[type eq "home"]`, value: { value: "nes@lund.example" } })
    assert.deepStrictEqual(after.emails, [
      { value: "ines.okafor@haldenrobotics.example", type: "work", primary: true },
      { type: "home", value: "nes@lund.example" }
    ])
  })

  it("replaces one sub-attribute of the elements that a filter matches", () => {
    const { attributes } = patched(
      users,
      addresses,
      patchOp({ op: "replace", path: `addresses[type eq "work"].streetAddress`, value: "Havnegade 16" })
    )
    assert.deepStrictEqual(attributes.addresses, [
      { type: "work", streetAddress: "Havnegade 16", locality: "Aarhus", country: "DK", primary: true },
      home
    ])
  })

  it("without a path replaces each attribute of the value", () => {
    const after = patchedPerson({
      op: "replace",
      value: { emails: [{ value: "nes@lund.example", type: "home", primary: true }], nickName: "Nes" }
    })
    assert.deepStrictEqual(after, {
      ...person,
      emails: [{ value: "nes@lund.example", type: "home", primary: true }],
      nickName: "Nes"
    })
  })

  it("of an attribute that is not there adds it", () => {
    assert.strictEqual(patchedPerson({ op: "replace", path: "title", value: "Engineer" }).title, "Engineer")
  })

  it("sets the sub-attributes given of a complex attribute and keeps the others", () => {
    assert.deepStrictEqual(patchedPerson({ op: "replace", path: "name", value: { givenName: "Inês" } }).name, {
      givenName: "Inês",
      familyName: "Okafor",
      formatted: "Ines Okafor"
    })
  })

  it("with a filter that matches nothing and does not say what to make is refused with noTarget", () => {
    for (const path of [`emails[type ne "work" and type ne "home"].value`, `emails[value co "nobody"]`]) {
      const error = refused(users, person, patchOp({ op: "replace", path, value: "x@y.example" }), "noTarget")
      assert.match(error.detail, /^Operation 1: no element of "emails"/)
    }
  })

  it("of a read-only attribute is refused with mutability", () => {
    refused(
      users,
      person,
      patchOp({ op: "replace", path: "meta.created", value: "2027-01-01T00:00:00Z" }),
      "mutability"
    )
    refused(users, person, patchOp({ op: "replace", path: "groups", value: [] }), "mutability")
  })
})

describe("RFC 7644 3.5.2: a PATCH is atomic", () => {
  it("where a later operation fails nothing is changed (ABUSE-4)", () => {
    const body = patchOp(
      { op: "replace", path: "displayName", value: "Nes" },
      { op: "replace", path: `emails[value co "nobody"].type`, value: "home" }
    )
    const error = refused(users, person, body, "noTarget")
    assert.match(error.detail, /^Operation 2: /)
    assert.strictEqual(person.displayName, "Ines Okafor")
  })
})
