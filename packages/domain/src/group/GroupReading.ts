import { Context, Effect, Layer, Result } from "effect"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { type ListPage, type ListQuery, nextOf, readListQuery } from "../directory/ListQuery.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { Groups } from "../directory/Resources.ts"
import { orRefuse, type ProvisioningError, refuse } from "../directory/Submission.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { decodeCursor, encodeCursor } from "../scim/Cursor.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { PeopleReading } from "../user/PeopleReading.ts"
import type { PersonSummary } from "../user/PersonSummary.ts"
import { parseUuid, UserId } from "../user/UserId.ts"
import { groupNotFound } from "./decideGroup.ts"
import { type Group, GroupId } from "./Group.ts"
import { GroupMembers } from "./GroupMembers.ts"
import { defaultGroupType, type GroupType } from "./GroupType.ts"
import { type AdministeredGroup, GroupTypes } from "./GroupTypes.ts"

/** A group with what SCIM does not see of it. */
export interface GroupSummary {
  readonly group: Group
  readonly type: Pick<GroupType, "id" | "name">
  readonly admins: AdministeredGroup["admins"]
}

/** Reading groups as the console and the product next door do (R-API-1); members come a page at a time. */
export class GroupReading extends Context.Service<
  GroupReading,
  {
    list(caller: Caller, query: ListQuery): Effect.Effect<ListPage<GroupSummary>, ProvisioningError>
    /** The groups of these ids that are there, in this order. */
    summaries(
      organization: OrganizationId,
      ids: ReadonlyArray<GroupId>
    ): Effect.Effect<ReadonlyArray<GroupSummary>, StoreUnavailable>
    show(caller: Caller, id: string): Effect.Effect<GroupSummary & { readonly memberCount: number }, ProvisioningError>
    /** In the order of their SCIM IDs. */
    members(
      caller: Caller,
      id: string,
      page: Pick<ListQuery, "after" | "limit">
    ): Effect.Effect<ListPage<PersonSummary>, ProvisioningError>
  }
>()("@rollcall/domain/group/GroupReading") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<GroupReading, never, Directory | GroupMembers | Groups | GroupTypes | PeopleLookup | PeopleReading> =>
    Layer.effect(
      GroupReading,
      Effect.gen(function* () {
        const directory = yield* Directory
        const groupMembers = yield* GroupMembers
        const groups = yield* Groups
        const groupTypes = yield* GroupTypes
        const lookup = yield* PeopleLookup
        const people = yield* PeopleReading

        const summaries = Effect.fnUntraced(function* (organization: OrganizationId, ids: ReadonlyArray<GroupId>) {
          if (ids.length === 0) return []
          const needs = new NeedsUnion()
          needs.add({ groups: ids, groupTypes: true })
          const loaded = yield* lookup.find(organization, needs)
          const administered = yield* groupTypes.administered(organization, ids)
          const byId = new Map((loaded.groups ?? []).map((group) => [group.id, group] as const))
          const adminsOf = new Map(administered.map(({ admins, id }) => [id, admins] as const))
          return ids.flatMap((id) => {
            const group = byId.get(id)
            if (group === undefined) return []
            const type = (loaded.groupTypes ?? []).find((one) => one.id === group.type) ?? defaultGroupType
            return { group, type: { id: type.id, name: type.name }, admins: adminsOf.get(id) ?? [] }
          })
        })

        const list = Effect.fn("GroupReading.list")(function* (caller: Caller, query: ListQuery) {
          const read = yield* orRefuse(directory, caller, readListQuery(types.group, query, caller.baseUrl))
          const found = yield* groups.search(caller.organization.id, read)
          const items = yield* summaries(
            caller.organization.id,
            found.items.map(({ id }) => id)
          )
          return { items, next: nextOf(types.group, query, found) }
        })

        const find = Effect.fnUntraced(function* (caller: Caller, id: string) {
          const uuid = parseUuid(id)
          const [found] = uuid === undefined ? [] : yield* summaries(caller.organization.id, [GroupId.make(uuid)])
          return found === undefined ? yield* refuse(directory, caller, groupNotFound(id)) : found
        })

        const show = Effect.fn("GroupReading.show")(function* (caller: Caller, id: string) {
          const found = yield* find(caller, id)
          return { ...found, memberCount: yield* groupMembers.count(caller.organization.id, found.group.id) }
        })

        const members = Effect.fn("GroupReading.members")(function* (
          caller: Caller,
          id: string,
          { after, limit }: Pick<ListQuery, "after" | "limit">
        ) {
          const organization = caller.organization.id
          const { group } = yield* find(caller, id)
          const scope = {
            endpoint: `api/groups/${group.id}/members`,
            filter: undefined,
            sortBy: undefined,
            sortOrder: "ascending"
          } as const
          const position = yield* orRefuse(
            directory,
            caller,
            after === undefined ? Result.succeed(undefined) : decodeCursor(scope, after)
          )
          const from = position === undefined ? undefined : UserId.make(position)
          // One more than is shown tells whether there is a next page.
          const ids = yield* groupMembers.page(organization, group.id, from, limit + 1)
          const shown = ids.slice(0, limit)
          const last = shown.at(-1)
          return {
            items: yield* people.summaries(organization, shown),
            next: last === undefined || ids.length === shown.length ? null : encodeCursor(scope, last)
          }
        })

        return GroupReading.of({ list, summaries, show, members })
      })
    )
}
