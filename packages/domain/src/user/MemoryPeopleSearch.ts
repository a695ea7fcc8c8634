import { Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import { compareCodePoints } from "../scim/Comparison.ts"
import { PeopleSearch, rankHits, type SearchHit, type SearchKeys, searchKeys } from "./PeopleSearch.ts"
import type { User } from "./User.ts"
import type { UserId } from "./UserId.ts"

const kinds: ReadonlyArray<(keys: SearchKeys) => ReadonlyArray<string | undefined>> = [
  ({ userName }) => [userName],
  ({ emails }) => emails,
  ({ employeeNumber }) => [employeeNumber],
  ({ displayName }) => [displayName],
  ({ name }) => [name],
  ({ reverseName }) => [reverseName]
]

/** The people among these whom a search comes to: what every adapter has to answer. */
export const searchAmong = (
  users: ReadonlyArray<Pick<User, "attributes" | "deletedAt" | "id">>,
  key: string,
  limit: number
): ReadonlyArray<UserId> => {
  const people = users
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map(({ attributes, id }) => ({ id, keys: searchKeys(attributes) }))
  const hits = kinds.flatMap((kind) =>
    people
      .flatMap(({ id, keys }) =>
        kind(keys).flatMap(
          (held): ReadonlyArray<SearchHit> => (held?.startsWith(key) === true ? [{ id, key: held }] : [])
        )
      )
      .toSorted((left, right) => compareCodePoints(left.key, right.key))
      .slice(0, limit)
  )
  return rankHits(hits, limit)
}

/** The reference implementation of {@link PeopleSearch}. */
export const layerMemoryPeopleSearch: Layer.Layer<PeopleSearch, never, MemoryStore> = Layer.effect(
  PeopleSearch,
  Effect.map(MemoryStore, (store) =>
    PeopleSearch.of({
      find: (organization, key, limit) =>
        Effect.sync(() => searchAmong([...(store.get(organization)?.users.values() ?? [])], key, limit))
    })
  )
)
