import type { ImportSummary } from "@rollcall/domain/csv/ImportReport"
import { addCounts, type ImportCounts } from "@rollcall/domain/csv/ImportStep"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { plainText, quoted, shownValue } from "@rollcall/domain/log/ShownValue"
import { attributeName } from "@rollcall/domain/log/Story"
import { table } from "../Answer.ts"
import { counted, durationText, rowsOf } from "./ImportProgress.ts"

/** What the rows of a file are about: people, or which type groups are of. */
export type ImportKind = "users" | "groupTypes"

/** What is known of a run besides what its events told. */
export interface ToldRun {
  /** As it was given. */
  readonly file: string
  readonly subdomain: string
  readonly dryRun: boolean
  /** Whether an interrupted run can be gone on with. */
  readonly resumable: boolean
  /** What the rows are about. */
  readonly kind: ImportKind
  readonly seconds: number
  readonly report: string | undefined
  /** Where rows that stayed out were written, if any were. */
  readonly rejects: string | undefined
}

/** A run that goes on with an earlier one says so before its first row. */
export const beginText = (resumedAfter: number, before: ImportCounts): string | undefined =>
  resumedAfter === 0
    ? undefined
    : `An earlier run was ended after line ${counted(resumedAfter)} (${countsText(before)}): going on behind it.`

const countsText = ({ created, rejected, unchanged, updated }: ImportCounts): string =>
  `${counted(created)} created, ${counted(updated)} updated, ${counted(unchanged)} unchanged, ${counted(rejected)} rejected`

/** So many rows are enough to see whether the columns are understood. */
const shownChanges = 5

/** What rows can come to. */
const outcomesOf = {
  users: ["created", "updated", "unchanged", "rejected"],
  groupTypes: ["updated", "unchanged", "rejected"]
} as const

/** Ids of people, whose references stand beside them. */
const directoryManager = "directory manager"

/** What a run came to, for people. */
export const summaryText = (summary: ImportSummary, run: ToldRun): ReadonlyArray<string> => {
  const { before, counts, ended, ignored, line, rejects, resumedAfter, sample } = summary
  const rows = rowsOf(counts)
  const all = addCounts(before, counts)
  const name = plainText(run.file)
  const rate = run.seconds >= 1 ? ` (${counted(Math.round(rows / run.seconds))} rows/s)` : ""
  const time = `in ${durationText(Math.max(1, Math.round(run.seconds)))}${rate}`
  const would = run.dryRun ? "would be " : ""
  return [
    run.dryRun
      ? `${name} would do this in ${run.subdomain}; nothing was stored. ${counted(rows)} rows were looked at ${time}.`
      : `${name} into ${run.subdomain}: ${counted(rows)} rows ${time}${resumedAfter === 0 ? "" : ", together with the earlier run:"}`,
    ...table(outcomesOf[run.kind].map((kind) => [`  ${would}${kind}`, counted(all[kind]).padStart(12)])),
    ...ignored.map(
      ({ meant, name: column }) =>
        `The column ${quoted(column)} is not known and was ignored${meant === undefined ? "" : `: did you mean ${meant}?`}`
    ),
    ...section("Some of what would change:", run.dryRun ? sample.slice(0, shownChanges).map(changesText) : []),
    ...section("What stayed out:", rejects.map(rejectText)),
    ...(counts.rejected > rejects.length && run.rejects === undefined
      ? [`  and ${counted(counts.rejected - rejects.length)} more: --report FILE writes them all.`]
      : []),
    ...(run.rejects === undefined
      ? []
      : [`The rows that stayed out are in ${plainText(run.rejects)}: correct them and import that file.`]),
    ...(run.report === undefined ? [] : [`The report is in ${plainText(run.report)}.`]),
    ...(ended ? [] : [stoppedText(line, run)])
  ]
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [title, ...lines]

const stoppedText = (line: number, { dryRun, kind, resumable }: ToldRun): string => {
  if (dryRun) return `Stopped after line ${counted(line)}.`
  if (kind === "groupTypes")
    return `Stopped after line ${counted(line)}. What went in stays; run the command again for all.`
  return resumable
    ? `Stopped after line ${counted(line)}. What went in stays; run the same command again to go on behind it.`
    : `Stopped after line ${counted(line)}. What went in stays; with --no-resume the next run begins at the first line again.`
}

const changesText = ({ changes, group, line, outcome, user }: RowOutcome): string =>
  `  line ${line}, ${outcome}, ${plainText(user?.userName ?? group?.name ?? "")}: ${changesIn(changes)}`

/** Changes, the old value before the new one. */
export const changesIn = (changes: RowOutcome["changes"]): string => {
  const told = changes.filter(({ attribute }) => attribute !== directoryManager)
  const shown = told.map(({ after, attribute, before }) =>
    before === undefined
      ? `${attributeName(attribute)} ${shownValue(after)}`
      : `${attributeName(attribute)} ${shownValue(before)} -> ${after === undefined ? "nothing" : shownValue(after)}`
  )
  return shown.join("; ")
}

/** What kept a row out, and where. */
export const rejectText = ({ error, line }: RowOutcome): string => {
  const column = error?.column === undefined ? "" : `, column ${quoted(error.column)}`
  const code = error?.caseCode === undefined ? "" : ` [case ${error.caseCode}]`
  return `  line ${line}${column}: ${plainText(error?.detail ?? "")}${code}`
}

/** What a run came to, for programs: the last of the events that `--json` prints. */
export const summaryJson = (summary: ImportSummary, run: ToldRun): unknown => ({
  event: summary.ended ? "ended" : "stopped",
  subdomain: run.subdomain,
  file: run.file,
  dryRun: run.dryRun,
  import: summary.import ?? null,
  line: summary.line,
  resumedAfter: summary.resumedAfter,
  ...summary.counts,
  before: summary.before,
  seconds: Math.round(run.seconds * 1000) / 1000,
  ignoredColumns: summary.ignored,
  sample: summary.sample.map(outcomeJson),
  rejects: summary.rejects.map(outcomeJson),
  report: run.report ?? null,
  rejectsFile: run.rejects ?? null
})

/** An outcome for programs: the cells are in the file already. */
export const outcomeJson = ({ cells: _, ...outcome }: RowOutcome) => outcome
