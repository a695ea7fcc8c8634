import { printRecord, shownCell } from "@rollcall/domain/csv/CsvCell"
import { caseCode } from "@rollcall/domain/log/CaseCode"
import type { ToldEntry } from "@rollcall/domain/log/LogReading"
import type { LoggedEntry } from "@rollcall/domain/log/ProvisioningLog"
import type { LogDetail, LogLine } from "../api/LogApi.ts"

/** An entry in a list. */
export const logLine = ({ entry, sequence }: LoggedEntry): typeof LogLine.Type => ({
  caseCode: caseCode(sequence),
  at: entry.at,
  outcome: entry.outcome,
  status: entry.status,
  request: entry.request,
  client: entry.actor.client,
  key: { id: entry.actor.keyId, label: entry.actor.keyLabel },
  via: entry.actor.via ?? "scim",
  subject:
    entry.subject === undefined
      ? null
      : { type: entry.subject.type, id: entry.subject.id, name: entry.subject.name ?? null },
  error: entry.error?.detail ?? null
})

/** An entry in full. */
export const logDetail = ({ logged, told }: ToldEntry): typeof LogDetail.Type => {
  const { entry } = logged
  return {
    ...logLine(logged),
    requestId: entry.requestId,
    milliseconds: entry.duration,
    changes: entry.changes.map(({ after, attribute, before }) => ({
      attribute,
      before: before ?? null,
      after: after ?? null
    })),
    notes: entry.notes.map((note) => ({
      kind: note.kind,
      attribute: "attribute" in note ? (note.attribute ?? null) : null,
      text: note.text
    })),
    matched: (entry.matched ?? []).map(({ attribute, reference, rule, user }) => ({
      attribute,
      reference,
      rule: rule ?? null,
      user: user ?? null
    })),
    cause: entry.cause ?? null,
    headline: told.headline,
    sentences: told.sentences
  }
}

/** The columns of an export, in their order. */
export const logCsvHeader = printRecord([
  "time",
  "case",
  "outcome",
  "status",
  "via",
  "client",
  "key",
  "request",
  "about",
  "about_id",
  "about_name",
  "error",
  "told"
])

/** An entry as a row; what a spreadsheet would run as a formula is marked as text (ABUSE-35). */
export const logCsvRow = ({ logged, told }: ToldEntry): string => {
  const line = logLine(logged)
  return printRecord(
    [
      new Date(line.at).toISOString(),
      line.caseCode,
      line.outcome,
      String(line.status),
      line.via,
      line.client,
      line.key.label,
      line.request,
      line.subject?.type ?? "",
      line.subject?.id ?? "",
      line.subject?.name ?? "",
      line.error ?? "",
      [told.headline, ...told.sentences].join(" ")
    ].map(shownCell)
  )
}
