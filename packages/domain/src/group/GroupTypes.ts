import { Context, Effect, Layer } from "effect"
import { displayedName } from "../directory/KnownPeople.ts"
import { type MemoryOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { compareCodePoints } from "../scim/Comparison.ts"
import type { UserId } from "../user/UserId.ts"
import type { Group, GroupId } from "./Group.ts"
import { defaultGroupType, type GroupType, type GroupTypeId } from "./GroupType.ts"

/** A group type and how many groups are of it. */
export interface CountedGroupType extends GroupType {
  readonly groupCount: number
}

/** Of a group what SCIM does not see. */
export interface AdministeredGroup {
  readonly id: GroupId
  readonly displayName: string
  readonly type: GroupTypeId
  /** In the order of their User IDs; `display` is the displayName or userName. */
  readonly admins: ReadonlyArray<{ readonly id: UserId; readonly display: string }>
}

/**
 * Reading group types and group admins (port). Reads take no lock and see every write that was answered before they began;
 * nothing of another organisation is ever in an answer.
 */
export class GroupTypes extends Context.Service<
  GroupTypes,
  {
    /** All types in their order, the default one first. */
    list(organization: OrganizationId): Effect.Effect<ReadonlyArray<CountedGroupType>, StoreUnavailable>
    /** Those of the groups that there are, in the order in which they were made. */
    administered(
      organization: OrganizationId,
      groups: ReadonlyArray<GroupId>
    ): Effect.Effect<ReadonlyArray<AdministeredGroup>, StoreUnavailable>
    /** The groups that a person is an admin of, by name. */
    adminOf(
      organization: OrganizationId,
      user: UserId
    ): Effect.Effect<ReadonlyArray<{ readonly id: GroupId; readonly displayName: string }>, StoreUnavailable>
  }
>()("@rollcall/domain/group/GroupTypes") {
  static readonly layerMemory: Layer.Layer<GroupTypes, never, MemoryStore> = Layer.effect(
    GroupTypes,
    Effect.map(MemoryStore, (store) => {
      const read = <A>(id: OrganizationId, ofOrganization: (held: MemoryOrganization) => ReadonlyArray<A>) =>
        Effect.sync(() => {
          const held = store.get(id)
          return held === undefined ? [] : ofOrganization(held)
        })
      return GroupTypes.of({
        list: (organization) =>
          Effect.map(
            read(organization, (held) => countTypes(held.groupTypes, [...held.groups.values()])),
            (types) => (types.length === 0 ? [{ ...defaultGroupType, groupCount: 0 }] : types)
          ),
        administered: (organization, ids) =>
          read(organization, (held) =>
            [...new Set(ids)]
              .flatMap((id) => held.groups.get(id) ?? [])
              .sort((left, right) => left.number - right.number)
              .map(({ displayName, id, type }) => ({ id, displayName, type, admins: adminsIn(held, id) }))
          ),
        adminOf: (organization, user) =>
          read(organization, (held) =>
            [...held.admins]
              .flatMap(([id, users]) => (users.has(user) ? (held.groups.get(id) ?? []) : []))
              .map(({ displayName, id }) => ({ id, displayName }))
              .sort((left, right) => compareCodePoints(left.displayName, right.displayName))
          )
      })
    })
  )
}

const countTypes = (types: ReadonlyArray<GroupType>, groups: ReadonlyArray<Group>): ReadonlyArray<CountedGroupType> =>
  [defaultGroupType, ...types].map((type) => ({
    ...type,
    groupCount: groups.filter((group) => group.type === type.id).length
  }))

const adminsIn = (held: MemoryOrganization, group: GroupId): AdministeredGroup["admins"] =>
  [...(held.admins.get(group) ?? [])]
    .flatMap((id) => held.users.get(id) ?? [])
    .sort((left, right) => left.number - right.number)
    .map((user) => ({ id: user.id, display: displayedName(user) }))
