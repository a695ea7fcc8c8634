import { assert, describe, it } from "@effect/vitest"
import type { Change } from "@rollcall/domain/directory/Decision"
import { type Loaded, type Needs, NeedsUnion } from "@rollcall/domain/directory/Needs"
import { WorkingSet } from "@rollcall/domain/directory/WorkingSet"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"

const ada = UserId.make("00000000-0000-4000-8000-000000000001")
const bo = UserId.make("00000000-0000-4000-8000-000000000002")
const ops = GroupId.make("00000000-0000-4000-9000-000000000001")
const sales = GroupId.make("00000000-0000-4000-9000-000000000002")

const user = (id: UserId, name: string, more: Partial<User> = {}): User => ({
  id,
  number: id === ada ? 1 : 2,
  attributes: { userName: name, emails: [{ value: `${name}@h.example` }] },
  sources: {},
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined,
  ...more
})

const group = (id: GroupId, displayName: string): Group => ({
  id,
  number: id === ops ? 1 : 2,
  displayName,
  externalId: undefined,
  type: defaultGroupType.id,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0
})

const load = (view: WorkingSet, needs: Needs, loaded: Loaded = {}): void => {
  const union = new NeedsUnion()
  union.add(needs)
  view.load(union, loaded)
}

const viewOf = (needs: Needs, loaded: Loaded = {}, ...changes: ReadonlyArray<Change>): WorkingSet => {
  const view = new WorkingSet()
  load(view, needs, loaded)
  for (const change of changes) view.apply(change)
  return view
}

const everything: Needs = {
  users: [ada],
  userNames: ["ada"],
  emails: ["ada@h.example"],
  numbers: [1],
  employeeNumbers: ["e1"],
  waiting: ["ada@h.example"],
  waitingNumbers: [3, 4],
  reportsOf: [ada],
  chainsOf: [bo],
  people: [bo],
  groups: [ops],
  groupNames: ["Ops"],
  groupNameKeys: ["ops"],
  groupNearKeys: ["ops"],
  memberships: [[ops, [ada]]],
  members: [sales],
  groupsOf: [bo],
  passwordLinks: ["t1"]
}

describe("what a batch knows", () => {
  it("is nothing at first: all that is asked for is unknown", () => {
    assert.deepStrictEqual(new WorkingSet().unknown(everything), everything)
  })

  it("is everything that was asked for once it was looked for, found or not", () => {
    assert.isUndefined(viewOf(everything).unknown(everything))
    const view = viewOf(everything)
    assert.isUndefined(view.people.user(ada))
    assert.isUndefined(view.people.userNameHolder("ada"))
    assert.isUndefined(view.people.emailHolder("ada@h.example"))
    assert.isFalse(view.people.isPerson(bo))
    assert.isUndefined(view.group(ops))
    assert.isUndefined(view.groupNamed("Ops"))
    assert.isUndefined(view.groupNamedLike("ops", undefined))
    assert.isFalse(view.isMember(ops, ada))
    assert.deepStrictEqual(view.members(sales), [])
    assert.deepStrictEqual(view.groupsOf(bo), [])
  })

  it("leaves unknown only what is missing", () => {
    const view = viewOf({ users: [ada], memberships: [[ops, [ada]]] })
    assert.deepStrictEqual(view.unknown({ users: [ada, bo], memberships: [[ops, [ada, bo]]] })?.users, [bo])
    assert.deepStrictEqual(view.unknown({ memberships: [[ops, [ada, bo]]] })?.memberships, [[ops, [bo]]])
  })

  it("knows the name, the email and the life of a person whom it has loaded", () => {
    const view = viewOf({ users: [ada] }, { users: [user(ada, "Ada")] })
    assert.strictEqual(view.people.userNameHolder("ada")?.id, ada)
    assert.strictEqual(view.people.emailHolder("ada@h.example")?.id, ada)
    assert.isTrue(view.people.isPerson(ada))
    assert.isUndefined(view.unknown({ people: [ada], userNames: ["ada"] }))
  })

  it("sees a deleted person nowhere but among those who last had an email", () => {
    const gone = user(ada, "ada", { deletedAt: 5 })
    const view = viewOf({ users: [ada], userNames: ["ada"], emails: ["ada@h.example"] }, { users: [gone] })
    assert.isUndefined(view.people.user(ada))
    assert.isFalse(view.people.isPerson(ada))
    assert.isUndefined(view.people.userNameHolder("ada"))
    assert.isUndefined(view.people.emailHolder("ada@h.example"))
    assert.strictEqual(view.people.deletedEmailHolder("ada@h.example"), gone)
  })

  it("R-USER-8: names the last deleted of several, in whatever order they were loaded, then the one before", () => {
    const early = user(ada, "x", { deletedAt: 5, attributes: { userName: "x", emails: [{ value: "e@h.example" }] } })
    const late = user(bo, "y", { deletedAt: 9, attributes: { userName: "y", emails: [{ value: "e@h.example" }] } })
    for (const users of [
      [early, late],
      [late, early]
    ]) {
      const view = viewOf({ emails: ["e@h.example"] }, { users })
      assert.strictEqual(view.people.deletedEmailHolder("e@h.example"), late)
      view.apply({ user: { ...late, deletedAt: undefined } })
      assert.strictEqual(view.people.deletedEmailHolder("e@h.example"), early)
    }
  })

  it("sees what the batch changed, and a later load does not undo it", () => {
    const view = viewOf({ users: [ada] }, { users: [user(ada, "ada")] }, { user: user(ada, "ida", { version: 2 }) })
    assert.isUndefined(view.people.userNameHolder("ada"))
    assert.isUndefined(view.people.emailHolder("ada@h.example"))
    assert.strictEqual(view.people.userNameHolder("ida")?.version, 2)
    load(view, { users: [ada], userNames: ["ada"] }, { users: [user(ada, "ada")] })
    assert.strictEqual(view.people.user(ada)?.version, 2)
    assert.isUndefined(view.people.userNameHolder("ada"))
  })

  it("lets a name pass from one to another within the batch", () => {
    const people = { users: [user(ada, "a"), user(bo, "b")] }
    const view = viewOf(
      { users: [ada, bo], userNames: ["c"] },
      people,
      { user: user(ada, "c") },
      { user: user(bo, "a") },
      { user: user(ada, "b") }
    )
    assert.strictEqual(view.people.userNameHolder("a")?.id, bo)
    assert.strictEqual(view.people.userNameHolder("b")?.id, ada)
    assert.isUndefined(view.people.userNameHolder("c"))
  })

  it("R-GROUP-2: of groups whose names differ in case it tells the others when one is renamed or deleted", () => {
    const groups = [group(sales, "OPS"), group(ops, "Ops")]
    const view = viewOf({ groupNameKeys: ["ops"], groupNames: ["Ops"] }, { groups })
    assert.strictEqual(view.groupNamedLike("ops", undefined)?.id, ops)
    assert.strictEqual(view.groupNamedLike("ops", ops)?.id, sales)
    view.apply({ groups: [group(ops, "Support")] })
    assert.strictEqual(view.groupNamedLike("ops", undefined)?.id, sales)
    assert.isUndefined(view.groupNamed("Ops"))
    assert.strictEqual(view.groupNamedLike("support", undefined)?.id, ops)
    view.apply({ deletedGroup: sales })
    assert.isUndefined(view.groupNamedLike("ops", undefined))
    assert.isUndefined(view.unknown({ groupNameKeys: ["ops"] }))
  })

  it("R-GROUP-6: knows the groups of a person, those of the batch included and the deleted left out", () => {
    const view = viewOf({ groups: [ops, sales] }, { groups: [group(ops, "Ops"), group(sales, "Sales")] })
    view.apply({ memberships: [{ group: ops, added: [ada], removed: [bo] }] })
    load(
      view,
      { groupsOf: [ada, bo] },
      {
        groupsOf: [
          [ada, [sales]],
          [bo, [ops]]
        ]
      }
    )
    assert.deepStrictEqual(view.groupsOf(ada).toSorted(), [ops, sales])
    assert.deepStrictEqual(view.groupsOf(bo), [])
    assert.isTrue(view.isMember(sales, ada))
    view.apply({ deletedGroup: sales })
    assert.deepStrictEqual(view.groupsOf(ada), [ops])
    assert.isFalse(view.isMember(sales, ada))
  })

  it("R-GROUP-6: leaves a deleted group out of what storage still says of a person", () => {
    const view = viewOf({ groups: [ops] }, { groups: [group(ops, "Ops")] }, { deletedGroup: ops })
    load(view, { groupsOf: [ada] }, { groups: [group(ops, "Ops")], groupsOf: [[ada, [ops]]] })
    assert.deepStrictEqual(view.groupsOf(ada), [])
  })

  it("R-GROUP-5: knows the members of a group that was made in the batch without asking", () => {
    const view = viewOf(
      {},
      {},
      { groups: [group(ops, "Ops")], memberships: [{ group: ops, added: [ada], removed: [] }] }
    )
    assert.isUndefined(view.unknown({ members: [ops], memberships: [[ops, [ada, bo]]] }))
    assert.deepStrictEqual(view.members(ops), [ada])
    assert.isFalse(view.isMember(ops, bo))
  })

  it("R-GROUP-6: knows that a person who was made in the batch is in no group, without asking", () => {
    const view = viewOf({}, {}, { user: user(ada, "ada") })
    assert.isUndefined(view.unknown({ groupsOf: [ada], users: [ada], people: [ada] }))
    assert.deepStrictEqual(view.groupsOf(ada), [])
  })

  it("R-GROUP-5: takes a membership that was changed in the batch over that which is loaded", () => {
    const view = viewOf({ groups: [ops] }, { groups: [group(ops, "Ops")] })
    view.apply({ memberships: [{ group: ops, added: [ada], removed: [bo] }] })
    load(
      view,
      { members: [ops], memberships: [[ops, [ada, bo]]] },
      { members: [[ops, [bo]]], memberships: [[ops, bo]] }
    )
    assert.deepStrictEqual(view.members(ops), [ada])
  })
})

describe("what several decisions need", () => {
  it("is joined, each thing once", () => {
    const union = new NeedsUnion()
    assert.isTrue(union.isEmpty)
    union.add(everything)
    union.add({ ...everything, memberships: [[ops, [ada, bo]]] })
    assert.deepStrictEqual([...union.users], [ada])
    assert.deepStrictEqual([...(union.memberships.get(ops) ?? [])], [ada, bo])
    assert.isFalse(union.isEmpty)
  })

  for (const name of Object.keys(everything)) {
    it(`is not nothing where only ${name} are needed`, () => {
      const union = new NeedsUnion()
      union.add({ [name]: everything[name as keyof Needs] } as Needs)
      assert.isFalse(union.isEmpty)
    })
  }
})
