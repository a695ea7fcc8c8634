import { Result } from "effect"
import type { RowFault } from "../csv/ImportedUser.ts"
import { matchRow, type RowMatch, rowNeeds } from "../csv/matchRow.ts"
import { changedAttributes, newAttributes } from "../csv/rowAttributes.ts"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Accepted, type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import { decideRowGroups, type RowGroups, rowGroupNeeds } from "../group/decideRowGroups.ts"
import type { LogNote, MatchedReference } from "../log/LogEntry.ts"
import { importFault } from "../organization/ScimOwnership.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import { decideCreateUser, decideUpdate } from "./decideUser.ts"
import { referenceNeeds } from "./PersonReference.ts"
import { rule as note } from "./settleAttributes.ts"
import type { User } from "./User.ts"

type ImportUser = Extract<Command, { readonly _tag: "ImportUser" }>

/** What is wrong with a row as a refusal: the column, then what is wrong and what to do. */
export const rowRefusal = ({ column, detail }: RowFault): ScimError =>
  badRequest("invalidValue", `${column === undefined ? "" : `${column}: `}${detail}.`)

/** Past start dates in a file are taken as already started, whatever the organisation makes of them otherwise (R-CSV-2). */
const importing = (context: DecideContext): DecideContext =>
  context.settings.pastStartDates === "startNow"
    ? context
    : { ...context, settings: { ...context.settings, pastStartDates: "startNow" } }

/** All that deciding a row takes where it makes somebody, and most of it where it changes somebody: one look. */
const needsOf = ({ row }: ImportUser, context: DecideContext) => {
  const asked = rowNeeds(row)
  const manager = row.cells.find(({ column }) => column.kind === "manager")?.value
  const reference = manager === undefined ? undefined : referenceNeeds(manager)
  return {
    users: reference === undefined ? asked.users : [...asked.users, ...reference.users],
    numbers: reference === undefined ? asked.numbers : [...asked.numbers, ...reference.numbers],
    emails: reference === undefined ? asked.emails : [...asked.emails, ...reference.emails],
    employeeNumbers:
      reference === undefined ? asked.employeeNumbers : [...asked.employeeNumbers, ...reference.employeeNumbers],
    // Somebody new has the email as userName; whoever waits for them, waits for one of these.
    userNames: asked.emails,
    waiting: [...asked.emails, ...asked.employeeNumbers],
    waitingNumbers: context.userNumbers,
    ...rowGroupNeeds(row.groups)
  }
}

/**
 * A row of a file (R-CSV-2): matched by its columns, then what SCIM's create or update would decide of the same attributes, as a
 * write of CSV; and the groups that it names. A second row about the same person must say nothing new: of two rows that
 * contradict each other nobody can say which counts, and a file that is imported again must change nothing.
 */
export const decideImportUser = (command: ImportUser, view: WorkingSet, context: DecideContext): Decision => {
  const notAllowed = importFault(context)
  if (notAllowed !== undefined) return refused(notAllowed, undefined)
  const { lines, row } = command
  const unknown = view.unknown(needsOf(command, context))
  if (unknown !== undefined) return unloaded(unknown)
  const matched = matchRow(view.people, row)
  if (Result.isFailure(matched)) return refused(rowRefusal(matched.failure), undefined)
  const match = matched.success
  const decision = decidePerson(command, match?.user, view, importing(context))
  if (decision._tag !== "Accepted") return decision
  const person = personOf(decision)
  const groups = decideRowGroups(row.groups, command.newGroups, { person, isNew: match === undefined }, view, context)
  if (groups._tag === "Unloaded") return groups
  if (groups._tag === "Fault") return refused(rowRefusal(groups.fault), decision.subject, decision.notes)
  const isUnchanged = decision.outcome === "unchanged" && groups.deltas.length === 0
  const earlier = match === undefined ? undefined : view.importedLine(lines, match.user)
  if (earlier !== undefined && !isUnchanged) {
    return refused(rowRefusal(contradiction(earlier)), decision.subject, decision.notes)
  }
  return imported(command, match, decision, groups, person, earlier)
}

const contradiction = (line: number): RowFault => ({
  column: undefined,
  detail:
    `Line ${line} of the file is about the same person and says something else. Give each person one row, with all of ` +
    "their groups in it"
})

const decidePerson = (
  { newId, row }: ImportUser,
  user: User | undefined,
  view: WorkingSet,
  context: DecideContext
): Decision => {
  if (user === undefined) {
    const attributes = newAttributes(context, row)
    return Result.isFailure(attributes)
      ? refused(rowRefusal(attributes.failure), undefined)
      : decideCreateUser(
          { _tag: "CreateUser", newId, input: { attributes: attributes.success, cleared: [], notes: [] } },
          view,
          context
        )
  }
  return decideUpdate(user.id, undefined, [], view, context, () =>
    Result.mapBoth(changedAttributes(context, row, user.attributes), {
      onSuccess: (attributes) => ({ attributes, notes: [] }),
      onFailure: rowRefusal
    })
  )
}

const personOf = ({ reply }: Accepted): User => {
  if (reply._tag !== "User") throw new Error("A write to a person answers the person")
  return reply.user
}

/** The decision about the person, with what the row makes of groups. */
const imported = (
  { invite, lines, row }: ImportUser,
  match: RowMatch | undefined,
  decision: Accepted,
  groups: RowGroups,
  person: User,
  earlier: number | undefined
): Accepted => {
  const changes = [...decision.changes, ...groups.changes]
  const notes: Array<LogNote> = [...decision.notes, ...groups.notes]
  if (earlier !== undefined)
    notes.push(note("told", "row", `Line ${earlier} of the file said the same of this person.`))
  const outcome = decision.outcome === "unchanged" && groups.deltas.length > 0 ? "updated" : decision.outcome
  const own = invite ? decision.events : decision.events.map(withoutMail)
  return {
    ...decision,
    outcome,
    change: {
      ...decision.change,
      ...(groups.groups.length === 0 ? {} : { groups: groups.groups, memberships: groups.deltas }),
      imported: { lines, user: person.id, line: row.line }
    },
    events: groups.events.length === 0 ? own : [...own, ...groups.events],
    changes,
    notes,
    matched: match === undefined ? (decision.matched ?? []) : [matchedRow(match), ...(decision.matched ?? [])],
    reply: {
      _tag: "Imported",
      user: person,
      created: decision.outcome === "created" || decision.outcome === "revived",
      rule: match?.rule,
      changes,
      notes
    }
  }
}

/** Somebody who is not invited is not written to because of the import. */
const withoutMail = (event: DomainEvent): DomainEvent => {
  if (!("mail" in event)) return event
  const { mail: _, ...silent } = event
  return silent
}

/** R-LOG-1: by which column the person was found; a column means one rule, so no other would have found somebody else. */
const matchedRow = ({ reference, rule, user }: RowMatch): MatchedReference => ({
  attribute: "row",
  reference,
  rule,
  user: user.id,
  alsoBy: undefined
})
