import { assert } from "@effect/vitest"
import { Groups, type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import type { AttributeTable } from "@rollcall/domain/scim/AttributeTable"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { maxFilterDepth, maxFilterTerms, parseFilter } from "@rollcall/domain/scim/FilterParser"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Effect, Layer, Result } from "effect"
import { layer as groupStore } from "../src/GroupStore.ts"
import { layer as userStore } from "../src/UserStore.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import {
  baseUrl,
  insertDirectory,
  resourceTypes,
  sampleDirectory,
  seenGroup,
  seenUser,
  storedGroups,
  storedUsers
} from "./SampleDirectory.ts"

const directory = sampleDirectory(
  Array.from({ length: 6 }, (_, i) => ({
    userName: `name${i}`,
    title: `title ${i}`,
    emails: [{ value: `name${i}@halden.example`, type: "work" }]
  })),
  [{ displayName: "Robotics" }, { displayName: "Empty" }],
  [
    [0, 0],
    [0, 1]
  ],
  false
)

const many = (count: number, connective: "and" | "or", term: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => term(i)).join(` ${connective} `)

const nested = (open: (i: number) => string, core: string): string =>
  Array.from({ length: maxFilterDepth - 1 }, (_, i) => open(i)).join("") + core + ")".repeat(maxFilterDepth - 1)

const uuid = (i: number): string => `5a1f0c7e-0b7d-4f0e-8a55-${String(i).padStart(12, "0")}`

const userFilters: Readonly<Record<string, string>> = {
  "a thousand names": many(maxFilterTerms, "or", (i) => `userName eq "name${i * 3}"`),
  "a thousand conditions": many(maxFilterTerms, "and", (i) => `not (title co "title ${i + 3}")`),
  "a thousand terms on every kind of place": many(maxFilterTerms / 10, "or", (i) =>
    [
      `title ew "x${i}"`,
      `emails.value eq "name${i}@x"`,
      `emails.type sw "w${i}"`,
      `name.givenName gt "zz${i}"`,
      `groups.display eq "g${i}"`,
      `groups eq "${uuid(i)}"`,
      `schemas eq "s${i}"`,
      `meta.version eq "${i}"`,
      `custom_level eq ${i + 100}`,
      `employeeNumber eq "${i}"`
    ].join(" or ")
  ),
  // A value path is a term besides those inside of it.
  "hundreds of value paths": many(
    Math.floor(maxFilterTerms / 3),
    "or",
    (i) => `emails[type eq "work" and value ew "${i}@x"]`
  ),
  "one value path of a thousand terms": `emails[${many(maxFilterTerms - 1, "or", (i) => `value sw "name${i + 4}"`)}]`,
  "parentheses of the greatest depth": nested((i) => `(title pr ${i % 2 === 0 ? "and" : "or"} `, "active pr"),
  "negations of the greatest depth": nested(() => "not (", 'title co "3"')
}

const groupFilters: Readonly<Record<string, string>> = {
  "a thousand members": `${many(maxFilterTerms - 1, "or", (i) => `members eq "${uuid(i)}"`)} or members eq "${directory.users[1]?.id}"`,
  "hundreds of names of members": many(maxFilterTerms / 2, "or", (i) => `members[display eq "name${i + 1}"]`)
}

const typed = (table: AttributeTable, text: string) =>
  Result.getOrThrow(typeFilter(table, Result.getOrThrow(parseFilter(text))))

onBothDatabases(
  "the largest filters that the parser accepts",
  (database) => Layer.mergeAll(userStore(resourceTypes), groupStore).pipe(Layer.provideMerge(database)),
  (it) => {
    const query = (filter: ResourceQuery["filter"]): ResourceQuery => ({
      filter,
      sort: undefined,
      page: { _tag: "Index", startIndex: 1, count: 100 },
      withMembership: false,
      baseUrl
    })

    for (const [name, text] of Object.entries(userFilters)) {
      it.effect(`are taken by the database (R-SCIM-2, ABUSE-27): ${name}`, () =>
        Effect.gen(function* () {
          const users = yield* Users
          const organization = yield* insertDirectory(directory)
          const filter = typed(resourceTypes.user, text)
          const found = yield* users.search(organization, query(filter))
          assert.deepStrictEqual(
            found.items.map((user) => user.id),
            storedUsers(directory).flatMap((user) => (matches(filter, seenUser(user)) ? [user.id] : []))
          )
        })
      )
    }

    for (const [name, text] of Object.entries(groupFilters)) {
      it.effect(`are taken by the database (R-SCIM-2, ABUSE-27): ${name}`, () =>
        Effect.gen(function* () {
          const groups = yield* Groups
          const organization = yield* insertDirectory(directory)
          const filter = typed(resourceTypes.group, text)
          const found = yield* groups.search(organization, query(filter))
          assert.deepStrictEqual(
            found.items.map((group) => group.id),
            storedGroups(directory).flatMap((group) => (matches(filter, seenGroup(group)) ? [group.id] : []))
          )
          assert.strictEqual(found.items.length, 1)
        })
      )
    }
  }
)
