import { assert, describe, it } from "@effect/vitest"
import { type Group, GroupId, groupNameKey, groupNearKey } from "@rollcall/domain/group/Group"
import { type GroupNames, GroupOverwrite, judgeGroupName, nearMissNotes } from "@rollcall/domain/group/GroupOverwrite"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { Arbitrary, Effect } from "effect"
import { pick } from "../scim/Vocabulary.ts"

const group = (number: number, displayName: string): Group => ({
  id: GroupId.make(`00000000-0000-4000-9000-${String(number).padStart(12, "0")}`),
  number,
  displayName,
  externalId: undefined,
  type: defaultGroupType.id,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0
})

/** Groups of these names, looked through one by one. */
const namesOf = (groups: ReadonlyArray<Group>): GroupNames => ({
  groupNamed: (name) => groups.find(({ displayName }) => displayName === name),
  groupNamedLike: (key, except) =>
    groups.find(({ displayName, id }) => id !== except && groupNameKey(displayName) === key),
  groupsNear: (key, except) =>
    groups.filter(({ displayName, id }) => id !== except && groupNearKey(displayName) === key)
})

const words = ["Ops", "OPS", "o-ps", "Sales", "sales ", "_", "-", " ", "İ", "i", "Straße", "👩\u200d🚀"]
const name = Arbitrary.map(Arbitrary.array(pick(words), { minLength: 1, maxLength: 3 }), (parts) => parts.join(""))
const standing = Arbitrary.map(Arbitrary.array(name, { maxLength: 6 }), (names) =>
  [...new Set(names)].map((displayName, i) => group(i + 1, displayName))
)

describe("R-GROUP-2: the key of near misses", () => {
  it("is one for spellings that people take for the same, and another for the rest", () => {
    const near = [
      "Sales Team",
      "sales team",
      " Sales  Team ",
      "Sales-Team",
      "Sales\u2013Team",
      "sales_team",
      "Ｓales\u00a0Team"
    ]
    assert.lengthOf([...new Set(near.map(groupNearKey))], 1)
    const apart = ["Sales Team", "Sales Teams", "Sale Team", "Sales+Team", "Sales", "Säles Team"]
    assert.lengthOf([...new Set(apart.map(groupNearKey))], apart.length)
  })

  it("is never empty: a name of nothing but spaces and hyphens is its own", () => {
    for (const text of ["-", "- -", "_", "\u2014"]) assert.strictEqual(groupNearKey(text), text)
    assert.notStrictEqual(groupNearKey("-"), groupNearKey("_"))
  })

  it.prop("never tells apart what differs in case alone", [name, name], ([left, right]) => {
    if (groupNameKey(left) === groupNameKey(right)) assert.strictEqual(groupNearKey(left), groupNearKey(right))
  })
})

describe("R-GROUP-2: the verdict on a name", () => {
  it.prop(
    "is Exact for that very name and no other where groups are overwritten; never Conflict",
    [standing, name],
    ([groups, wanted]) => {
      const verdict = judgeGroupName(namesOf(groups), "overwrite", wanted, undefined)
      const exact = groups.find(({ displayName }) => displayName === wanted)
      assert.strictEqual(verdict._tag, exact === undefined ? "Free" : "Exact")
      if (verdict._tag === "Exact") assert.strictEqual(verdict.holder, exact)
      if (verdict._tag !== "Conflict") {
        for (const other of verdict.near) {
          assert.notStrictEqual(other.displayName, wanted)
          assert.strictEqual(groupNearKey(other.displayName), groupNearKey(wanted))
        }
      }
    }
  )

  it.prop(
    "is Conflict where a name differs in case at most, and never Exact, with `conflict`",
    [standing, name],
    ([groups, wanted]) => {
      const verdict = judgeGroupName(namesOf(groups), "conflict", wanted, undefined)
      const taken = groups.some(({ displayName }) => groupNameKey(displayName) === groupNameKey(wanted))
      assert.strictEqual(verdict._tag, taken ? "Conflict" : "Free")
    }
  )

  it.prop(
    "leaves a group its own name in any case, under both settings",
    [standing, pick(["overwrite", "conflict"] as const)],
    ([groups, setting]) => {
      const [own] = groups
      if (own === undefined) return
      const others = groups
        .slice(1)
        .some(({ displayName }) => groupNameKey(displayName) === groupNameKey(own.displayName))
      const verdict = judgeGroupName(namesOf([own]), setting, own.displayName.toUpperCase(), own.id)
      assert.notStrictEqual(verdict._tag, "Conflict")
      if (others) return
      assert.notStrictEqual(judgeGroupName(namesOf(groups), "conflict", own.displayName, own.id)._tag, "Conflict")
    }
  )

  it("a note names three near groups with their exact names and ids, and counts the rest", () => {
    assert.deepStrictEqual(nearMissNotes([]), [])
    const near = ["Ops", "OPS", "ops", "o ps", "op s"].map((displayName, i) => group(i + 1, displayName))
    const [note] = nearMissNotes(near)
    assert.strictEqual(note?.attribute, "displayName")
    assert.include(note?.text, `"Ops" (${near[0]?.id}), "OPS" (${near[1]?.id}), "ops" (${near[2]?.id}) and 2 more.`)
  })

  it.effect("is what the service says under its setting, which also says what to load for it", () =>
    Effect.gen(function* () {
      const names = namesOf([group(1, "Ops")])
      for (const existingGroupName of ["overwrite", "conflict"] as const) {
        const { needs, verdict } = yield* Effect.gen(function* () {
          const overwrite = yield* GroupOverwrite
          return { needs: overwrite.needs("OPS"), verdict: overwrite.judge(names, "OPS", undefined) }
        }).pipe(Effect.provide(GroupOverwrite.layer({ existingGroupName }), { local: true }))
        assert.strictEqual(verdict._tag, existingGroupName === "conflict" ? "Conflict" : "Free")
        assert.deepStrictEqual(
          needs,
          existingGroupName === "conflict"
            ? { groupNameKeys: ["ops"], groupNearKeys: ["ops"] }
            : { groupNames: ["OPS"], groupNearKeys: ["ops"] }
        )
      }
    })
  )
})
