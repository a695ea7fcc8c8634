import { Context, Effect, Layer, Option, Stream } from "effect"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { displayedName } from "../directory/KnownPeople.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { type ProvisioningError, refuse } from "../directory/Submission.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { ScimError } from "../scim/ScimError.ts"
import { findPerson } from "../user/findPerson.ts"
import { parseUuid, UserId } from "../user/UserId.ts"
import { UserMatching } from "../user/UserMatching.ts"
import { type LoggedEntry, type LogPage, type LogSearch, ProvisioningLog } from "./ProvisioningLog.ts"
import { type Told, tellEntry } from "./Story.ts"

/** What of a search goes on from page to page. */
export type LogConditions = Omit<LogSearch, "after" | "limit">

/** So many entries an export reads at a time. */
const exportPage = 500

/** An entry with its telling. */
export interface ToldEntry {
  readonly logged: LoggedEntry
  readonly told: Told
}

const noEntry = (code: string): ScimError =>
  new ScimError({
    status: 404,
    detail: `The log has no entry for the case ${code.slice(0, 64)}. Check the code; entries are removed after a time.`
  })

/** One page of the log, told; it may have fewer entries than asked for, or none, and still not be the last. */
export interface ToldPage {
  readonly entries: ReadonlyArray<ToldEntry>
  readonly next: number | undefined
}

/** Reading the provisioning log (R-LOG-2, R-LOG-3): searching, opening an entry by its case code, exporting. */
export class LogReading extends Context.Service<
  LogReading,
  {
    search(caller: Caller, search: LogSearch): Effect.Effect<LogPage, StoreUnavailable>
    /** As {@link search}, each entry told with the names of the people in it. */
    page(caller: Caller, search: LogSearch): Effect.Effect<ToldPage, StoreUnavailable>
    /**
     * What a search for a person is about, by any reference (R-MATCH-1). A UUID is taken as it is: whoever is deleted has a story,
     * too. The 404 of a reference that names nobody, or several, is in the log.
     */
    subjectOf(caller: Caller, reference: string): Effect.Effect<string, ProvisioningError>
    /** The entry of a case code, told with the names of the people in it. */
    open(caller: Caller, code: string): Effect.Effect<ToldEntry, ProvisioningError>
    /**
     * All that is found, the newest first, without gap or repetition. It is read page by page as it is asked for, and holds
     * one page at a time; people are told of by their ids.
     */
    all(caller: Caller, conditions: LogConditions): Stream.Stream<ToldEntry, StoreUnavailable>
  }
>()("@rollcall/domain/log/LogReading") {
  static readonly layer: Layer.Layer<LogReading, never, Directory | PeopleLookup | ProvisioningLog> = Layer.effect(
    LogReading,
    Effect.gen(function* () {
      const directory = yield* Directory
      const lookup = yield* PeopleLookup
      const matching = yield* UserMatching
      const log = yield* ProvisioningLog

      const told = ({ organization }: Caller, logged: LoggedEntry, nameOf: (id: string) => string | undefined) => ({
        logged,
        told: tellEntry(logged, { timeZone: organization.timeZone, nameOf })
      })

      /** What everybody is called whom entries name by their ids; all by one look. */
      const namesIn = Effect.fnUntraced(function* (organization: OrganizationId, entries: ReadonlyArray<LoggedEntry>) {
        const needs = new NeedsUnion()
        for (const entry of entries) needs.add({ users: peopleOf(entry) })
        const { users = [] } = needs.isEmpty ? {} : yield* lookup.find(organization, needs)
        return new Map<string, string>(users.map((user) => [user.id, displayedName(user)] as const))
      })

      const open = Effect.fn("LogReading.open")(function* (caller: Caller, code: string) {
        const { id } = caller.organization
        const logged = yield* log.find(id, code)
        if (logged === undefined) return yield* refuse(directory, caller, noEntry(code))
        const names = yield* namesIn(id, [logged])
        return told(caller, logged, (user) => names.get(user))
      })

      const subjectOf = Effect.fn("LogReading.subjectOf")(function* (caller: Caller, reference: string) {
        return parseUuid(reference.trim()) ?? (yield* findPerson(matching, directory, caller, reference)).user.id
      })

      const page = Effect.fn("LogReading.page")(function* (caller: Caller, wanted: LogSearch) {
        const { id } = caller.organization
        const { entries, next } = yield* log.search(id, wanted)
        const names = yield* namesIn(id, entries)
        return { entries: entries.map((logged) => told(caller, logged, (user) => names.get(user))), next }
      })

      const all = (caller: Caller, conditions: LogConditions) =>
        Stream.paginate(undefined as number | undefined, (after) =>
          log
            .search(caller.organization.id, {
              ...conditions,
              ...(after === undefined ? {} : { after }),
              limit: exportPage
            })
            .pipe(
              Effect.map(({ entries, next }) => [
                entries.map((logged) => told(caller, logged, () => undefined)),
                next === undefined ? Option.none<number>() : Option.some(next)
              ])
            )
        )

      const search: LogReading["Service"]["search"] = (caller, wanted) => log.search(caller.organization.id, wanted)
      return LogReading.of({ search, page, subjectOf, open, all })
    })
  ).pipe(Layer.provide(UserMatching.layer))
}

/** So many people of one entry are looked up for their names. */
const mostNamed = 200

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The people whom an entry names by their ids: whom references matched, managers, members. */
const peopleOf = ({ entry }: LoggedEntry): ReadonlyArray<UserId> => {
  const ids = new Set<string>()
  const add = (value: unknown): void => {
    if (typeof value === "string" && uuid.test(value) && ids.size < mostNamed) ids.add(value)
    else if (Array.isArray(value)) value.forEach(add)
  }
  for (const { user } of entry.matched ?? []) add(user)
  for (const { after, before } of entry.changes) {
    add(before)
    add(after)
  }
  return [...ids].map((id) => UserId.make(id))
}
