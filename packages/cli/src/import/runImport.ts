import type { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { emptySummary, type ImportSummary, summarize } from "@rollcall/domain/csv/ImportReport"
import { type ImportError, type ImportEvent, type ImportOptions, UserImport } from "@rollcall/domain/csv/UserImport"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Clock, Console, Deferred, Effect, Fiber, type FileSystem, Path, type Scope, Stream } from "effect"
import type { Installation } from "../Installation.ts"
import { asOperator } from "../Operator.ts"
import { Refused } from "../Refused.ts"
import { openRejects, openReport, type RowFile, recordsIn, stoppedHere } from "./ImportFiles.ts"
import { counted } from "./ImportProgress.ts"
import { beginText, type ImportKind, summaryJson, summaryText } from "./ImportTelling.ts"
import { openView } from "./ProgressView.ts"

/** A file to import, and how. */
export interface ImportRun {
  readonly kind: ImportKind
  readonly organization: Organization
  readonly file: string
  /** About so many lines it has. */
  readonly lines: number
  /** By what an earlier run with it is found; undefined where none is to be gone on with. */
  readonly fingerprint: string | undefined
  readonly options: ImportOptions
  /** Where every row is told. */
  readonly report: string | undefined
  /** Where the rows go that stay out, and whether that was asked for; undefined: nowhere. */
  readonly rejects: { readonly path: string; readonly isNamed: boolean } | undefined
  /** Whether programs are told, and not people. */
  readonly json: boolean
}

type RunError = ImportError | Refused
type RunServices = UserImport | GroupTypeImport | Installation | FileSystem.FileSystem | CsvReader | Path.Path

/**
 * Imports a file, shows how it comes along, and tells what it came to. Interrupted, it finishes the batch that is on its way,
 * and tells what was done and how to go on.
 */
export const runImport = (run: ImportRun): Effect.Effect<ImportSummary, RunError, RunServices> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      // On its own, so that an interruption of this command ends it between two batches and not within one.
      const running = yield* Effect.forkDetach(Effect.interruptible(runUntil(run, Deferred.isDone(stopped))))
      return yield* Effect.onInterrupt(restore(Fiber.join(running)), () =>
        Effect.andThen(Deferred.succeed(stopped, undefined), Fiber.await(running))
      )
    })
  )

const runUntil = Effect.fnUntraced(function* (
  run: ImportRun,
  isStopped: Effect.Effect<boolean>
): Effect.fn.Return<ImportSummary, RunError, RunServices> {
  const startedAt = yield* Clock.currentTimeMillis
  const { files, summary } = yield* Effect.scoped(followImport(run, isStopped, startedAt))
  const told = {
    kind: run.kind,
    file: run.file,
    subdomain: run.organization.subdomain,
    dryRun: run.options.dryRun,
    resumable: run.fingerprint !== undefined,
    seconds: ((yield* Clock.currentTimeMillis) - startedAt) / 1000,
    report: files.report?.path,
    rejects: files.rejects?.isUsed() === true ? files.rejects.path : undefined
  }
  yield* Console.log(run.json ? JSON.stringify(summaryJson(summary, told)) : summaryText(summary, told).join("\n"))
  return summary
})

/** Carries the import out, writes its files and shows how it comes along, all of which ends with the scope. */
const followImport = Effect.fnUntraced(function* (
  run: ImportRun,
  isStopped: Effect.Effect<boolean>,
  startedAt: number
): Effect.fn.Return<
  { readonly summary: ImportSummary; readonly files: OpenedFiles },
  RunError,
  RunServices | Scope.Scope
> {
  const files: OpenedFiles = {
    report: run.report === undefined ? undefined : yield* openReport(run.report),
    rejects: run.rejects === undefined ? undefined : yield* openRejects(run.rejects.path, run.rejects.isNamed)
  }
  const view = yield* openView(run.json)
  let summary = emptySummary
  const take = Effect.fnUntraced(function* (event: ImportEvent) {
    summary = summarize(summary, event)
    switch (event._tag) {
      case "Begun": {
        for (const file of [files.report, files.rejects]) yield* file?.begin(event) ?? Effect.void
        const text = beginText(event.resumedAfter, event.before)
        if (run.json) yield* Console.log(JSON.stringify({ event: "begun", ...begunJson(event) }))
        else if (text !== undefined) yield* Console.error(text)
        return
      }
      case "Rows":
        for (const file of [files.report, files.rejects]) yield* file?.rows(event.outcomes) ?? Effect.void
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
  yield* eventsOf(run, isStopped).pipe(
    Stream.runForEach(take),
    Effect.catchIf(
      (error) => error === stoppedHere,
      () => Effect.void
    ),
    Effect.mapError((error) => explained(error, run, summary))
  )
  return { summary, files }
})

interface OpenedFiles {
  readonly report: RowFile | undefined
  readonly rejects: RowFile | undefined
}

const eventsOf = ({ file, fingerprint, kind, options, organization }: ImportRun, isStopped: Effect.Effect<boolean>) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const people = yield* UserImport
      const groupTypes = yield* GroupTypeImport
      const paths = yield* Path.Path
      const services = yield* Effect.context<FileSystem.FileSystem | CsvReader>()
      const caller = yield* asOperator(organization, kind === "users" ? "import" : "groups import")
      const importer = { organization, actor: { ...caller.actor, via: "csv" as const }, requestId: caller.requestId }
      const source = {
        name: paths.basename(file),
        fingerprint,
        records: Stream.provideContext(recordsIn(file, isStopped), services)
      }
      return kind === "users" ? people.run(importer, source, options) : groupTypes.run(importer, source, options)
    })
  )

const begunJson = ({ before, ignored, import: id, names, resumedAfter }: Extract<ImportEvent, { _tag: "Begun" }>) => ({
  import: id ?? null,
  columns: names,
  ignoredColumns: ignored,
  resumedAfter,
  before
})

/** What ended an import, with what there is to do about it from the command line. */
const explained = (error: RunError, { fingerprint, organization }: ImportRun, { line }: ImportSummary): RunError => {
  switch (error._tag) {
    case "ImportRefused": {
      const { subdomain } = organization
      return new Refused({
        problem: `SCIM is on for ${subdomain}: its people come from the identity provider, and imports are not allowed`,
        remedy: `\`rollcall org allow-csv ${subdomain}\` allows them, \`rollcall org scim off ${subdomain}\` switches SCIM off`
      })
    }
    case "StoreUnavailable":
      return new Refused({
        problem: `${error.message}; what went in up to line ${counted(line)} stays`,
        remedy:
          fingerprint === undefined
            ? "Run the command again when it can be reached"
            : "Run the same command again when it can be reached: it goes on behind the last rows that went in"
      })
    default:
      return error
  }
}
