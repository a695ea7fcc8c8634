import { assert } from "@effect/vitest"
import { representUser } from "@rollcall/domain/directory/Representation"
import { type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { allAttributes } from "@rollcall/domain/scim/Projection"
import { resolveSort } from "@rollcall/domain/scim/SortKey"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Effect, Layer, Result } from "effect"
import { layer as userStore } from "../src/UserStore.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import { baseUrl, insertDirectory, resourceTypes, sampleDirectory, seenUser, storedUsers } from "./SampleDirectory.ts"
import { SentStatements, spied } from "./SpiedReads.ts"

const reportsTo = (value: string): JsonObject => ({ [enterpriseUserUrn]: { manager: { value } } })

const people: ReadonlyArray<JsonObject> = [
  { userName: "mateo", displayName: "Mateo Brandt" },
  { userName: "ines", ...reportsTo("HR-1") },
  { userName: "sun-hee", ...reportsTo("0F6B7B0E-6F0C-4C3E-9A51-2C8F1A7D0B01") },
  { userName: "ada", ...reportsTo("mateo@halden.example") },
  { userName: "Bo", ...reportsTo("nobody") },
  { userName: "cy", displayName: "", ...reportsTo("bo") },
  { userName: "di" },
  { userName: "ed", ...reportsTo("di") },
  { userName: "fay" }
]

const sample = sampleDirectory(people, [], [], false, [
  { user: 1, manager: 0, pending: undefined },
  { user: 2, manager: 0, pending: undefined },
  // Held: the old manager stays, and is not what was sent.
  { user: 3, manager: 0, pending: "reviewWindow" },
  { user: 5, manager: 4, pending: undefined },
  { user: 7, manager: 6, pending: undefined },
  // Without a reference there is nobody to be shown.
  { user: 8, manager: 0, pending: undefined }
])

/** Di, the seventh, has left. */
const directory = {
  ...sample,
  users: sample.users.map((user) => (user.number === 7 ? { ...user, deletedAt: 1_900_000_000_000 } : user))
}
const [mateo = "", , , , bo = "", , di = ""] = directory.users.map((user) => user.id)

/** Filters and the User IDs that they find. */
const examples: ReadonlyArray<readonly [filter: string, numbers: ReadonlyArray<number>]> = [
  ['manager eq "hr-1"', [2]],
  [`manager eq "${mateo}"`, [2, 3]],
  [`manager.value eq "${mateo.toUpperCase()}"`, [2, 3]],
  [`${enterpriseUserUrn}:manager.value eq "${mateo}"`, [2, 3]],
  [`${enterpriseUserUrn}:manager eq "${bo}"`, [6]],
  [`manager ne "${mateo}"`, [1, 4, 5, 6, 8, 9]],
  [`not (manager eq "${mateo}" or manager eq "HR-1")`, [1, 4, 5, 6, 8, 9]],
  [`manager sw "${mateo.slice(0, 13)}"`, [2, 3]],
  [`manager co "${mateo.slice(9, 23)}" and manager ew "-1"`, [2]],
  ['manager.value sw "HR" or manager.value ew "halden.example"', [2, 4]],
  ['manager.value gt "n"', [5]],
  // What is held, unmatched or gone is found by what was sent alone.
  ['manager eq "mateo@halden.example"', [4]],
  ['manager eq "di"', [8]],
  [`manager eq "${di}"`, []],
  ["manager pr", [2, 3, 4, 5, 6, 8]],
  ["manager eq null", [1, 9]],
  ["manager.value pr", [2, 3, 4, 5, 6, 8]],
  ["manager.displayName pr", [2, 3, 6]],
  ["manager.$ref eq null and manager pr", [4, 5, 8]],
  ['manager.displayName eq "MATEO brandt"', [2, 3]],
  ['manager.displayName eq "mateo"', []],
  ['manager.displayName eq "bo"', [6]],
  ['manager.displayName ne "bo"', [1, 2, 3, 4, 5, 8, 9]],
  ['manager.displayName co "o"', [2, 3, 6]],
  [`manager.$ref eq "${baseUrl}/Users/${mateo}"`, [2, 3]],
  [`manager.$ref ne "${baseUrl}/Users/${mateo}"`, [1, 4, 5, 6, 8, 9]],
  [`manager.$ref eq "${baseUrl}/Users/${mateo.toUpperCase()}"`, []],
  [`manager.$ref eq "https://evil.example/Users/${mateo}"`, []],
  [`manager.$ref ew "/Users/${bo}"`, [6]],
  [`manager[value eq "hr-1" and displayName eq "mateo brandt"]`, [2]],
  [`manager[value eq "${mateo}" and displayName sw "mateo"]`, [2, 3]],
  [`manager[value eq "${mateo}" and value eq "HR-1"]`, []],
  ['manager[not (value eq "hr-1")]', [2, 3, 4, 5, 6, 8]],
  ["manager[not (displayName pr)]", [4, 5, 8]]
]

const orders: ReadonlyArray<readonly [sortBy: string, numbers: ReadonlyArray<number>]> = [
  ["manager", [3, 6, 8, 2, 4, 5, 1, 9]],
  ["manager.displayName", [6, 2, 3, 1, 4, 5, 8, 9]],
  // Bo's id is drawn anew for each run.
  ["manager.$ref", mateo < bo ? [2, 3, 6, 1, 4, 5, 8, 9] : [6, 2, 3, 1, 4, 5, 8, 9]]
]

const filterOf = (text: string) =>
  Result.getOrThrow(typeFilter(resourceTypes.user, Result.getOrThrow(parseFilter(text))))

const query = (filter: string | undefined, sortBy?: string): ResourceQuery => ({
  filter: filter === undefined ? undefined : filterOf(filter),
  sort:
    sortBy === undefined
      ? undefined
      : { target: Result.getOrThrow(resolveSort(resourceTypes.user, sortBy)), descending: false },
  page: { _tag: "Index", startIndex: 1, count: 100 },
  withMembership: false,
  baseUrl
})

onBothDatabases(
  "managers as they are read",
  (database) => userStore(resourceTypes).pipe(Layer.provideMerge(spied(database))),
  (it) => {
    it.effect("whom a manager was resolved to is read with the person, by one statement (R-MGR-1)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const sent = yield* SentStatements
        const organization = yield* insertDirectory(directory)
        const stored = storedUsers(directory).map((user) => ({ ...user, groups: undefined }))
        assert.deepStrictEqual(
          stored.map(({ manager }) => manager?.displayName),
          [undefined, "Mateo Brandt", "Mateo Brandt", undefined, undefined, "Bo", undefined, "Mateo Brandt"]
        )
        yield* sent.take
        for (const user of stored) {
          assert.deepStrictEqual(yield* users.find(organization, user.id, false), user)
        }
        const found = yield* users.search(organization, query(undefined))
        assert.deepStrictEqual(found.items, stored)
        const byName = yield* users.search(organization, query('userName eq "ines"'))
        assert.deepStrictEqual(byName.items, stored.slice(1, 2))
        assert.strictEqual((yield* sent.take).length, stored.length + 2)
      })
    )

    it.effect(
      "and shown beside what was sent; of a manager who is held, unknown or gone only that (R-MGR-2, R-MGR-5)",
      () =>
        Effect.gen(function* () {
          const users = yield* Users
          const organization = yield* insertDirectory(directory)
          const { items } = yield* users.search(organization, query(undefined))
          const shown = items.map(
            (user) =>
              JSON.parse(representUser(resourceTypes, baseUrl, user, allAttributes).text)[enterpriseUserUrn]?.manager
          )
          const of = (id: string, displayName: string) => ({ $ref: `${baseUrl}/Users/${id}`, displayName })
          assert.deepStrictEqual(shown, [
            undefined,
            { value: "HR-1", ...of(mateo, "Mateo Brandt") },
            { value: mateo.toUpperCase(), ...of(mateo, "Mateo Brandt") },
            { value: "mateo@halden.example" },
            { value: "nobody" },
            { value: "bo", ...of(bo, "Bo") },
            { value: "di" },
            undefined
          ])
        })
    )

    it.effect("a filter finds by what was sent and by the person it is, as the evaluator does (R-MGR-1)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const [text, numbers] of examples) {
          const found = yield* users.search(organization, query(text))
          assert.deepStrictEqual(
            found.items.map((user) => user.number),
            numbers,
            text
          )
          const matching = storedUsers(directory).filter((user) => matches(filterOf(text), seenUser(user)))
          assert.deepStrictEqual(
            matching.map((user) => user.number),
            numbers,
            `the evaluator: ${text}`
          )
        }
      })
    )

    it.effect("lists are sorted by what was sent, or by what is shown of the person", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const [sortBy, numbers] of orders) {
          const found = yield* users.search(organization, query(undefined, sortBy))
          assert.deepStrictEqual(
            found.items.map((user) => user.number),
            numbers,
            sortBy
          )
        }
      })
    )

    it.effect("the same ids in another organisation are nobody's managers here (ABUSE-12)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        yield* insertDirectory(directory)
        // Mateo is missing there, and others' links point to where he would be.
        const orphans = { ...directory, users: directory.users.slice(1) }
        const other = yield* insertDirectory(orphans)
        const { items } = yield* users.search(other, query(undefined))
        assert.deepStrictEqual(
          items.map(({ manager }) => manager?.displayName),
          [undefined, undefined, undefined, undefined, "Bo", undefined, undefined]
        )
        for (const text of [
          `manager eq "${mateo}" and not (manager sw "0f6b")`,
          'manager.displayName co "mateo"',
          'manager.displayName eq "Mateo Brandt"',
          `manager.$ref eq "${baseUrl}/Users/${mateo}"`
        ]) {
          assert.deepStrictEqual((yield* users.search(other, query(text))).items, [], text)
        }
      })
    )
  }
)
