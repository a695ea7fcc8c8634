import { assert } from "@effect/vitest"
import { Groups, type ResourceQuery } from "@rollcall/domain/directory/Resources"
import { GroupId } from "@rollcall/domain/group/Group"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { Page } from "@rollcall/domain/scim/Paging"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Effect, Layer, Result } from "effect"
import { layer as groupStore } from "../src/GroupStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import { baseUrl, insertDirectory, resourceTypes, sampleDirectory, storedGroups } from "./SampleDirectory.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

/** Three people, the second without a display name, and three groups, the last of which is empty. */
const directory = sampleDirectory(
  [
    { userName: "ada@halden.example", displayName: 'Ada "O\'" Ång\\' },
    { userName: "Bo@halden.example" },
    { userName: "cy@halden.example", displayName: "Cy" }
  ],
  [{ displayName: "Robotics", externalId: "X-1" }, { displayName: "robotics" }, { displayName: "Empty" }],
  [
    [0, 2],
    [0, 0],
    [0, 1],
    [1, 1]
  ],
  false
)
const stored = storedGroups(directory)

const query = (page: Page, filter?: string): ResourceQuery => ({
  filter:
    filter === undefined
      ? undefined
      : Result.getOrThrow(typeFilter(resourceTypes.group, Result.getOrThrow(parseFilter(filter)))),
  sort: undefined,
  page,
  withMembership: true,
  baseUrl
})
const page = (startIndex: number, count: number): Page => ({ _tag: "Index", startIndex, count })

const noId = GroupId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000000")

onBothDatabases(
  "reading groups",
  (database) => groupStore.pipe(Layer.provideMerge(spied(database))),
  (it) => {
    it.effect("a group is found as it was written, its members by User ID with displayName or else userName", () =>
      Effect.gen(function* () {
        const groups = yield* Groups
        const organization = yield* insertDirectory(directory)
        assert.deepStrictEqual(
          stored[0]?.members?.map((member) => member.display),
          ['Ada "O\'" Ång\\', "Bo@halden.example", "Cy"]
        )
        for (const group of stored) {
          assert.deepStrictEqual(yield* groups.find(organization, group.id, true), group)
          assert.deepStrictEqual(yield* groups.find(organization, group.id, false), { ...group, members: undefined })
        }
        assert.deepStrictEqual(yield* groups.search(organization, query(page(1, 10))), {
          totalResults: 3,
          items: stored,
          next: undefined
        })
      })
    )

    it.effect("what is unknown, another organisation's or no id at all is not found (ABUSE-11)", () =>
      Effect.gen(function* () {
        const groups = yield* Groups
        const organization = yield* insertDirectory(directory)
        const empty = yield* insertDirectory(sampleDirectory([], [], [], false))
        assert.isUndefined(yield* groups.find(organization, noId, true))
        assert.isUndefined(yield* groups.find(organization, GroupId.make("no id"), true))
        assert.isUndefined(yield* groups.find(empty, stored[0]?.id ?? noId, true))
        const found = yield* groups.search(empty, query(page(1, 10), "displayName pr"))
        assert.deepStrictEqual(found, { totalResults: 0, items: [], next: undefined })
      })
    )

    it.effect(
      "a read without members never names the table of memberships, a page with them asks it once (R-GROUP-5)",
      () =>
        Effect.gen(function* () {
          const groups = yield* Groups
          const sent = yield* SentStatements
          const organization = yield* insertDirectory(directory)
          yield* sent.take
          for (const { id } of stored) yield* groups.find(organization, id, false)
          for (const filter of [
            undefined,
            'displayName eq "robotics"',
            'externalId eq "X-1" or id eq "x"',
            "meta pr"
          ]) {
            yield* groups.search(organization, { ...query(page(1, 2), filter), withMembership: false })
          }
          for (const { text } of yield* sent.take) assert.notInclude(text, "membership")
          yield* groups.search(organization, query(page(1, 10)))
          const texts = (yield* sent.take).map(({ text }) => text)
          assert.deepStrictEqual(
            texts.map((text) => text.includes("membership")),
            [false, true]
          )
        })
    )

    it.effect("names compare without regard to case in filters, and each page knows the whole (R-GROUP-2)", () =>
      Effect.gen(function* () {
        const groups = yield* Groups
        const organization = yield* insertDirectory(directory)
        const first = yield* groups.search(organization, query(page(1, 1), 'displayName eq "ROBOTICS"'))
        assert.deepStrictEqual(first, { totalResults: 2, items: stored.slice(0, 1), next: undefined })
        const second = yield* groups.search(organization, query(page(2, 1), 'displayName eq "ROBOTICS"'))
        assert.deepStrictEqual(second, { totalResults: 2, items: stored.slice(1, 2), next: undefined })
        const member = directory.users[1]?.id
        const having = yield* groups.search(organization, query(page(1, 9), `members.value eq "${member}"`))
        assert.deepStrictEqual(having.items, stored.slice(0, 2))
        const lacking = yield* groups.search(organization, query(page(1, 9), `not (members[display co "bo@"])`))
        assert.deepStrictEqual(lacking.items, stored.slice(2))
        for (const filter of [
          'members.display eq "CY"',
          'members[display eq "bo@HALDEN.example" and type eq "user"]'
        ]) {
          const named = yield* groups.search(organization, query(page(1, 9), filter))
          assert.deepStrictEqual(named.items[0], stored[0], filter)
        }
      })
    )

    it.effect("the whole is counted by the organisation's row", () =>
      Effect.gen(function* () {
        const groups = yield* Groups
        const sql = yield* WriteSql
        const organization = yield* insertDirectory(directory)
        yield* sql.unsafe("UPDATE organization SET group_count = 77 WHERE organization_id = $1", [organization])
        assert.strictEqual((yield* groups.search(organization, query(page(1, 1)))).totalResults, 77)
        assert.strictEqual((yield* groups.search(organization, query(page(1, 0)))).totalResults, 77)
      })
    )
  }
)
