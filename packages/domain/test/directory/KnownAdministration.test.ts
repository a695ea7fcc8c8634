import { assert, describe, it } from "@effect/vitest"
import type { Change } from "@rollcall/domain/directory/Decision"
import { KnownAdministration } from "@rollcall/domain/directory/KnownAdministration"
import { type Loaded, type Needs, NeedsUnion } from "@rollcall/domain/directory/Needs"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, type GroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import { UserId } from "@rollcall/domain/user/UserId"

const ada = UserId.make("00000000-0000-4000-8000-000000000001")
const bo = UserId.make("00000000-0000-4000-8000-000000000002")
const ops = GroupId.make("00000000-0000-4000-9000-000000000001")
const sales = GroupId.make("00000000-0000-4000-9000-000000000002")
const teams: GroupType = { id: GroupTypeId.make("00000000-0000-4000-a000-000000000001"), name: "Teams", position: 1 }
const sites: GroupType = { ...teams, id: GroupTypeId.make("00000000-0000-4000-a000-000000000002"), name: "Sites" }

const load = (known: KnownAdministration, needs: Needs, loaded: Loaded = {}): void => {
  const union = new NeedsUnion()
  union.add(needs)
  known.load(union, loaded)
}

const knownOf = (...changes: ReadonlyArray<Change>): KnownAdministration => {
  const known = new KnownAdministration()
  for (const change of changes) known.apply(change)
  return known
}

const everything: Needs = {
  groupTypes: true,
  keys: true,
  oauthClients: true,
  webhooks: true,
  groupAdmins: [ops],
  adminOf: [ada]
}

describe("what a batch knows of group types, admins and keys", () => {
  it("is unknown until it was asked for, and known from then on, also where there is nothing", () => {
    const known = new KnownAdministration()
    assert.deepStrictEqual(known.unknown(everything), everything)
    assert.isUndefined(known.unknown({}))
    load(known, { groupAdmins: [ops] })
    assert.deepStrictEqual(known.unknown(everything), { ...everything, groupAdmins: [] })
    load(known, everything)
    assert.isUndefined(known.unknown(everything))
    assert.deepStrictEqual(known.types, [defaultGroupType])
    assert.deepStrictEqual([known.admins(ops), known.adminOf(ada)], [[], []])
  })

  it("is what was loaded, the default type before the others", () => {
    const known = new KnownAdministration()
    load(known, everything, { groupTypes: [teams], groupAdmins: [[ops, [ada, bo]]], adminOf: [[ada, [ops, sales]]] })
    assert.deepStrictEqual(known.types, [defaultGroupType, teams])
    assert.strictEqual(known.type(teams.id), teams)
    assert.strictEqual(known.type(defaultGroupType.id), defaultGroupType)
    assert.isUndefined(known.type(sites.id))
    assert.deepStrictEqual(known.admins(ops), [ada, bo])
    assert.deepStrictEqual(known.adminOf(ada), [ops, sales])
  })

  it("follows what the batch does, on both sides", () => {
    const known = new KnownAdministration()
    load(known, everything, { groupTypes: [teams], groupAdmins: [[ops, [ada]]], adminOf: [[ada, [ops]]] })
    known.apply({ groupTypes: [sites], admins: [{ group: ops, added: [bo], removed: [ada] }] })
    known.apply({ admins: [{ group: sales, added: [ada], removed: [] }] })
    assert.deepStrictEqual(known.types, [defaultGroupType, sites])
    assert.deepStrictEqual(known.admins(ops), [bo])
    assert.deepStrictEqual(known.adminOf(ada), [sales])
    known.apply({ deletedGroup: sales })
    assert.deepStrictEqual(known.adminOf(ada), [])
  })

  it("counts what the batch did over what is loaded only after it", () => {
    const known = knownOf(
      { admins: [{ group: ops, added: [bo], removed: [ada] }] },
      { admins: [{ group: sales, added: [ada], removed: [] }] },
      { groupTypes: [sites], deletedGroupType: teams.id }
    )
    load(known, everything, { groupTypes: [teams], groupAdmins: [[ops, [ada]]], adminOf: [[ada, [ops]]] })
    assert.deepStrictEqual(known.types, [defaultGroupType, sites])
    assert.deepStrictEqual(known.admins(ops), [bo])
    assert.deepStrictEqual(known.adminOf(ada), [sales])
    assert.strictEqual(known.standingType(teams.id), defaultGroupType.id)
    assert.strictEqual(known.standingType(sites.id), sites.id)
  })

  it("has no admins of a group that the batch deleted, whenever they are loaded", () => {
    const known = knownOf({ admins: [{ group: ops, added: [bo], removed: [] }] }, { deletedGroup: ops })
    load(known, everything, { groupAdmins: [[ops, [ada]]], adminOf: [[ada, [ops]]] })
    assert.deepStrictEqual([known.admins(ops), known.adminOf(ada)], [[], []])
  })
})
