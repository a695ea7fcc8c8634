import type { BatchWrites, NumberedEntry, OrganizationState } from "@rollcall/domain/directory/BatchWrites"
import {
  emptyOrganization,
  type MemoryOrganization,
  MemoryStore,
  writeToMemory
} from "@rollcall/domain/directory/MemoryStore"
import type { KeptEvent } from "@rollcall/domain/events/EventPayload"
import type { Group, GroupId } from "@rollcall/domain/group/Group"
import type { GroupType } from "@rollcall/domain/group/GroupType"
import { configurationOf } from "@rollcall/domain/organization/Configuration"
import type { Organization } from "@rollcall/domain/organization/Organization"
import type { User } from "@rollcall/domain/user/User"
import type { UserId } from "@rollcall/domain/user/UserId"
import { Context, Effect, Layer } from "effect"

/** All that an organisation's directory holds, each list in its natural order, as plain JSON values. */
export interface Snapshot {
  readonly state: OrganizationState
  /** By number, the deleted included. */
  readonly users: ReadonlyArray<User>
  /** By number. */
  readonly groups: ReadonlyArray<Group>
  /** The members of each group that has any, ids in order. */
  readonly members: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  /** Those that admins defined, in their order. */
  readonly groupTypes: ReadonlyArray<GroupType>
  /** The admins of each group that has any, ids in order. */
  readonly admins: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  readonly log: ReadonlyArray<NumberedEntry>
  readonly events: ReadonlyArray<KeptEvent>
}

/** What somebody else than SCIM put into a directory. */
export interface Seed {
  readonly users?: ReadonlyArray<User>
  readonly groups?: ReadonlyArray<Group>
  readonly members?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  readonly groupTypes?: ReadonlyArray<GroupType>
  readonly admins?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
}

/** How the contract of the directory looks behind an adapter, and prepares what stands there. */
export class DirectoryProbe extends Context.Service<
  DirectoryProbe,
  {
    /** Stores an organisation with an empty directory, or what is new about it. */
    save(organization: Organization): Effect.Effect<void>
    /** Writes people, groups and memberships past the hand; neither log nor events tell of it. */
    seed(organization: Organization, seed: Seed): Effect.Effect<void>
    read(organization: Organization): Effect.Effect<Snapshot>
  }
>()("@rollcall/domain/test/DirectoryProbe") {
  static readonly layerMemory: Layer.Layer<DirectoryProbe, never, MemoryStore> = Layer.effect(
    DirectoryProbe,
    Effect.map(MemoryStore, (store) => {
      const held = (organization: Organization) =>
        store.get(organization.id) ?? emptyOrganization(organization.settings)
      return DirectoryProbe.of({
        save: (organization) =>
          Effect.sync(() => {
            const known = held(organization)
            known.state = { ...known.state, ...configurationOf(organization) }
            store.set(organization.id, known)
          }),
        seed: (organization, seed) =>
          Effect.sync(() => writeToMemory(held(organization), seedWrites(held(organization).state, seed))),
        read: (organization) => Effect.sync(() => memorySnapshot(held(organization)))
      })
    })
  )
}

/** What the memory adapter holds of an organisation. */
export const memorySnapshot = ({
  admins,
  events,
  groups,
  groupTypes,
  log,
  members,
  state,
  users
}: MemoryOrganization): Snapshot =>
  snapshot({
    state,
    users: [...users.values()],
    groups: [...groups.values()],
    members: [...members].map(([group, ids]) => [group, [...ids]]),
    groupTypes,
    admins: [...admins].map(([group, ids]) => [group, [...ids]]),
    log,
    events
  })

/** Puts what an adapter holds in order, and drops what JSON does not keep. */
export const snapshot = (held: Snapshot): Snapshot =>
  plain({
    state: held.state,
    users: held.users.toSorted((left, right) => left.number - right.number),
    groups: held.groups.toSorted((left, right) => left.number - right.number),
    members: inOrder(held.members),
    groupTypes: held.groupTypes,
    admins: inOrder(held.admins),
    log: held.log.toSorted((left, right) => left.sequence - right.sequence),
    events: held.events.toSorted((left, right) => left.sequence - right.sequence)
  })

const inOrder = (groups: Snapshot["members"]): Snapshot["members"] =>
  groups
    .filter(([, ids]) => ids.length > 0)
    .map(([group, ids]) => [group, ids.toSorted()] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))

/** A value as it comes back from JSON: members that are undefined are gone. */
export const plain = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A

/** What writes a seed, with the counters as they are afterwards. */
export const seedWrites = ({ counters }: OrganizationState, seed: Seed): BatchWrites => {
  const users = seed.users ?? []
  const groups = seed.groups ?? []
  return {
    users: users.map((user) => ({ user, before: undefined, isNew: true })),
    passwords: [],
    groups,
    deletedGroups: [],
    memberships: (seed.members ?? []).map(([group, added]) => ({ group, added, removed: [] })),
    administration:
      seed.groupTypes === undefined && seed.admins === undefined
        ? undefined
        : {
            types: seed.groupTypes,
            deletedTypes: [],
            admins: (seed.admins ?? []).map(([group, added]) => ({ group, added, removed: [] }))
          },
    customAttributes: undefined,
    counters: {
      ...counters,
      userSequence: Math.max(counters.userSequence, ...users.map((user) => user.number)),
      groupSequence: Math.max(counters.groupSequence, ...groups.map((group) => group.number)),
      userCount: counters.userCount + users.filter((user) => user.deletedAt === undefined).length,
      groupCount: counters.groupCount + groups.length
    },
    events: [],
    log: []
  }
}
