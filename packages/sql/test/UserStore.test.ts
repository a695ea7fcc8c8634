import { assert } from "@effect/vitest"
import { type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import type { Page } from "@rollcall/domain/scim/Paging"
import { resolveSort } from "@rollcall/domain/scim/SortKey"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Result } from "effect"
import { layer as userStore } from "../src/UserStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import { baseUrl, insertDirectory, resourceTypes, sampleDirectory, storedUsers } from "./SampleDirectory.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const names = ["ada", "bo", "cy", "di", "ed", "fay", "gus"]
const people: ReadonlyArray<JsonObject> = names.map((name, index) => ({
  userName: `${name}@halden.example`,
  displayName: index % 2 === 0 ? `Team ${name}` : `team ${name}`,
  emails: [{ value: `${name}@halden.example`, type: "work", primary: true }],
  ...(index < 4 ? { title: "Engineer" } : {}),
  meta: { created: `2026-0${index + 1}-01T10:00:00.123Z`, lastModified: `2026-1${index % 3}-01T10:00:00.007Z` }
}))
const groups = [{ displayName: "Robotics" }, { displayName: "ärger" }, { displayName: "Zoo" }]

/** Seven people of whom the third and sixth (cy, fay) are deleted. */
const directory = sampleDirectory(
  people,
  groups,
  [
    [2, 0],
    [1, 0],
    [0, 0],
    [0, 1]
  ],
  true
)
const stored = storedUsers(directory)

const index = (startIndex: number, count: number): Page => ({ _tag: "Index", startIndex, count })
const cursor = (after: string | undefined, count: number): Page => ({ _tag: "Cursor", after, count })

const query = (page: Page, filter?: string, sortBy?: string): ResourceQuery => ({
  filter:
    filter === undefined
      ? undefined
      : Result.getOrThrow(typeFilter(resourceTypes.user, Result.getOrThrow(parseFilter(filter)))),
  sort:
    sortBy === undefined
      ? undefined
      : { target: Result.getOrThrow(resolveSort(resourceTypes.user, sortBy)), descending: false },
  page,
  withMembership: false,
  baseUrl
})

const noId = UserId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000000")

onBothDatabases(
  "reading people",
  (database) => userStore(resourceTypes).pipe(Layer.provideMerge(spied(database))),
  (it) => {
    it.effect("a person is found as they were written, with their groups by name only where these are asked for", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const user of stored) {
          assert.deepStrictEqual(yield* users.find(organization, user.id, true), user)
          assert.deepStrictEqual(yield* users.find(organization, user.id, false), { ...user, groups: undefined })
        }
        assert.deepStrictEqual(
          stored[0]?.groups?.map((group) => group.displayName),
          ["Robotics", "Zoo", "ärger"]
        )
      })
    )

    it.effect("deleted people, other organisations' and what is no id are not found (R-USER-8, ABUSE-11)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        const [other, empty] = [
          yield* insertDirectory(directory),
          yield* insertDirectory(sampleDirectory([], [], [], false))
        ]
        const deleted = directory.users[2]?.id ?? noId
        assert.isUndefined(yield* users.find(organization, deleted, true))
        assert.isUndefined(yield* users.find(empty, stored[0]?.id ?? noId, true))
        assert.isUndefined(yield* users.find(organization, noId, true))
        assert.isUndefined(yield* users.find(organization, UserId.make("no id'; --"), true))
        assert.isUndefined(yield* users.find(OrganizationId.make(noId), stored[0]?.id ?? noId, true))
        assert.deepStrictEqual(yield* users.find(other, stored[0]?.id ?? noId, true), stored[0])
        const found = yield* users.search(empty, query(index(1, 10), 'userName pr or not (id eq "x")'))
        assert.deepStrictEqual(found, { totalResults: 0, items: [], next: undefined })
      })
    )

    it.effect("pages by index are in the order of User IDs, and know the whole (RFC 7644 3.4.2.4)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const filter of [undefined, "userName pr"]) {
          for (const [startIndex, count] of [
            [1, 10],
            [1, 5],
            [1, 2],
            [3, 2],
            [5, 2],
            [6, 2],
            [100, 5],
            [1, 0],
            [9_007_199_254_740_991, 1]
          ] as const) {
            const found = yield* users.search(organization, query(index(startIndex, count), filter))
            const items = stored.slice(startIndex - 1, startIndex - 1 + count)
            assert.deepStrictEqual(
              found,
              { totalResults: 5, items: items.map((user) => ({ ...user, groups: undefined })), next: undefined },
              `${filter} from ${startIndex}, ${count}`
            )
          }
        }
      })
    )

    it.effect("an unfiltered list is counted by the organisation's row, a filtered one only beyond its end", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sent = yield* SentStatements
        const organization = yield* insertDirectory(directory)
        const sql = yield* WriteSql
        yield* sql.unsafe("UPDATE organization SET user_count = 123456 WHERE organization_id = $1", [organization])
        const statements = (page: Page, filter?: string) =>
          Effect.gen(function* () {
            yield* sent.take
            const found = yield* users.search(organization, query(page, filter))
            const texts = (yield* sent.take).map(({ text }) => text)
            return [found.totalResults, texts.length, texts.some((text) => text.includes("count(*)"))] as const
          })
        assert.deepStrictEqual(yield* statements(index(1, 2)), [123_456, 1, false])
        assert.deepStrictEqual(yield* statements(index(3, 2)), [123_456, 1, false])
        assert.deepStrictEqual(yield* statements(index(1, 0)), [123_456, 1, false])
        assert.deepStrictEqual(yield* statements(cursor(undefined, 2)), [123_456, 1, false])
        assert.deepStrictEqual(yield* statements(index(1, 100), 'userName eq "ada@halden.example"'), [1, 1, false])
        assert.deepStrictEqual(yield* statements(index(1, 100), 'userName eq "nobody"'), [0, 1, false])
        assert.deepStrictEqual(yield* statements(index(3, 2), "title pr"), [3, 1, false])
        assert.deepStrictEqual(yield* statements(cursor(undefined, 3), "title pr"), [3, 1, false])
        assert.deepStrictEqual(yield* statements(index(1, 2), "title pr"), [3, 2, true])
        assert.deepStrictEqual(yield* statements(index(1, 0), "title pr"), [3, 1, true])
      })
    )

    it.effect("the groups of a whole page take one statement more, and none where nobody is found", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sent = yield* SentStatements
        const organization = yield* insertDirectory(directory)
        yield* sent.take
        const found = yield* users.search(organization, { ...query(index(1, 10)), withMembership: true })
        assert.deepStrictEqual(found.items, stored)
        assert.strictEqual((yield* sent.take).length, 2)
        const none = { ...query(index(1, 10), 'userName eq "x"'), withMembership: true }
        assert.deepStrictEqual((yield* users.search(organization, none)).items, [])
        const texts = (yield* sent.take).map(({ text }) => text)
        assert.strictEqual(texts.length, 1)
        assert.notInclude(texts[0], "membership")
      })
    )

    it.effect(
      "the statements of the hot paths have one text each, whoever is looked for, so that they stay prepared",
      () =>
        Effect.gen(function* () {
          const users = yield* Users
          const sent = yield* SentStatements
          const organization = yield* insertDirectory(directory)
          yield* sent.take
          for (const { id } of stored) yield* users.find(organization, id, false)
          for (const name of names) {
            yield* users.search(organization, query(index(1, 100), `userName eq "${name}@halden.example"`))
          }
          assert.strictEqual(new Set((yield* sent.take).map(({ text }) => text)).size, 2)
        })
    )

    it.effect("people asked for at the same moment are found by one statement for each organisation", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sent = yield* SentStatements
        const organizations = [yield* insertDirectory(directory), yield* insertDirectory(directory)]
        const wanted = organizations.flatMap((organization) =>
          [...stored.map(({ id }) => id), noId].map((id) => [organization, id] as const)
        )
        yield* sent.take
        const found = yield* Effect.forEach(wanted, ([organization, id]) => users.find(organization, id, false), {
          concurrency: "unbounded"
        })
        const all = stored.map((user) => ({ ...user, groups: undefined }))
        assert.deepStrictEqual(found, [...all, undefined, ...all, undefined])
        const byName = yield* Effect.forEach(
          names,
          (name) =>
            users.search(
              organizations[0] ?? OrganizationId.make(noId),
              query(index(1, 100), `userName eq "${name}@halden.example"`)
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          byName.flatMap(({ items }) => items),
          all
        )
        assert.strictEqual((yield* sent.take).length, organizations.length + 1)
      })
    )

    it.effect("a cursor goes on behind the last one seen while people come and go (RFC 9865)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sql = yield* WriteSql
        const organization = yield* insertDirectory(directory)
        const first = yield* users.search(organization, query(cursor(undefined, 2)))
        assert.deepStrictEqual(
          first.items.map((user) => user.number),
          [1, 2]
        )
        const leave = "UPDATE user_account SET deleted_at = now() WHERE organization_id = $1 AND number = ANY ($2)"
        yield* sql.unsafe(leave, [organization, [1, 2, 4]])
        const second = yield* users.search(organization, query(cursor(first.next, 2)))
        assert.deepStrictEqual(
          second.items.map((user) => user.number),
          [5, 7]
        )
        assert.isUndefined(second.next)
      })
    )

    it.effect("a page that ends exactly at the end of the list has no next one", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        const all = yield* users.search(organization, query(cursor(undefined, 5), undefined, "userName"))
        assert.strictEqual(all.items.length, 5)
        assert.isUndefined(all.next)
        const most = yield* users.search(organization, query(cursor(undefined, 4), undefined, "userName"))
        assert.strictEqual(most.items.length, 4)
        assert.isDefined(most.next)
      })
    )

    it.effect("a forged position finds nothing and breaks nothing", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        const forged = [
          "",
          "x",
          "-1",
          "1e3",
          "1; DROP TABLE event",
          "9".repeat(40),
          "[",
          "{}",
          "null",
          "[1,2,3]",
          "[{},1]",
          '["a","1"]',
          "[true,1]",
          "[1,1]",
          "[null,1e999]",
          "[null,0.5]",
          '["a\\u0000b",1]',
          '["\\ud800",1]'
        ]
        for (const after of forged) {
          for (const sortBy of [undefined, "userName", "custom_level"]) {
            const found = yield* users.search(organization, query(cursor(after, 3), undefined, sortBy))
            assert.isAtMost(found.items.length, 3)
            const isOfNoSort = sortBy === undefined || (sortBy === "userName" && after !== '["a","1"]')
            if (isOfNoSort) assert.deepStrictEqual(found.items, [], `${after} by ${sortBy}`)
          }
        }
      })
    )

    it.effect("text from outside is never part of a statement", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sent = yield* SentStatements
        const odd = `x'; DROP TABLE event; -- $1 " \\ %_ {} \u2028 é 😀`
        const organization = yield* insertDirectory(
          sampleDirectory([{ ...people[0], userName: odd, title: odd, emails: [{ value: odd }] }], [], [], false)
        )
        yield* sent.take
        const value = JSON.stringify(odd)
        for (const path of ["userName", "title", "emails", "emails.value", "CUSTOM_dropTable"]) {
          for (const operator of ["eq", "ne", "co", "sw", "ew", "gt", "le"]) {
            const found = yield* users.search(organization, query(index(1, 5), `${path} ${operator} ${value}`))
            const matches = !path.startsWith("CUSTOM") && operator !== "ne" && operator !== "gt"
            const isNe = path.startsWith("CUSTOM") && operator === "ne"
            assert.strictEqual(found.totalResults, matches || isNe ? 1 : 0, `${path} ${operator}`)
          }
        }
        const inside = yield* users.search(organization, query(index(1, 5), `emails[value eq ${value}]`))
        assert.strictEqual(inside.totalResults, 1)
        for (const { text } of yield* sent.take) {
          assert.notInclude(text, "DROP")
          assert.notInclude(text.toLowerCase(), "droptable")
        }
      })
    )
  }
)
