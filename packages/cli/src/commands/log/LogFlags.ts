import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { groupNameKey } from "@rollcall/domain/group/Group"
import { Outcome } from "@rollcall/domain/log/LogEntry"
import { type LogConditions, LogReading, type ToldEntry } from "@rollcall/domain/log/LogReading"
import { paragraph } from "@rollcall/domain/log/Story"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Effect, Option, Stream } from "effect"
import { Flag } from "effect/cli"
import { isoTime } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { Refused } from "../../Refused.ts"
import { readTime } from "../../readTime.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withDescription(description), Flag.withMetavar(metavar))

/** The flags that say which entries are meant; all of those given must hold. */
export const conditionFlags = {
  person: text("person", "REFERENCE", "About this person: SCIM ID, User ID, e-mail or employee number"),
  group: text("group", "NAME", "About this group: its name or id"),
  outcome: Flag.Literals("outcome", Outcome.literals).pipe(Flag.optional, Flag.withDescription("With this outcome")),
  text: text("text", "TEXT", "With this text anywhere in them")
}

export interface GivenConditions {
  readonly person: Option.Option<string>
  readonly group: Option.Option<string>
  readonly outcome: Option.Option<Outcome>
  readonly text: Option.Option<string>
}

/** The conditions of a search, people and groups looked up. */
export const conditionsOf = Effect.fnUntraced(function* (
  command: string,
  organization: Organization,
  { group, outcome, person, text: wanted }: GivenConditions
) {
  if (Option.isSome(person) && Option.isSome(group)) {
    return yield* new WrongUsage({ problem: "An entry is about one: give --person or --group", command })
  }
  const subject = Option.isSome(person)
    ? yield* personId(organization, person.value)
    : Option.isSome(group)
      ? yield* groupId(organization, group.value)
      : undefined
  const conditions: LogConditions = {
    ...(subject === undefined ? {} : { subject }),
    ...(Option.isNone(outcome) ? {} : { outcome: outcome.value }),
    ...(Option.isNone(wanted) ? {} : { text: wanted.value })
  }
  return conditions
})

/** The id of whom a reference names; an id is taken as it is: whoever is deleted has a story too. */
export const personId = Effect.fnUntraced(function* (organization: Organization, reference: string) {
  const caller = yield* asOperator(organization, "log search")
  return yield* (yield* LogReading).subjectOf(caller, reference)
})

const groupId = Effect.fnUntraced(function* (organization: Organization, name: string) {
  const id = parseUuid(name)
  if (id !== undefined) return id
  const key = groupNameKey(name)
  const groups = (yield* DirectoryExport).groups(organization.id)
  const found = yield* Stream.runHead(Stream.filter(groups, ({ displayName }) => groupNameKey(displayName) === key))
  if (Option.isSome(found)) return found.value.id
  return yield* new Refused({
    problem: `${organization.subdomain} has no group ${JSON.stringify(name)}`,
    remedy: `\`rollcall export groups --org ${organization.subdomain}\` lists them; give the id of one that is deleted`
  })
})

/** A time that a flag gives, in milliseconds. */
export const timeOf = Effect.fnUntraced(function* (
  command: string,
  flag: string,
  given: Option.Option<string>,
  { timeZone }: Organization
) {
  if (Option.isNone(given)) return undefined
  const time = readTime(given.value, timeZone)
  if (time !== undefined) return time
  return yield* new WrongUsage({
    problem: `${flag}: ${JSON.stringify(given.value)} is no time; write 2027-03-01, 2027-03-01T08:00 or 2027-03-01T08:00Z`,
    command
  })
})

/** An entry for people: a paragraph. */
export const entryText = ({ told }: ToldEntry): string => paragraph(told)

/** An entry for programs: all of it, with what it says. */
export const entryJson = ({ logged: { entry }, told }: ToldEntry): unknown => ({
  case: told.caseCode,
  ...entry,
  at: isoTime(entry.at),
  headline: told.headline,
  sentences: told.sentences
})
