import { Context, Effect, Layer } from "effect"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { type ListPage, type ListQuery, nextOf, readListQuery } from "../directory/ListQuery.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { type StoredUser, Users } from "../directory/Resources.ts"
import { orRefuse, type ProvisioningError, refuse } from "../directory/Submission.ts"
import { GroupTypes } from "../group/GroupTypes.ts"
import { caseCode } from "../log/CaseCode.ts"
import { type LoggedEntry, ProvisioningLog } from "../log/ProvisioningLog.ts"
import { type Told, tellStory } from "../log/Story.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { badRequest } from "../scim/ScimError.ts"
import { findPerson } from "./findPerson.ts"
import type { MatchingRule } from "./MatchingRule.ts"
import { PeopleSearch, searchKey } from "./PeopleSearch.ts"
import { explainPerson, type PersonReport } from "./PersonReport.ts"
import { type PersonSummary, personSummary } from "./PersonSummary.ts"
import type { User } from "./User.ts"
import { UserId } from "./UserId.ts"
import { UserMatching } from "./UserMatching.ts"

/** `search` finds people by what somebody is typing; it stands alone, and its one page is the best that there are. */
export interface PeopleQuery extends ListQuery {
  readonly search?: string | undefined
}

/** All that the directory knows of a person. */
export interface PersonPage extends Omit<PersonReport, "manager" | "state"> {
  readonly summary: PersonSummary
  /** The SCIM attributes as they were sent, extension objects under their URN. */
  readonly attributes: JsonObject
  /** By which rule the reference named the person, and the first later one by which it would have named somebody else. */
  readonly matchedBy: MatchingRule
  readonly alsoMatchedBy: MatchingRule | null
  readonly manager: {
    /** The reference that led to the manager, and the rule by which it did. */
    readonly reference: string | null
    readonly matchedBy: MatchingRule | null
    /** The reference that was sent last and is not followed; `summary.managerStatus` is why. */
    readonly notFollowed: string | null
    readonly explanation: ReadonlyArray<string>
  }
  readonly groups: NonNullable<StoredUser["groups"]>
  readonly adminOf: NonNullable<StoredUser["groups"]>
  /** What happened to the person, the latest first. */
  readonly story: ReadonlyArray<Told>
}

/** So many of the latest entries a person's page tells. */
export const toldEntries = 20

/** Reading people as the console and the product next door do (R-API-1); a refusal is in the log already. */
export class PeopleReading extends Context.Service<
  PeopleReading,
  {
    list(caller: Caller, query: PeopleQuery): Effect.Effect<ListPage<PersonSummary>, ProvisioningError>
    /** The people of these ids who are there, in this order. */
    summaries(
      organization: OrganizationId,
      ids: ReadonlyArray<UserId>
    ): Effect.Effect<ReadonlyArray<PersonSummary>, StoreUnavailable>
    /** A person by any reference (R-MATCH). */
    show(caller: Caller, reference: string): Effect.Effect<PersonPage, ProvisioningError>
  }
>()("@rollcall/domain/user/PeopleReading") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<
    PeopleReading,
    never,
    Directory | GroupTypes | PeopleLookup | PeopleSearch | ProvisioningLog | UserMatching | Users
  > =>
    Layer.effect(
      PeopleReading,
      Effect.gen(function* () {
        const directory = yield* Directory
        const groupTypes = yield* GroupTypes
        const lookup = yield* PeopleLookup
        const peopleSearch = yield* PeopleSearch
        const log = yield* ProvisioningLog
        const matching = yield* UserMatching
        const users = yield* Users

        /** People by their ids, and what those and their managers are called; all by one look. */
        const load = Effect.fnUntraced(function* (organization: OrganizationId, ids: ReadonlyArray<UserId>) {
          const needs = new NeedsUnion()
          needs.add({ users: ids })
          const loaded = needs.isEmpty ? {} : yield* lookup.find(organization, needs)
          const people = new Map((loaded.users ?? []).map((user) => [user.id, user] as const))
          return { people, managerNames: new Map(loaded.managerNames ?? []) }
        })

        const summaries = Effect.fnUntraced(function* (organization: OrganizationId, ids: ReadonlyArray<UserId>) {
          const { managerNames, people } = yield* load(organization, ids)
          return ids.flatMap((id) => {
            const user = people.get(id)
            return user === undefined || user.deletedAt !== undefined
              ? []
              : personSummary(types.extensionUrn, user, nameIn(managerNames, user))
          })
        })

        const list = Effect.fn("PeopleReading.list")(function* (caller: Caller, query: PeopleQuery) {
          const { id } = caller.organization
          const { search, ...rest } = query
          if (search !== undefined) {
            if (rest.filter !== undefined || rest.sortBy !== undefined || rest.after !== undefined) {
              return yield* refuse(directory, caller, searchAlone)
            }
            const key = searchKey(search)
            const found = key === undefined ? [] : yield* peopleSearch.find(id, key, query.limit)
            return { items: yield* summaries(id, found), next: null }
          }
          const read = yield* orRefuse(directory, caller, readListQuery(types.user, rest, caller.baseUrl))
          const found = yield* users.search(id, read)
          const items = yield* summaries(
            id,
            found.items.map((user) => user.id)
          )
          return { items, next: nextOf(types.user, rest, found) }
        })

        /** The names of everybody whom entries of the log tell of. */
        const namesIn = Effect.fnUntraced(function* (
          organization: OrganizationId,
          entries: ReadonlyArray<LoggedEntry>
        ) {
          const { people } = yield* load(organization, [...new Set(entries.flatMap(peopleOf))])
          return new Map(
            [...people.values()].map((user) => [user.id, personSummary(types.extensionUrn, user, undefined).name])
          )
        })

        const show = Effect.fn("PeopleReading.show")(function* (caller: Caller, reference: string) {
          const { organization } = caller
          const { alsoBy, rule, user } = yield* findPerson(matching, directory, caller, reference)
          const [stored, adminOf, { entries }] = yield* Effect.all(
            [
              users.find(organization.id, user.id, true),
              groupTypes.adminOf(organization.id, user.id),
              log.search(organization.id, { subject: user.id, limit: toldEntries })
            ],
            { concurrency: "unbounded" }
          )
          const { managerNames } = yield* load(organization.id, user.manager.id === undefined ? [] : [user.id])
          const names = yield* namesIn(organization.id, entries)
          const managerName = nameIn(managerNames, user)
          const { timeZone } = organization
          const nameOf = (id: string) =>
            (id === user.manager.id ? managerName : undefined) ?? names.get(UserId.make(id))
          const [latest] = entries
          const { manager, standing, fields, lastCall } = explainPerson(user, {
            extensionUrn: types.extensionUrn,
            settings: organization.settings,
            timeZone,
            nameOf,
            lastCall: latest && { caseCode: caseCode(latest.sequence), entry: latest.entry }
          })
          return {
            summary: personSummary(types.extensionUrn, user, managerName),
            attributes: user.attributes,
            matchedBy: rule,
            alsoMatchedBy: alsoBy ?? null,
            manager: {
              reference: user.manager.reference ?? null,
              matchedBy: user.manager.rule ?? null,
              notFollowed: user.manager.pending?.reference ?? null,
              explanation: manager
            },
            fields,
            standing,
            lastCall,
            groups: stored?.groups ?? [],
            adminOf,
            story: tellStory(entries, { timeZone, nameOf })
          }
        })

        return PeopleReading.of({ list, summaries, show })
      })
    )
}

const searchAlone = badRequest(
  "invalidValue",
  "search stands alone: leave filter, sortBy and after away, or ask by a filter instead."
)

const nameIn = (names: ReadonlyMap<UserId, string>, { manager }: User): string | undefined =>
  manager.id === undefined ? undefined : names.get(manager.id)

/** Whom an entry names by their ids: those whom references matched, and who was a manager. */
const peopleOf = ({ entry }: LoggedEntry): ReadonlyArray<UserId> =>
  [
    ...(entry.matched ?? []).map(({ user }) => user),
    ...entry.changes
      .filter(({ attribute }) => attribute === "directory manager")
      .flatMap(({ after, before }) => [before, after])
  ].flatMap((id) => (typeof id === "string" ? UserId.make(id) : []))
