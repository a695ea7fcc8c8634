import { assert } from "@effect/vitest"
import { GroupId } from "@rollcall/domain/group/Group"
import { GroupMembers } from "@rollcall/domain/group/GroupMembers"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { searchAmong } from "@rollcall/domain/user/MemoryPeopleSearch"
import { PeopleSearch, searchKey } from "@rollcall/domain/user/PeopleSearch"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { layer as groupMemberStore } from "../src/GroupMemberStore.ts"
import { layer as peopleSearchStore } from "../src/PeopleSearchStore.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import { insertDirectory, sampleDirectory } from "./SampleDirectory.ts"

const givenNames = ["Anna", "anna", "Ánna", " Ann", "Ａｎｎａ", "An'na", "%", "a_b", "😀", "İlkay", "", "Anna\\"]
const familyNames = ["Berg", "Bergström", "van der Berg", "ß", "Ŝ", "ann", "Ünal", "", "x".repeat(511), "Σίσυφος", "o%"]

const turn = (names: ReadonlyArray<string>, i: number): string => names[i % names.length] ?? ""

/** Every third is deleted; two names of 512 characters, four bytes each, are one key. */
const people: ReadonlyArray<JsonObject> = [
  ...Array.from({ length: 60 }, (_, i) => ({
    userName: `${["ann", "BO", "cy"][i % 3]}${i}@halden.example`,
    ...(i % 4 === 0 ? { displayName: `Team ${givenNames[i % 5]}` } : {}),
    name: { givenName: turn(givenNames, i), familyName: turn(familyNames, i * 7) },
    ...(i % 2 === 0 ? { emails: [{ value: `ann.${i}@work.example` }, { value: `z${i}@home.example` }] } : {}),
    [enterpriseUserUrn]: { employeeNumber: `E${i % 10}` }
  })),
  { userName: "long", name: { givenName: "😀".repeat(512), familyName: "😀".repeat(512) } }
]
const directory = sampleDirectory(
  people,
  [{ displayName: "All" }, { displayName: "None" }],
  people.map((_, i) => [0, i] as const),
  true
)

const typed = [
  ..."abcteoxz%_ß😀Ü",
  ...givenNames,
  ...familyNames,
  "anna b",
  "anna van",
  "van der berg anna",
  "berg, a",
  "team",
  "e1",
  "E",
  "ann.",
  "ANN.1",
  "z1",
  "ann0@halden.example",
  "\u{10FFFF}",
  "nobody",
  "😀".repeat(200)
]

onBothDatabases(
  "searching people and paging members",
  (database) => Layer.mergeAll(peopleSearchStore, groupMemberStore).pipe(Layer.provideMerge(database)),
  (it) => {
    it.effect("whatever is typed, the people are those that the domain finds, in its order", () =>
      Effect.gen(function* () {
        const search = yield* PeopleSearch
        const organization = yield* insertDirectory(directory)
        const other = yield* insertDirectory(sampleDirectory([], [], [], false))
        let hits = 0
        for (const text of typed) {
          const key = searchKey(text)
          if (key === undefined) continue
          const wanted = searchAmong(directory.users, key, 200)
          hits += wanted.length
          assert.deepStrictEqual(yield* search.find(organization, key, 200), wanted, text)
          assert.deepStrictEqual(yield* search.find(other, key, 200), [], text)
        }
        assert.isAbove(hits, 200)
      })
    )

    it.effect("a page of the best is what all of them begin with", () =>
      Effect.gen(function* () {
        const search = yield* PeopleSearch
        const organization = yield* insertDirectory(directory)
        // No two have the same key here, so which of them come first is no matter of chance.
        for (const text of ["ann", "z", "bo"]) {
          const all = yield* search.find(organization, text, 200)
          assert.isAbove(all.length, 5)
          assert.deepStrictEqual(yield* search.find(organization, text, 5), searchAmong(directory.users, text, 5), text)
        }
      })
    )

    it.effect("members come in the order of their ids, each on one page, and are counted", () =>
      Effect.gen(function* () {
        const members = yield* GroupMembers
        const organization = yield* insertDirectory(directory)
        const [group, empty] = directory.groups.map(({ id }) => id)
        const living = directory.users.flatMap(({ deletedAt, id }) => (deletedAt === undefined ? id : [])).toSorted()
        const page = (of: OrganizationId, id: GroupId | undefined, after: UserId | undefined, limit: number) =>
          members.page(of, id ?? GroupId.make(""), after, limit)
        const seen: Array<UserId> = []
        for (;;) {
          const found = yield* page(organization, group, seen.at(-1), 7)
          if (found.length === 0) break
          seen.push(...found)
        }
        assert.deepStrictEqual(seen, living)
        assert.strictEqual(yield* members.count(organization, group ?? GroupId.make("")), living.length)
        assert.deepStrictEqual(yield* page(organization, empty, undefined, 7), [])
        const other = yield* insertDirectory(sampleDirectory([], [], [], false))
        for (const id of [group, GroupId.make("no id")])
          assert.deepStrictEqual(yield* page(other, id, undefined, 7), [])
        assert.deepStrictEqual(yield* page(organization, group, UserId.make("forged"), 7), [])
        assert.strictEqual(yield* members.count(other, GroupId.make("no id")), 0)
      })
    )
  }
)
