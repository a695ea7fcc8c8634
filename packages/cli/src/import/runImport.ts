import { emptySummary, type ImportSummary, summarize } from "@rollcall/domain/csv/ImportReport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import type { ImportEvent } from "@rollcall/domain/csv/UserImport"
import { Clock, Console, Deferred, Effect, Fiber, type Scope } from "effect"
import { Refused } from "../Refused.ts"
import { counted } from "./ImportProgress.ts"
import { beginText, type ImportKind, summaryJson, summaryText } from "./ImportTelling.ts"
import type { EarlierRun, ImportFailure, ImportServices, ImportTold, PreparedImport } from "./PeopleImport.ts"
import { openView } from "./ProgressView.ts"
import { openRejects, openReport, type RowFile } from "./RowFiles.ts"

/** A file to import, and how. */
export interface ImportRun {
  readonly kind: ImportKind
  readonly subdomain: string
  readonly prepared: PreparedImport
  readonly file: string
  /** About so many lines it has. */
  readonly lines: number
  readonly dryRun: boolean
  /** Whether a run that is stopped can be gone on with. */
  readonly resumable: boolean
  /** Where every row is told. */
  readonly report: string | undefined
  /** Where the rows go that stay out, and whether that was asked for; undefined: nowhere. */
  readonly rejects: { readonly path: string; readonly isNamed: boolean } | undefined
  /** Whether programs are told, and not people. */
  readonly json: boolean
}

/**
 * Imports a file, shows how it comes along, and tells what it came to. Interrupted, it finishes the batch that is on its way,
 * and tells what was done and how to go on.
 */
export const runImport = (run: ImportRun): Effect.Effect<ImportSummary, ImportFailure, ImportServices> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      // On its own, so that an interruption of this command ends it between two batches and not within one.
      const running = yield* Effect.forkDetach(Effect.interruptible(runUntil(run, stopped)))
      return yield* Effect.onInterrupt(restore(Fiber.join(running)), () =>
        Effect.andThen(Deferred.succeed(stopped, undefined), Fiber.await(running))
      )
    })
  )

const runUntil = Effect.fnUntraced(function* (
  run: ImportRun,
  stopped: Deferred.Deferred<void>
): Effect.fn.Return<ImportSummary, ImportFailure, ImportServices> {
  const startedAt = yield* Clock.currentTimeMillis
  const { files, summary } = yield* Effect.scoped(followImport(run, stopped, startedAt))
  const told = {
    kind: run.kind,
    file: run.file,
    subdomain: run.subdomain,
    dryRun: run.dryRun,
    resumable: run.resumable,
    seconds: ((yield* Clock.currentTimeMillis) - startedAt) / 1000,
    report: files.report?.path,
    rejects: files.rejects?.isUsed() === true ? files.rejects.path : undefined
  }
  yield* Console.log(run.json ? JSON.stringify(summaryJson(summary, told)) : summaryText(summary, told).join("\n"))
  yield* run.prepared.settled
  return summary
})

/** Carries the import out, writes its files and shows how it comes along, all of which ends with the scope. */
const followImport = Effect.fnUntraced(function* (
  run: ImportRun,
  stopped: Deferred.Deferred<void>,
  startedAt: number
): Effect.fn.Return<
  { readonly summary: ImportSummary; readonly files: OpenedFiles },
  ImportFailure,
  ImportServices | Scope.Scope
> {
  const files: OpenedFiles = {
    report: run.report === undefined ? undefined : yield* openReport(run.report),
    rejects: run.rejects === undefined ? undefined : yield* openRejects(run.rejects.path, run.rejects.isNamed)
  }
  const view = yield* openView(run.json)
  let summary = emptySummary
  // The report is the last: the rejects of all its rows are told.
  const tellFiles = Effect.fnUntraced(function* (outcomes: ReadonlyArray<RowOutcome>) {
    for (const file of [files.rejects, files.report]) yield* file?.rows(outcomes) ?? Effect.void
  })
  const missedBehind = Effect.fnUntraced(function* ({ names, rejected }: EarlierRun) {
    // Whatever whole rows stand there were told by earlier runs.
    const beginning = { names, resumedAfter: Number.POSITIVE_INFINITY }
    const inRejects = yield* files.rejects?.begin(beginning) ?? Effect.void
    const inReport = yield* files.report?.begin(beginning) ?? Effect.void
    if (inReport !== undefined) return inReport.line
    return inRejects === undefined || inRejects.count >= rejected ? undefined : inRejects.line
  })
  const take = Effect.fnUntraced(function* (event: ImportTold): Effect.fn.Return<void, Refused> {
    if (event._tag === "Sent") return yield* view.sent(event.sent, event.size, yield* Clock.currentTimeMillis)
    if (event._tag === "Noted") return yield* view.note(event.text)
    if (event._tag === "Missed") return yield* tellFiles(event.outcomes)
    summary = summarize(summary, event)
    switch (event._tag) {
      case "Begun": {
        for (const file of [files.rejects, files.report]) yield* file?.begin(event) ?? Effect.void
        const text = beginText(event.resumedAfter, event.before)
        if (run.json) yield* Console.log(JSON.stringify({ event: "begun", ...begunJson(event) }))
        else if (text !== undefined) yield* Console.error(text)
        return
      }
      case "Rows":
        yield* tellFiles(event.outcomes)
        return yield* view.show({
          startedAt,
          now: yield* Clock.currentTimeMillis,
          resumedAfter: summary.resumedAfter,
          line: summary.line,
          lines: run.lines,
          counts: summary.counts
        })
      case "Ended":
        return
    }
  })
  yield* Effect.mapError(run.prepared.run({ tell: take, missedBehind }, stopped), (error) =>
    explained(error, run, summary)
  )
  return { summary, files }
})

interface OpenedFiles {
  readonly report: RowFile | undefined
  readonly rejects: RowFile | undefined
}

const begunJson = ({ before, ignored, import: id, names, resumedAfter }: Extract<ImportEvent, { _tag: "Begun" }>) => ({
  import: id ?? null,
  columns: names,
  ignoredColumns: ignored,
  resumedAfter,
  before
})

/** What ended an import, with what there is to do about it from the command line. */
const explained = (
  error: ImportFailure,
  { resumable, subdomain }: ImportRun,
  { line }: ImportSummary
): ImportFailure => {
  switch (error._tag) {
    case "ImportRefused":
      return new Refused({
        problem: `SCIM is on for ${subdomain}: its people come from the identity provider, and imports are not allowed`,
        remedy: `\`rollcall org allow-csv ${subdomain}\` allows them, \`rollcall org scim off ${subdomain}\` switches SCIM off`
      })
    case "StoreUnavailable":
      return new Refused({
        problem: `${error.message}; what went in up to line ${counted(line)} stays`,
        remedy: resumable
          ? "Run the same command again when it can be reached: it goes on behind the last rows that went in"
          : "Run the command again when it can be reached"
      })
    default:
      return error
  }
}
