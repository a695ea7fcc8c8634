import { assert, describe, it } from "@effect/vitest"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { WorkingSet } from "@rollcall/domain/directory/WorkingSet"
import { GroupId } from "@rollcall/domain/group/Group"
import {
  type MembershipStep,
  memberIds,
  membershipDelta,
  membershipNeeds,
  takeMembershipSteps
} from "@rollcall/domain/group/Membership"
import type { Json } from "@rollcall/domain/scim/Json"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { UserId } from "@rollcall/domain/user/UserId"
import { Arbitrary, Result } from "effect"
import { groupTable } from "../scim/Tables.ts"
import { pick } from "../scim/Vocabulary.ts"

const group = GroupId.make("00000000-0000-4000-9000-000000000001")
const id = (index: number): UserId => UserId.make(`00000000-0000-4000-8000-00000000000${index}`)
const people = [1, 2, 3, 4, 5].map(id)

/** A view in which these five live and some are members, as needed for the steps. */
const viewOf = (members: ReadonlyArray<UserId>, steps: ReadonlyArray<MembershipStep>): WorkingSet => {
  const view = new WorkingSet()
  const needs = membershipNeeds(group, steps)
  const union = new NeedsUnion()
  union.add(needs)
  view.load(union, {
    people: (needs.people ?? []).filter((one) => people.includes(one)),
    memberships: (needs.memberships ?? []).flatMap(([, ids]) =>
      ids.filter((one) => members.includes(one)).map((one) => [group, one] as const)
    ),
    members: (needs.members ?? []).map((one) => [one, members] as const)
  })
  return view
}

const stepsOf = (...operations: ReadonlyArray<Json>) =>
  Result.flatMap(readPatch(groupTable, { Operations: operations }), (request) =>
    takeMembershipSteps(request.operations)
  )

describe("R-GROUP-5: the operations on members as steps", () => {
  const add = { op: "add", path: "members", value: [{ value: id(1) }, { value: id(2) }] }
  const table: ReadonlyArray<readonly [string, ReadonlyArray<Json>, ReadonlyArray<MembershipStep>]> = [
    ["add", [add], [{ _tag: "Add", ids: [id(1), id(2)] }]],
    ["add without a path", [{ op: "add", value: { members: [{ value: id(1) }] } }], [{ _tag: "Add", ids: [id(1)] }]],
    ["replace", [{ ...add, op: "replace" }], [{ _tag: "Replace", ids: [id(1), id(2)] }]],
    ["replace with nothing", [{ op: "replace", path: "members", value: [] }], [{ _tag: "Replace", ids: [] }]],
    ["remove all", [{ op: "remove", path: "members" }], [{ _tag: "Replace", ids: [] }]],
    ["remove those listed (Entra)", [{ ...add, op: "Remove" }], [{ _tag: "Remove", ids: [id(1), id(2)] }]],
    ["remove none", [{ op: "remove", path: "members", value: [] }], []],
    ["add none", [{ op: "add", path: "members", value: [] }], []],
    ["remove one", [{ op: "remove", path: `members[value eq "${id(1)}"]` }], [{ _tag: "Remove", ids: [id(1)] }]],
    [
      "remove several by or",
      [{ op: "remove", path: `members[value eq "${id(1)}" or value eq "${id(2)}" or value eq "${id(3)}"]` }],
      [{ _tag: "Remove", ids: [id(1), id(2), id(3)] }]
    ],
    [
      "in their order",
      [add, { op: "remove", path: "members" }, { ...add, op: "replace" }],
      [
        { _tag: "Add", ids: [id(1), id(2)] },
        { _tag: "Replace", ids: [] },
        { _tag: "Replace", ids: [id(1), id(2)] }
      ]
    ]
  ]
  for (const [name, operations, expected] of table) {
    it(name, () => assert.deepStrictEqual(Result.getOrThrow(stepsOf(...operations)).steps, expected))
  }

  it("leave the other operations to the attributes", () => {
    const rename = { op: "replace", path: "displayName", value: "x" }
    const taken = Result.getOrThrow(stepsOf(add, rename))
    assert.strictEqual(taken.steps.length, 1)
    assert.deepStrictEqual(
      taken.operations.map(({ index }) => index),
      [1]
    )
  })

  for (const filter of ['display eq "Ada"', `value ne "${id(1)}"`, `value eq "${id(1)}" and display pr`, "value pr"]) {
    it(`members[${filter}] would have to look at every member: 400 invalidFilter`, () => {
      const steps = stepsOf(
        { op: "replace", path: "displayName", value: "x" },
        { op: "remove", path: `members[${filter}]` }
      )
      assert.isTrue(Result.isFailure(steps))
      if (Result.isFailure(steps)) {
        assert.strictEqual(steps.failure.scimType, "invalidFilter")
        assert.match(steps.failure.detail, /^Operation 2 /)
      }
    })
  }

  it("take ids as they were sent, from elements that have one", () => {
    assert.deepStrictEqual(memberIds([{ value: "a" }, { display: "x" }, "b", { value: 1 }]), ["a"])
    assert.deepStrictEqual(memberIds(undefined), [])
  })
})

describe("R-GROUP-4, R-GROUP-5: what steps need to know", () => {
  it("is who of those to be added lives, and who of all named is a member: never the whole group", () => {
    const needs = membershipNeeds(group, [
      { _tag: "Add", ids: [id(1), "none", id(2).toUpperCase()] },
      { _tag: "Remove", ids: [id(3)] }
    ])
    assert.deepStrictEqual(needs, {
      people: [id(1), id(2)],
      memberships: [[group, [id(1), id(2), id(3)]]],
      members: []
    })
  })

  it("is the whole group only where all are replaced", () => {
    const needs = membershipNeeds(group, [
      { _tag: "Add", ids: [id(1)] },
      { _tag: "Replace", ids: [] }
    ])
    assert.deepStrictEqual(needs, { people: [id(1)], memberships: [], members: [group] })
  })

  it("is nothing where nobody is named", () => {
    assert.deepStrictEqual(membershipNeeds(group, [{ _tag: "Remove", ids: ["none"] }]), {
      people: [],
      memberships: [],
      members: []
    })
  })
})

describe("R-GROUP-4: steps carried out", () => {
  it("name up to five who are not known, and count the rest; long ids are cut", () => {
    const strangers = ["x".repeat(100), "b", "c", "d", "e", "f", "g"]
    const steps: ReadonlyArray<MembershipStep> = [{ _tag: "Add", ids: [id(1), ...strangers] }]
    const delta = membershipDelta(viewOf([], steps), group, steps)
    assert.isTrue(Result.isFailure(delta))
    if (Result.isFailure(delta)) {
      assert.strictEqual(delta.failure.status, 400)
      assert.strictEqual(delta.failure.scimType, "invalidValue")
      assert.include(delta.failure.detail, `"${"x".repeat(64)}", "b", "c", "d", "e" and 2 more`)
    }
  })

  it("ids compare without regard to case", () => {
    const steps: ReadonlyArray<MembershipStep> = [{ _tag: "Remove", ids: [id(1).toUpperCase()] }]
    const delta = Result.getOrThrow(membershipDelta(viewOf([id(1)], steps), group, steps))
    assert.deepStrictEqual(delta.removed.map(String), [id(1)])
  })

  const ids = Arbitrary.array(pick(people), { maxLength: 3 })
  const step: Arbitrary.Arbitrary<MembershipStep> = Arbitrary.all({
    _tag: pick(["Add", "Remove", "Replace"] as const),
    ids
  })

  it.prop(
    "end as if each had been carried out on the whole list, and tell only real changes (ABUSE-3, ABUSE-9)",
    [ids, Arbitrary.array(step, { maxLength: 5 })],
    ([first, steps]) => {
      const before = new Set<string>(first)
      let expected = new Set<string>(first)
      for (const { _tag, ids } of steps) {
        if (_tag === "Replace") expected = new Set(ids)
        for (const one of ids) _tag === "Remove" ? expected.delete(one) : expected.add(one)
      }
      const delta = Result.getOrThrow(membershipDelta(viewOf(first, steps), group, steps))
      assert.deepStrictEqual(
        delta.added.map(String).toSorted(),
        [...expected].filter((one) => !before.has(one)).toSorted()
      )
      assert.deepStrictEqual(delta.removed.map(String), [...before].filter((one) => !expected.has(one)).toSorted())
    },
    { arbitrary: { runs: 500 } }
  )
})
