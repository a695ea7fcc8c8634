import { assert, describe, it } from "@effect/vitest"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { type Group, GroupId, groupNameKey, groupNearKey } from "@rollcall/domain/group/Group"
import { GroupTypeId } from "@rollcall/domain/group/GroupType"
import { PreviewGroups } from "@rollcall/sql/PreviewGroups"
import { Effect, Schema } from "effect"

const type = GroupTypeId.make("00000000-0000-4000-8000-000000000001")
const idOf = (n: number) => GroupId.make(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)

const groupOf = (n: number, displayName: string): Group => ({
  id: idOf(n),
  number: n,
  displayName,
  externalId: undefined,
  type,
  origin: "csv",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0
})

const Name = Schema.Literals(["Line 2", "line 2", "Line-2", "LINE_2", "Robotics", "robotics", "Rob otics", "Halden"])
const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const Names = Schema.Array(Name).check(Schema.isMaxLength(3))

describe("the groups of a dry run", () => {
  it.effect.prop(
    "are found by id, name, key and near key as by a look at each of them, also when they were renamed",
    [
      Schema.Array(Schema.Tuple([Count, Name])).check(Schema.isMaxLength(15)),
      Schema.Array(Count).check(Schema.isMaxLength(3)),
      Names,
      Names,
      Names
    ],
    ([made, ids, names, keys, near]) =>
      Effect.sync(() => {
        const groups = new PreviewGroups()
        const standing = new Map<GroupId, Group>()
        for (const [n, name] of made) {
          groups.remember(groupOf(n, name))
          standing.set(idOf(n), groupOf(n, name))
        }
        const needs = new NeedsUnion()
        needs.add({
          groups: ids.slice(1).map(idOf),
          groupNames: names,
          groupNameKeys: keys.map(groupNameKey),
          groupNearKeys: near.map(groupNearKey)
        })
        const isAsked = ({ displayName, id }: Group) =>
          id === idOf(ids[0] ?? 99) ||
          needs.groups.has(id) ||
          needs.groupNames.has(displayName) ||
          needs.groupNameKeys.has(groupNameKey(displayName)) ||
          needs.groupNearKeys.has(groupNearKey(displayName))
        assert.deepStrictEqual(groups.asked(needs, [idOf(ids[0] ?? 99)]), [...standing.values()].filter(isAsked))
      }),
    { arbitrary: { runs: 500 } }
  )

  it.effect(
    "cost each batch what it names: ten times as many new groups are ten times the work, and not a hundred",
    () =>
      Effect.sync(() => {
        /** How often the names of groups are looked at, in batches that name eight new groups and eight of the batch before. */
        const looks = (count: number) => {
          let looked = 0
          const groups = new PreviewGroups()
          const size = 8
          const nameOf = (n: number) => `Team ${n}`
          for (let first = 0; first < count; first += size) {
            const needs = new NeedsUnion()
            const named = Array.from({ length: 2 * size }, (_, i) => nameOf(first - size + i))
            needs.add({
              groupNames: named,
              groupNameKeys: named.map(groupNameKey),
              groupNearKeys: named.map(groupNearKey)
            })
            for (const found of groups.asked(needs, [])) assert.include(named, found.displayName)
            for (let n = first; n < first + size; n++) {
              const group = groupOf(n, nameOf(n))
              const watched: Group = {
                ...group,
                get displayName() {
                  looked++
                  return group.displayName
                }
              }
              groups.remember(watched)
            }
          }
          return looked
        }
        assert.isBelow(looks(8_000), 11 * looks(800))
      })
  )

  it.effect("of names that nearly are the same, a hundred are told of", () =>
    Effect.sync(() => {
      const groups = new PreviewGroups()
      for (let n = 0; n < 300; n++) groups.remember(groupOf(n, `Line${" ".repeat(n)} 2`))
      const needs = new NeedsUnion()
      needs.add({ groupNearKeys: [groupNearKey("Line 2")] })
      assert.deepStrictEqual(
        groups.asked(needs, []).map(({ number }) => number),
        Array.from({ length: 100 }, (_, n) => n)
      )
    })
  )
})
