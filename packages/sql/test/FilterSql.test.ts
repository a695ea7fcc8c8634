import { assert } from "@effect/vitest"
import { Groups, type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import type { AttributeTable } from "@rollcall/domain/scim/AttributeTable"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { printFilter } from "@rollcall/domain/scim/FilterPrinter"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { compareSortKeys, resolveSort, type SortTarget, sortKey } from "@rollcall/domain/scim/SortKey"
import { Arbitrary, Effect, Layer, Result } from "effect"
import { type FilterSample, filterSampleOver } from "../../domain/test/scim/FilterArbitrary.ts"
import { groupResource, userResource } from "../../domain/test/scim/ResourceArbitrary.ts"
import { attributeNames } from "../../domain/test/scim/SampleResource.ts"
import { pick } from "../../domain/test/scim/Vocabulary.ts"
import * as GroupStore from "../src/GroupStore.ts"
import * as UserStore from "../src/UserStore.ts"
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

const pair = Arbitrary.map(
  Arbitrary.all({ group: pick([0, 1, 2, 3, 4]), user: pick([0, 1, 2, 3, 4, 5, 6, 7]) }),
  ({ group, user }) => [group, user] as const
)

/** Managers who are followed as a rule, among them people who have left, and ones who are not. */
const manager = Arbitrary.map(
  Arbitrary.all({
    user: pick([0, 1, 2, 3, 4, 5, 6, 7]),
    manager: pick([0, 1, 2, 3, 4, 5, 6, 7]),
    state: pick(["followed", "followed", "followed", "reviewWindow", "switchedOff"] as const)
  }),
  ({ manager, state, user }) => ({ user, manager, pending: state === "followed" ? undefined : state })
)

const directories = Arbitrary.map(
  Arbitrary.all({
    users: Arbitrary.array(userResource, { minLength: 1, maxLength: 8 }),
    groups: Arbitrary.array(groupResource, { maxLength: 5 }),
    links: Arbitrary.array(pair, { maxLength: 12 }),
    managers: Arbitrary.array(manager, { maxLength: 12 })
  }),
  ({ groups, links, managers, users }) => sampleDirectory(users, groups, links, true, managers)
)

interface Sorting {
  readonly target: SortTarget
  readonly descending: boolean
}

/** Everything that a list can be sorted by. */
const sortsOver = (table: AttributeTable): Arbitrary.Arbitrary<Sorting> => {
  const names = [...attributeNames(table), ...(table === resourceTypes.user ? ["custom_level", "custom_team"] : [])]
  const targets = names.flatMap((name) => {
    const resolved = resolveSort(table, name)
    return Result.isSuccess(resolved) ? [resolved.success] : []
  })
  return Arbitrary.all({ target: pick(targets), descending: pick([false, true]) })
}

const cases = (table: AttributeTable, filtered = table) =>
  Arbitrary.array(Arbitrary.all({ filter: filterSampleOver(filtered), sort: sortsOver(table) }), {
    minLength: 6,
    maxLength: 12
  })

/** A table in which only managers are asked for. */
const managersAlone: AttributeTable = {
  ...resourceTypes.user,
  all: resourceTypes.user.all.filter(({ attribute }) => attribute.name === "manager")
}

interface Item {
  readonly id: string
  readonly number: number
}

/** The ids that the evaluator finds, in the order that it gives them. */
const expected = (
  items: ReadonlyArray<readonly [Item, JsonObject]>,
  filter: FilterSample | undefined,
  sort: Sorting | undefined
): ReadonlyArray<string> =>
  items
    .filter(([, resource]) => filter === undefined || matches(filter.typed, resource))
    .sort(([a, left], [b, right]) => {
      if (sort === undefined) return a.number - b.number
      const order = compareSortKeys(sortKey(sort.target, left), sortKey(sort.target, right))
      return (sort.descending ? -order : order) || a.number - b.number
    })
    .map(([item]) => item.id)

const query = (filter: FilterSample | undefined, sort: Sorting | undefined, count: number) => ({
  filter: filter?.typed,
  sort,
  page: { _tag: "Index", startIndex: 1, count } as const,
  withMembership: false,
  baseUrl
})

interface Store {
  readonly search: (
    query: ResourceQuery
  ) => Effect.Effect<
    { readonly totalResults: number; readonly items: ReadonlyArray<Item>; readonly next: string | undefined },
    unknown
  >
}

/** Walks the pages of a cursor to their end. */
const walk = Effect.fnUntraced(function* (store: Store, filter: FilterSample, sort: Sorting | undefined) {
  const seen: Array<string> = []
  let after: string | undefined
  do {
    const found = yield* store.search({ ...query(filter, sort, 2), page: { _tag: "Cursor", after, count: 2 } })
    seen.push(...found.items.map((item) => item.id))
    after = found.next
  } while (after !== undefined)
  return seen
})

const compareCases = Effect.fnUntraced(function* (
  store: Store,
  items: ReadonlyArray<readonly [Item, JsonObject]>,
  samples: ReadonlyArray<{ readonly filter: FilterSample; readonly sort: Sorting }>
) {
  for (const { filter, sort } of samples) {
    const text = printFilter(filter.source)
    const found = yield* store.search(query(filter, undefined, 100))
    const ids = expected(items, filter, undefined)
    assert.deepStrictEqual(
      found.items.map((item) => item.id),
      ids,
      text
    )
    assert.strictEqual(found.totalResults, ids.length, text)
    const name = `${sort.target.attribute.name}.${sort.target.sub?.name} ${sort.descending}`
    const all = yield* store.search(query(undefined, sort, 100))
    assert.deepStrictEqual(
      all.items.map((item) => item.id),
      expected(items, undefined, sort),
      name
    )
    assert.deepStrictEqual(yield* walk(store, filter, sort), expected(items, filter, sort), `${text} by ${name}`)
    assert.deepStrictEqual(yield* walk(store, filter, undefined), ids, text)
  }
})

onBothDatabases(
  "filters and sorting in SQL agree with the domain's evaluator",
  (database) => Layer.mergeAll(UserStore.layer(resourceTypes), GroupStore.layer).pipe(Layer.provideMerge(database)),
  (it) => {
    const runs = { arbitrary: { runs: 20 } }

    it.effect.prop(
      "for people: every attribute, operator and value path, sorted by anything, by page and by cursor (R-SCIM-2, R-SCIM-3)",
      [directories, cases(resourceTypes.user)],
      ([directory, samples]) =>
        Effect.gen(function* () {
          const users = yield* Users
          const organization = yield* insertDirectory(directory)
          const items = storedUsers(directory).map((user) => [user, seenUser(user)] as const)
          yield* compareCases({ search: (query) => users.search(organization, query) }, items, samples)
        }),
      runs
    )

    it.effect.prop(
      "for managers, by what was sent and by whom it was resolved to (R-MGR-1)",
      [directories, cases(resourceTypes.user, managersAlone)],
      ([directory, samples]) =>
        Effect.gen(function* () {
          const users = yield* Users
          const organization = yield* insertDirectory(directory)
          const items = storedUsers(directory).map((user) => [user, seenUser(user)] as const)
          yield* compareCases({ search: (query) => users.search(organization, query) }, items, samples)
        }),
      runs
    )

    it.effect.prop(
      "and so for groups",
      [directories, cases(resourceTypes.group)],
      ([directory, samples]) =>
        Effect.gen(function* () {
          const groups = yield* Groups
          const organization = yield* insertDirectory(directory)
          const items = storedGroups(directory).map((group) => [group, seenGroup(group)] as const)
          yield* compareCases({ search: (query) => groups.search(organization, query) }, items, samples)
        }),
      runs
    )
  }
)
