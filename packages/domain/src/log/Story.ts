import { caseCode } from "./CaseCode.ts"
import {
  type AttributeChange,
  clockActor,
  type LogEntry,
  type LogNote,
  type MatchedReference,
  operatorActor,
  personActor
} from "./LogEntry.ts"
import { momentIn } from "./Moment.ts"
import type { LoggedEntry } from "./ProvisioningLog.ts"
import { isSecret, plainText, quoted, shownValue } from "./ShownValue.ts"
import { habitMeanings, mailNames, meanings, nouns, remedyOf, ruleNames, verbs } from "./StoryTexts.ts"

/** For whom a story is told. */
export interface Reader {
  /** The organisation's time zone. */
  readonly timeZone: string
  /** The name of a person or group of the organisation, where it is known. */
  readonly nameOf: (id: string) => string | undefined
}

/** What an entry says, in plain sentences for support people. */
export interface Told {
  /** What opens the entry again. */
  readonly caseCode: string
  readonly at: number
  readonly outcome: LogEntry["outcome"]
  /** When, who, what. */
  readonly headline: string
  /** What changed, what was ignored or held and why, what follows: a sentence each. */
  readonly sentences: ReadonlyArray<string>
}

/** Explains one entry (R-LOG-4). */
export const tellEntry = ({ entry, sequence }: LoggedEntry, reader: Reader): Told => ({
  caseCode: caseCode(sequence),
  at: entry.at,
  outcome: entry.outcome,
  headline: headline(entry, reader),
  sentences: [
    ...refusal(entry),
    ...changeSentences(entry, reader),
    ...(entry.matched ?? []).map((matched) => matchSentence(matched, reader)),
    ...entry.notes.map(noteSentence),
    ...(entry.mails ?? []).map((mail) => `The ${mailNames[mail]} follows from this.`),
    ...(entry.cause === undefined
      ? []
      : [`It followed from what another person or group was sent, which the case ${plainText(entry.cause)} tells.`])
  ]
})

/** Explains what happened to somebody, in the order of the entries. */
export const tellStory = (entries: ReadonlyArray<LoggedEntry>, reader: Reader): ReadonlyArray<Told> =>
  entries.map((entry) => tellEntry(entry, reader))

/** What was told, as one paragraph with the case code at its end. */
export const paragraph = ({ caseCode: code, headline: first, sentences }: Told): string =>
  `${[first, ...sentences].join(" ")} [case ${code}]`

const headline = (entry: LogEntry, reader: Reader): string => {
  const when = `On ${momentIn(reader.timeZone, entry.at)}`
  const about = subjectOf(entry)
  if (entry.outcome === "refused") {
    return `${when} ${who(entry)} was refused: ${plainText(entry.request)}${about === undefined ? "" : `, about ${about}`}.`
  }
  if (entry.cause !== undefined) return `${when} ${about ?? "something"} was changed by what happened to somebody else.`
  return `${when} ${who(entry)} ${verbs[entry.outcome]} ${about ?? "something"}.`
}

const subjectOf = ({ subject }: LogEntry): string | undefined =>
  subject === undefined ? undefined : `the ${nouns[subject.type]} ${plainText(subject.name ?? subject.id)}`

/** The client as it calls itself, and the key by its label. */
const who = ({ actor }: LogEntry): string => {
  if (actor.keyId === clockActor.keyId) return "Rollcall, as time has come,"
  if (actor.keyId === personActor.keyId) return "The person themself, by a link from an e-mail,"
  if (actor.keyId === operatorActor.keyId) return "The operator, by the command line,"
  const client = actor.client.trim() === "" ? "A client without a name" : plainText(actor.client)
  return `${client}, with the key ${quoted(actor.keyLabel)},`
}

const refusal = (entry: LogEntry): ReadonlyArray<string> => {
  const meaning = meanings[entry.outcome]
  if (entry.error === undefined) return meaning === undefined ? [] : [meaning]
  const { detail, scimType } = entry.error
  const answer = scimType === undefined ? String(entry.status) : `${entry.status} ${plainText(scimType)}`
  return [
    `The answer was ${answer}: ${ended(plainText(detail))}`,
    ...(meaning === undefined ? [] : [meaning]),
    // By hand and in files nobody tries again by themselves; what to do stands in the answer.
    ...(entry.actor.via === undefined ? [remedyOf(entry.status, scimType)] : [])
  ]
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** Of somebody new everything that came is told in one sentence, of others each change in its own. */
const changeSentences = (entry: LogEntry, reader: Reader): ReadonlyArray<string> => {
  const came = entry.outcome === "created" ? entry.changes.filter((change) => isPlainGain(change)) : []
  const values = came.map(({ after, attribute }) => `${attributeName(attribute)} ${shownValue(after)}`)
  return [
    ...(values.length === 0 ? [] : [`It came with ${values.join(", ")}.`]),
    ...entry.changes.flatMap((change) => (came.includes(change) ? [] : changeSentence(change, entry, reader)))
  ]
}

const isPlainGain = ({ attribute, before }: AttributeChange): boolean =>
  before === undefined && !isSecret(attribute) && !spoken.has(attribute)

/** What has a sentence of its own: these are ids of people, and mean something to them. */
const spoken = new Set(["members added", "members removed", "directory manager"])

const changeSentence = ({ after, attribute, before }: AttributeChange, entry: LogEntry, reader: Reader): string => {
  const name = attributeName(attribute)
  if (isSecret(attribute)) return `${name} was changed (it is not shown).`
  if (attribute === "active" && entry.subject?.type === "User" && entry.outcome === "updated") {
    if (after === false) return "The person was deactivated: no sign-in and no notifications from then on."
    if (after === true) return "The person was let in again."
  }
  if (attribute === "members added") return `Members added: ${people(after, reader)}.`
  if (attribute === "members removed") return `Members removed: ${people(before, reader)}.`
  if (attribute === "directory manager") {
    const [old, now] = [before, after].map((id) => (id === undefined ? "nobody" : people([id], reader)))
    return `The manager in the directory was ${old} before and is ${now} now.`
  }
  if (before === undefined) return `${name} was set to ${shownValue(after)}.`
  if (after === undefined) return `${name} was removed; it was ${shownValue(before)}.`
  return `${name} was changed from ${shownValue(before)} to ${shownValue(after)}.`
}

/** An attribute as people call it: without the URN of its schema. */
export const attributeName = (attribute: string): string => {
  const name = attribute.slice(attribute.lastIndexOf(":") + 1)
  return plainText(name === "" ? attribute : name)
}

const people = (ids: AttributeChange["after"], reader: Reader): string => {
  const shown = Array.isArray(ids)
    ? ids.map((id) => (typeof id === "string" ? plainText(reader.nameOf(id) ?? id) : shownValue(id)))
    : []
  return shown.length > 20 ? `${shown.slice(0, 20).join(", ")} and ${shown.length - 20} more` : shown.join(", ")
}

const matchSentence = ({ alsoBy, attribute, reference, rule, user }: MatchedReference, reader: Reader): string => {
  const name = `The ${attributeName(attribute)} ${quoted(reference)}`
  if (rule === undefined || user === undefined) return `${name} matched nobody.`
  const also = alsoBy === undefined ? "" : `; as ${ruleNames[alsoBy]} it would have been somebody else`
  return `${name} matched ${plainText(reader.nameOf(user) ?? user)} by ${ruleNames[rule]}${also}.`
}

const kinds: Readonly<Record<LogNote["kind"], string>> = { tolerated: "Understood: ", ignored: "Ignored: ", told: "" }

const noteSentence = (note: LogNote): string => {
  const said = `${kinds[note.kind]}${ended(plainText(note.text))}`
  return note.habit === "rule" ? said : `${said} ${habitMeanings[note.habit]}`
}
