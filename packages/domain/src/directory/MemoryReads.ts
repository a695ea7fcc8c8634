import { Effect, Layer } from "effect"
import type { Group } from "../group/Group.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import { compareCodePoints } from "../scim/Comparison.ts"
import { matches } from "../scim/FilterEvaluator.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { compareSortKeys, type SortKey, sortKey } from "../scim/SortKey.ts"
import { groupUrn } from "../scim/schemas/GroupSchema.ts"
import type { User } from "../user/User.ts"
import { type MemoryOrganization, MemoryStore } from "./MemoryStore.ts"
import { groupResource, searchedUser, storedUser } from "./Representation.ts"
import { displayNameOf, resolveManager } from "./ResolvedManager.ts"
import { type Found, Groups, type ResourceQuery, type StoredGroup, type StoredUser, Users } from "./Resources.ts"

/** Reading people in memory, by the evaluator of filters itself. */
export const layerMemoryUsers = (types: ResourceTypes): Layer.Layer<Users, never, MemoryStore> =>
  Layer.effect(
    Users,
    Effect.map(MemoryStore, (store) =>
      Users.of({
        find: (organization, id, withGroups) =>
          Effect.sync(() => {
            const held = store.get(organization)
            const user = held?.users.get(id)
            return held === undefined || user === undefined || user.deletedAt !== undefined
              ? undefined
              : withoutGroups(readUser(held, user), withGroups)
          }),
        search: (organization, query) =>
          Effect.sync(() => {
            const found = search(livingUsers(store, organization), query, (user) =>
              searchedUser(types, query.baseUrl, user)
            )
            return { ...found, items: found.items.map((user) => withoutGroups(user, query.withMembership)) }
          })
      })
    )
  )

/** Reading groups in memory. */
export const layerMemoryGroups: Layer.Layer<Groups, never, MemoryStore> = Layer.effect(
  Groups,
  Effect.map(MemoryStore, (store) =>
    Groups.of({
      find: (organization, id, withMembers) =>
        Effect.sync(() => {
          const held = store.get(organization)
          const group = held?.groups.get(id)
          return held === undefined || group === undefined
            ? undefined
            : withoutMembers(readGroup(held, group), withMembers)
        }),
      search: (organization, query) =>
        Effect.sync(() => {
          const held = store.get(organization)
          const groups = held === undefined ? [] : [...held.groups.values()].map((group) => readGroup(held, group))
          const found = search(groups, query, (group) => ({
            schemas: [groupUrn],
            ...groupResource(query.baseUrl, group)
          }))
          return { ...found, items: found.items.map((group) => withoutMembers(group, query.withMembership)) }
        })
    })
  )
)

const livingUsers = (
  store: ReadonlyMap<OrganizationId, MemoryOrganization>,
  organization: OrganizationId
): ReadonlyArray<StoredUser> => {
  const held = store.get(organization)
  if (held === undefined) return []
  return [...held.users.values()].flatMap((user) => (user.deletedAt === undefined ? readUser(held, user) : []))
}

const readUser = (held: MemoryOrganization, user: User): StoredUser => ({
  ...storedUser(
    user,
    resolveManager(user, (id) => held.users.get(id))
  ),
  groups: [...held.groups.values()]
    .filter((group) => held.members.get(group.id)?.has(user.id))
    .map(({ id, displayName }) => ({ id, displayName }))
    .sort((left, right) => compareCodePoints(left.displayName, right.displayName))
})

const withoutGroups = (user: StoredUser, wanted: boolean): StoredUser =>
  wanted ? user : { ...user, groups: undefined }

const readGroup = (held: MemoryOrganization, group: Group): StoredGroup => ({
  id: group.id,
  number: group.number,
  displayName: group.displayName,
  externalId: group.externalId,
  version: group.version,
  createdAt: group.createdAt,
  lastModifiedAt: group.lastModifiedAt,
  members: [...(held.members.get(group.id) ?? [])]
    .flatMap((id) => held.users.get(id) ?? [])
    .sort((left, right) => left.number - right.number)
    .map(({ id, attributes }) => ({ id, display: displayNameOf(attributes) }))
})

const withoutMembers = (group: StoredGroup, wanted: boolean): StoredGroup =>
  wanted ? group : { ...group, members: undefined }

interface Placed<A> {
  readonly item: A
  readonly key: SortKey
}

/** A page of the resources that match, in the order of their keys and, where these are equal, of their numbers. */
const search = <A extends { readonly number: number }>(
  all: ReadonlyArray<A>,
  { filter, page, sort }: ResourceQuery,
  resourceOf: (item: A) => JsonObject
): Found<A> => {
  const turn = sort?.descending === true ? -1 : 1
  const inOrder = (left: Placed<{ readonly number: number }>, right: Placed<{ readonly number: number }>): number =>
    turn * compareSortKeys(left.key, right.key) || left.item.number - right.item.number
  const found: Array<Placed<A>> = []
  for (const item of all) {
    const resource = resourceOf(item)
    if (filter !== undefined && !matches(filter, resource)) continue
    found.push({ item, key: sort === undefined ? undefined : sortKey(sort.target, resource) })
  }
  found.sort(inOrder)
  if (page._tag === "Index") {
    const items = found.slice(page.startIndex - 1, page.startIndex - 1 + page.count)
    return { totalResults: found.length, items: items.map(({ item }) => item), next: undefined }
  }
  const after = page.after === undefined ? undefined : readPosition(page.after, sort !== undefined)
  const rest = after === undefined ? found : found.filter((placed) => after !== "nowhere" && inOrder(placed, after) > 0)
  const shown = rest.slice(0, page.count)
  const last = shown.at(-1)
  return {
    totalResults: found.length,
    items: shown.map(({ item }) => item),
    next: last === undefined || shown.length === rest.length ? undefined : position(last, sort !== undefined)
  }
}

const position = ({ item, key }: Placed<{ readonly number: number }>, sorted: boolean): string =>
  sorted ? JSON.stringify([key ?? null, item.number]) : String(item.number)

/** Reads what {@link position} wrote; cursors can be forged, and a forged one leads nowhere. */
const readPosition = (text: string, sorted: boolean): Placed<{ readonly number: number }> | "nowhere" => {
  const parsed = parseJson(text)
  const [key, number]: ReadonlyArray<unknown> = !sorted ? [null, parsed] : Array.isArray(parsed) ? parsed : []
  if (typeof number !== "number") return "nowhere"
  if (key === null) return { item: { number }, key: undefined }
  return typeof key === "string" || typeof key === "number" || typeof key === "boolean"
    ? { item: { number }, key }
    : "nowhere"
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
