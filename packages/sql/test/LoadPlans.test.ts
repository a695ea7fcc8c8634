import { assert, layer as suite } from "@effect/vitest"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { Effect, Layer } from "effect"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { ReadSql } from "../src/ReadSql.ts"
import { layerPostgres } from "./BothDatabases.ts"
import { arrange, groupId, large, personId, rowsOfKeptPlan, situations } from "./KeptPlans.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const needsOf = (fill: (needs: NeedsUnion) => void): NeedsUnion => {
  const needs = new NeedsUnion()
  fill(needs)
  return needs
}

const lookUps: Readonly<Record<string, NeedsUnion>> = {
  "new people": needsOf((needs) =>
    needs.add({
      userNames: ["user7", "new"],
      emails: ["user7@halden.example", "new@halden.example"],
      numbers: [7],
      employeeNumbers: ["e7"],
      waiting: ["boss7", "boss8"],
      waitingNumbers: [1_000_007, 1_000_009]
    })
  ),
  "people and whom they report to": needsOf((needs) =>
    needs.add({ users: [personId(7), personId(4_000)], reportsOf: [personId(500)], chainsOf: [personId(4_000)] })
  ),
  "an addition of members": needsOf((needs) =>
    needs.add({
      groups: [groupId(7)],
      people: [personId(7), personId(8)],
      memberships: [[groupId(7), [personId(6), personId(8)]]]
    })
  ),
  "groups by name": needsOf((needs) =>
    needs.add({ groups: [groupId(7)], groupNames: ["Group 8"], groupNameKeys: ["group 9"], groupNearKeys: ["group10"] })
  ),
  "groups with all members and admins": needsOf((needs) =>
    needs.add({ groups: [groupId(7)], members: [groupId(7)], groupAdmins: [groupId(7)] })
  ),
  "the groups of people": needsOf((needs) => needs.add({ groupsOf: [personId(7)], adminOf: [personId(8)] }))
}

/** No look-up here is about more than a few dozen rows; an organisation has thousands of each kind. */
const most = 100

for (const [name, before] of Object.entries(situations)) {
  const layer = Layer.effectDiscard(Effect.orDie(arrange(before))).pipe(
    Layer.provideMerge(spied(Layer.fresh(layerPostgres)))
  )
  suite(layer, { timeout: "120 seconds" })(`look-ups of a batch among 5,000 people ${name} (PostgreSQL 15)`, (it) => {
    for (const [what, needs] of Object.entries(lookUps)) {
      it.effect(`${what} are found without reading the organisation, by the plan that is kept`, () =>
        Effect.gen(function* () {
          const sent = yield* SentStatements
          yield* sent.take
          const loaded = yield* loadNeeds(yield* ReadSql, large, needs)
          assert.isAbove(Object.values(loaded).flat().length, 0)
          for (const statement of yield* sent.take) {
            const { plan, rows } = yield* rowsOfKeptPlan(statement)
            assert.isAbove(rows, 0, plan)
            assert.isBelow(rows, most, `${statement.text}\n${plan}`)
          }
        })
      )
    }

    it.effect("what an addition of members is about is one round trip", () =>
      Effect.gen(function* () {
        const sent = yield* SentStatements
        yield* sent.take
        const needs = lookUps["an addition of members"] ?? new NeedsUnion()
        const { groups, memberships, people } = yield* loadNeeds(yield* ReadSql, large, needs)
        assert.lengthOf(yield* sent.take, 1)
        assert.deepStrictEqual(
          groups?.map(({ displayName, id }) => [id, displayName]),
          [[groupId(7), "Group 7"]]
        )
        assert.deepStrictEqual(new Set(people), new Set([personId(7), personId(8)]))
        assert.deepStrictEqual(memberships, [[groupId(7), personId(6)]])
      })
    )
  })
}
