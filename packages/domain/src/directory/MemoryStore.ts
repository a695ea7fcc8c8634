import { Clock, Context, Effect, Layer } from "effect"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { type Group, type GroupId, groupNameKey } from "../group/Group.ts"
import type { LogEntry } from "../log/LogEntry.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { User, UserId } from "../user/User.ts"
import { userKeys } from "../user/UserKeys.ts"
import { type Answer, Batch, type BatchWrites, type DecidedBatch, type OrganizationState } from "./Batch.ts"
import type { Request } from "./Command.ts"
import { Directory } from "./Directory.ts"
import { makeHand } from "./Hand.ts"
import type { Loaded, NeedsUnion } from "./Needs.ts"

/** An organisation's directory as the memory adapter holds it. */
export interface MemoryOrganization {
  state: OrganizationState
  readonly users: Map<UserId, User>
  readonly groups: Map<GroupId, Group>
  readonly members: Map<GroupId, Set<UserId>>
  readonly log: Array<{ readonly sequence: number; readonly entry: LogEntry }>
  readonly events: Array<{ readonly sequence: number; readonly event: DomainEvent }>
}

/** Whose directories live in memory: what the memory adapters of the ports share. */
export class MemoryStore extends Context.Service<MemoryStore, Map<OrganizationId, MemoryOrganization>>()(
  "@rollcall/domain/directory/MemoryStore"
) {
  static readonly layer = Layer.sync(MemoryStore, () => new Map())
}

/** An empty directory with these settings. */
export const emptyOrganization = (settings: OrganizationState["settings"]): MemoryOrganization => ({
  state: {
    settings,
    customAttributes: [],
    counters: { eventSequence: 0, logSequence: 0, userSequence: 0, groupSequence: 0, userCount: 0, groupCount: 0 }
  },
  users: new Map(),
  groups: new Map(),
  members: new Map(),
  log: [],
  events: []
})

/** The reference implementation of {@link Directory}: in memory, on any runtime. */
export const layerMemoryDirectory = (resourceTypes: ResourceTypes): Layer.Layer<Directory, never, MemoryStore> =>
  Layer.effect(
    Directory,
    Effect.gen(function* () {
      const store = yield* MemoryStore
      return yield* makeHand((id, requests) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const organization = store.get(id)
          if (organization === undefined) throw new Error(`No organisation ${id}`)
          return runMemoryBatch(organization, requests, resourceTypes, now)
        })
      )
    })
  )

/** Carries out one batch of an organisation's requests at once; where a rule throws, nothing is changed. */
export const runMemoryBatch = (
  organization: MemoryOrganization,
  requests: ReadonlyArray<Request>,
  resourceTypes: ResourceTypes,
  now: number
): ReadonlyArray<Answer> => {
  const { answers, writes } = decideInMemory(organization, requests, resourceTypes, now)
  writeToMemory(organization, writes)
  return answers
}

/** Decides one batch on what stands in memory, and changes nothing. */
export const decideInMemory = (
  organization: MemoryOrganization,
  requests: ReadonlyArray<Request>,
  resourceTypes: ResourceTypes,
  now: number
): DecidedBatch => {
  const batch = new Batch(requests, organization.state, resourceTypes, now)
  for (let needs = batch.needs(); needs !== undefined; needs = batch.needs()) {
    batch.load(needs, find(organization, needs))
  }
  for (;;) {
    const decided = batch.decideAll()
    if ("writes" in decided) return decided
    batch.load(decided, find(organization, decided))
  }
}

const find = (organization: MemoryOrganization, needs: NeedsUnion): Loaded => {
  const groupsOf = [...needs.groupsOf].map(
    (user) => [user, [...organization.members].flatMap(([group, ids]) => (ids.has(user) ? [group] : []))] as const
  )
  const wanted = new Set(groupsOf.flatMap(([, ids]) => ids))
  return {
    users: [...organization.users.values()].filter((user) => {
      const keys = userKeys(user.attributes)
      return (
        needs.users.has(user.id) ||
        (user.deletedAt === undefined && needs.userNames.has(keys.userName)) ||
        (keys.email !== undefined && needs.emails.has(keys.email))
      )
    }),
    people: [...needs.people].filter((id) => {
      const user = organization.users.get(id)
      return user !== undefined && user.deletedAt === undefined
    }),
    groups: [...organization.groups.values()].filter(
      (group) =>
        needs.groups.has(group.id) ||
        wanted.has(group.id) ||
        needs.groupNames.has(group.displayName) ||
        needs.groupNameKeys.has(groupNameKey(group.displayName))
    ),
    memberships: [...needs.memberships].flatMap(([group, users]) =>
      [...users].filter((user) => organization.members.get(group)?.has(user)).map((user) => [group, user] as const)
    ),
    members: [...needs.members].map((group) => [group, [...(organization.members.get(group) ?? [])]] as const),
    groupsOf
  }
}

/** Writes what a batch decided. */
export const writeToMemory = (organization: MemoryOrganization, writes: BatchWrites): void => {
  for (const { user } of writes.users) organization.users.set(user.id, user)
  for (const group of writes.groups) organization.groups.set(group.id, group)
  for (const id of writes.deletedGroups) {
    organization.groups.delete(id)
    organization.members.delete(id)
  }
  for (const delta of writes.memberships) {
    const members = organization.members.get(delta.group) ?? new Set()
    organization.members.set(delta.group, members)
    for (const id of delta.added) members.add(id)
    for (const id of delta.removed) members.delete(id)
  }
  organization.log.push(...writes.log)
  organization.events.push(...writes.events)
  organization.state = {
    ...organization.state,
    counters: writes.counters,
    customAttributes: writes.customAttributes ?? organization.state.customAttributes
  }
}
