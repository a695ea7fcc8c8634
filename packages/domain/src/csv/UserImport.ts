import { Cause, Clock, Context, Effect, Exit, Layer, Result, Schedule, Schema, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Answer } from "../directory/Answer.ts"
import type { Command, Request } from "../directory/Command.ts"
import { Directory, type DirectoryBusy } from "../directory/Directory.ts"
import { DirectoryPreview } from "../directory/DirectoryPreview.ts"
import { KnownPeople } from "../directory/KnownPeople.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { GroupId } from "../group/Group.ts"
import type { Actor } from "../log/LogEntry.ts"
import type { Organization } from "../organization/Organization.ts"
import { importFault } from "../organization/ScimOwnership.ts"
import { StoreUnavailable } from "../StoreUnavailable.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { badRequest } from "../scim/ScimError.ts"
import { rowRefusal } from "../user/decideImportUser.ts"
import type { User } from "../user/User.ts"
import { UserId } from "../user/UserId.ts"
import { type CsvHeader, type IgnoredColumn, readUserHeader } from "./CsvHeader.ts"
import { type CsvRecord, CsvUnreadable } from "./CsvReader.ts"
import { ImportedLines } from "./ImportedLines.ts"
import { type ImportCounts, ImportId, noCounts } from "./ImportStep.ts"
import { Imports } from "./Imports.ts"
import { matchRow, rowNeeds } from "./matchRow.ts"
import { reportedText } from "./ReportedRow.ts"
import { ofUser, type RowOutcome, rowOutcome } from "./RowOutcome.ts"
import { isBlank, readUserRow } from "./readUserRow.ts"
import { type BatchLimits, recordBatches, sizeOf } from "./recordBatches.ts"
import type { UserColumn } from "./UserColumn.ts"

/** The organisation takes no imports now (R-ORG-7): why, and what to do. */
export class ImportRefused extends Schema.TaggedError<ImportRefused>()("ImportRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** A file to import. */
export interface ImportSource {
  /** What people call the file. */
  readonly name: string
  /** By which the file is known again: what went in of it is then not done again (R-CSV-4). Undefined: never resumed. */
  readonly fingerprint: string | undefined
  /** The report that keeps what each row came to, written with the row; absent: none. A dry run has none. */
  readonly report?: string
  /** The records, the header first. */
  readonly records: Stream.Stream<CsvRecord, CsvUnreadable | StoreUnavailable>
}

export interface ImportOptions {
  /** Tells what would happen, and does nothing (R-CSV-3). */
  readonly dryRun: boolean
  /** Whether people who start by it get the welcome e-mail. */
  readonly invite: boolean
  /** Whether groups that rows name and that are missing are made. */
  readonly createGroups: boolean
}

/** Who imports, into which organisation. */
export interface Importer {
  readonly organization: Organization
  /** `via` is what it must be, whatever is given. */
  readonly actor: Actor
  readonly requestId: string
}

/** What an import tells while it runs, in this order: begun, rows again and again, ended. */
export type ImportEvent =
  | {
      readonly _tag: "Begun"
      /** Undefined in a dry run, which is not listed. */
      readonly import: ImportId | undefined
      /** All columns as the file spells them, those that do not count included: the header of a rejects file. */
      readonly names: ReadonlyArray<string>
      readonly ignored: ReadonlyArray<IgnoredColumn>
      /** Rows up to this line were done by an earlier run; 0: none. */
      readonly resumedAfter: number
      /** What these came to. */
      readonly before: ImportCounts
    }
  /** Rows that are durable now, in the order of the file. */
  | { readonly _tag: "Rows"; readonly outcomes: ReadonlyArray<RowOutcome> }
  /** The end of the file was reached. Whoever stops before it can go on with the same file later. */
  | { readonly _tag: "Ended" }

export type ImportError = CsvUnreadable | ImportRefused | StoreUnavailable

/**
 * So many rows go in together. Others wait for no more than such a batch; bigger ones are hardly faster. Measured in
 * docs/benchmarks.md.
 */
export const importBatch: BatchLimits = { records: 512, characters: 2 * 1024 * 1024 }

/**
 * Imports files of people (R-CSV): each row is read, matched and decided by the reducer like a request, in batches of the
 * organisation's one hand, and leaves its entry in the log. A row that cannot go in stays out alone.
 *
 * To stop, end the stream between two of its events (`Stream.haltWhen`): a batch on its way is carried out to its end, and is
 * told. Interrupted or killed at any moment, the same file goes on behind the last batch that was committed.
 */
export class UserImport extends Context.Service<
  UserImport,
  {
    run(importer: Importer, source: ImportSource, options: ImportOptions): Stream.Stream<ImportEvent, ImportError>
    /**
     * What the rows of a file say that the directory does not: a dry run that is always allowed, and that tells also of rejected
     * rows whom they are about, where that is clear.
     */
    preview(
      importer: Importer,
      source: Pick<ImportSource, "name" | "records">
    ): Stream.Stream<ImportEvent, CsvUnreadable | StoreUnavailable>
  }
>()("@rollcall/domain/csv/UserImport") {
  static readonly layer = (
    types: ResourceTypes,
    batch: BatchLimits = importBatch
  ): Layer.Layer<
    UserImport,
    never,
    Directory | DirectoryPreview | PeopleLookup | Imports | SecureRandom.SecureRandom
  > =>
    Layer.effect(
      UserImport,
      Effect.gen(function* () {
        const services = yield* Effect.context<
          Directory | DirectoryPreview | PeopleLookup | Imports | SecureRandom.SecureRandom
        >()
        const told = <E, R>(records: ImportSource["records"], open: Effect.Effect<Run, E, R>) =>
          Stream.unwrap(
            Effect.map(open, (step) =>
              records.pipe(
                recordBatches(batch),
                // The next rows are read while a batch is written.
                Stream.buffer({ capacity: 1 }),
                Stream.mapEffect(({ records }) => Effect.uninterruptible(step.rows(records))),
                Stream.flattenIterable,
                Stream.concat(Stream.fromEffect(step.end))
              )
            )
          ).pipe(Stream.provideContext(services))
        return UserImport.of({
          run: (importer, source, options) =>
            told(
              source.records,
              Effect.andThen(allowed(importer), openRun(types, importer, source, { ...options, identify: false }))
            ),
          preview: (importer, source) =>
            told(source.records, openRun(types, importer, { ...source, fingerprint: undefined }, comparing))
        })
      })
    )
}

/** How requests of an import are carried out: by the directory, or by a preview. */
export type Submit = (requests: ReadonlyArray<Request>) => Effect.Effect<ReadonlyArray<Answer>, StoreUnavailable>

/** A full queue empties within seconds; an import can wait. */
const untilTaken = <A>(
  effect: Effect.Effect<A, StoreUnavailable | DirectoryBusy>
): Effect.Effect<A, StoreUnavailable> =>
  effect.pipe(
    Effect.retry({ schedule: Schedule.spaced("1 second"), times: 120, while: ({ _tag }) => _tag === "DirectoryBusy" }),
    Effect.catchTag("DirectoryBusy", () =>
      Effect.fail(new StoreUnavailable({ operation: "import: the queue is full" }))
    )
  )

/** What a row that storage cannot take is refused with; nobody has seen it happen. */
const notStorable = badRequest(
  "invalidValue",
  "The row could not be stored. Correct it, or tell the operator: the server's log says more."
)

/**
 * Carries out requests together. Where one of them is a defect, the halves are tried on their own, down to the one that is; that
 * one is refused in place of what it asked for.
 */
export const submitAll = (submit: Submit, requests: ReadonlyArray<Request>): ReturnType<Submit> =>
  Effect.flatMap(Effect.exit(submit(requests)), (exit): ReturnType<Submit> => {
    if (Exit.isSuccess(exit) || !Cause.hasDies(exit.cause)) return exit
    const [only] = requests
    if (only === undefined || (requests.length === 1 && only.command._tag === "Refuse")) return exit
    const apart =
      requests.length === 1
        ? submit([{ ...only, command: { _tag: "Refuse", error: notStorable } }])
        : Effect.flatMap(submitAll(submit, requests.slice(0, requests.length / 2)), (first) =>
            Effect.map(submitAll(submit, requests.slice(requests.length / 2)), (second) => [...first, ...second])
          )
    return Effect.andThen(Effect.logError("Rows of an import cannot be stored together", exit.cause), apart)
  })

const allowed = ({ organization }: Importer): Effect.Effect<void, ImportRefused> => {
  const fault = importFault({ ...organization, via: "csv" })
  return fault === undefined ? Effect.void : Effect.fail(new ImportRefused({ detail: fault.detail }))
}

/** A run that has been opened: what it does with records, and at their end. */
interface Run {
  rows(records: ReadonlyArray<CsvRecord>): Effect.Effect<ReadonlyArray<ImportEvent>, CsvUnreadable | StoreUnavailable>
  readonly end: Effect.Effect<ImportEvent, CsvUnreadable | StoreUnavailable>
}

interface RunOptions extends ImportOptions {
  /** A comparison: whom rejected rows are about is told where it is clear, and whether imports are allowed does not matter. */
  readonly identify: boolean
}

const comparing: RunOptions = { dryRun: true, invite: false, createGroups: true, identify: true }

const openRun = Effect.fnUntraced(function* (
  types: ResourceTypes,
  importer: Importer,
  source: ImportSource,
  options: RunOptions
) {
  const random = yield* SecureRandom.SecureRandom
  const lookup = yield* PeopleLookup
  const imports = yield* Imports
  const { organization } = importer
  const actor: Actor = { ...importer.actor, via: "csv" }
  const record = options.dryRun ? undefined : yield* begin(source, importer, options)
  const submit = options.dryRun
    ? (yield* (yield* DirectoryPreview).open(organization.id, options.identify ? { csvAllowed: true } : {})).decide
    : yield* directSubmit(organization)
  const lines = new ImportedLines()
  const resumedAfter = record?.line ?? 0
  let header: { readonly columns: CsvHeader<UserColumn>; readonly names: ReadonlyMap<string, string> } | undefined
  let after = resumedAfter

  const readHeader = (first: CsvRecord) =>
    Effect.map(Effect.fromResult(readUserHeader(first, types, organization.customAttributes)), (columns) => {
      const pairs = columns.columns.map((column, i) => [column?.name ?? "", columns.names[i] ?? ""] as const)
      header = { columns, names: new Map(pairs.filter(([name]) => name !== "")) }
      return {
        _tag: "Begun",
        import: record?.id,
        names: columns.names,
        ignored: columns.ignored,
        resumedAfter,
        before: record?.counts ?? noCounts
      } satisfies ImportEvent
    })

  const commandOf = Effect.fnUntraced(function* (
    columns: CsvHeader<UserColumn>,
    row: CsvRecord
  ): Effect.fn.Return<Command> {
    const read = readUserRow(columns, row)
    if (Result.isFailure(read)) return { _tag: "Refuse", error: rowRefusal(read.failure) }
    const newGroups: Array<GroupId> = []
    for (const _ of options.createGroups ? read.success.groups : []) {
      newGroups.push(GroupId.make(yield* random.uuidV4(), { disableChecks: true }))
    }
    return {
      _tag: "ImportUser",
      newId: UserId.make(yield* random.uuidV4(), { disableChecks: true }),
      row: read.success,
      invite: options.invite,
      newGroups: options.createGroups ? newGroups : undefined,
      lines
    }
  })

  /** Whom rows are about, by line, as far as it is clear: those that an earlier run has done, and those that were refused. */
  const identify = Effect.fnUntraced(function* (columns: CsvHeader<UserColumn>, done: ReadonlyArray<CsvRecord>) {
    const rows = done.flatMap((row) => {
      const read = readUserRow(columns, row)
      return Result.isSuccess(read) ? [read.success] : []
    })
    const needs = new NeedsUnion()
    for (const row of rows) needs.add(rowNeeds(row))
    const users = new Map<number, User>()
    if (needs.isEmpty) return users
    const people = new KnownPeople()
    people.load(needs, yield* lookup.find(organization.id, needs))
    for (const row of rows) {
      const match = matchRow(people, row)
      if (Result.isSuccess(match) && match.success !== undefined) users.set(row.line, match.success.user)
    }
    return users
  })

  const rejectedAmong = (done: ReadonlyArray<CsvRecord>) =>
    record === undefined || record.counts.rejected === 0
      ? Effect.succeed(new Set<number>())
      : Effect.map(
          imports.rejects(organization.id, record.id, {
            after: (done[0]?.line ?? 1) - 1,
            until: done.at(-1)?.line ?? 0
          }),
          (rejects) => new Set(rejects.map(({ line }) => line))
        )

  const reportOf = (row: CsvRecord, names: ReadonlyMap<string, string>) =>
    source.report === undefined
      ? {}
      : {
          report: {
            id: source.report,
            text: (answer: Answer) => reportedText(rowOutcome(row, answer, names, false))
          }
        }

  const rows = Effect.fnUntraced(function* (
    records: ReadonlyArray<CsvRecord>
  ): Effect.fn.Return<ReadonlyArray<ImportEvent>, CsvUnreadable | StoreUnavailable> {
    const events: Array<ImportEvent> = []
    let rest = records
    if (header === undefined && records[0] !== undefined) {
      events.push(yield* readHeader(records[0]))
      rest = records.slice(1)
    }
    if (header === undefined) return events
    const { columns, names } = header
    const all = rest.filter((row) => !isBlank(row))
    const done = all.filter(({ line }) => line <= resumedAfter)
    if (done.length > 0) {
      const rejected = yield* rejectedAmong(done)
      const wentIn = done.filter(({ line }) => !rejected.has(line))
      for (const [line, { number }] of yield* identify(columns, wentIn)) lines.mark(number, line)
    }
    const open = done.length === 0 ? all : all.slice(done.length)
    const receivedAt = yield* Clock.currentTimeMillis
    const requests: Array<Request> = []
    for (const row of open) {
      requests.push({
        command: yield* commandOf(columns, row),
        requestId: importer.requestId,
        actor,
        line: `CSV ${source.name} line ${row.line}`,
        size: 200 + sizeOf(row),
        receivedAt,
        ...(record === undefined ? {} : { step: { import: record.id, after, line: row.line, ...reportOf(row, names) } })
      })
      after = row.line
    }
    if (requests.length === 0) return events
    const answers = yield* submitAll(submit, requests)
    const told = open.map((row, i) => rowOutcome(row, answers[i] ?? { _tag: "Idle" }, names, options.dryRun))
    const unclear = options.identify ? open.filter((_, i) => told[i]?.outcome === "rejected") : []
    const identified = unclear.length === 0 ? new Map<number, User>() : yield* identify(columns, unclear)
    const outcomes = told.map((outcome) => ofUser(outcome, identified.get(outcome.line)))
    answers.forEach((answer, i) => {
      const line = open[i]?.line
      if (answer._tag === "Done" && answer.reply._tag === "Imported" && line !== undefined) {
        lines.mark(answer.reply.user.number, line)
      }
    })
    events.push({ _tag: "Rows", outcomes })
    return events
  })

  const end: Effect.Effect<ImportEvent, CsvUnreadable | StoreUnavailable> = Effect.suspend((): typeof end =>
    header === undefined
      ? Effect.fail(emptyFile)
      : Effect.as(record === undefined ? Effect.void : imports.finish(organization.id, record.id), { _tag: "Ended" })
  )
  return { rows, end }
})

export const emptyFile = new CsvUnreadable({
  line: undefined,
  problem: "The file is empty",
  remedy: "Name the columns in its first line; `rollcall import --template` writes such a file"
})

/** Requests carried out by the directory itself. */
export const directSubmit = (organization: Organization): Effect.Effect<Submit, never, Directory> =>
  Effect.map(
    Directory,
    (directory): Submit =>
      (requests) =>
        untilTaken(directory.submitTogether(organization.id, requests))
  )

/** A file that is imported in another way is another import: what was refused then may go in now. */
const begin = Effect.fnUntraced(function* (source: ImportSource, importer: Importer, options: ImportOptions) {
  const random = yield* SecureRandom.SecureRandom
  const imports = yield* Imports
  const way = `${options.createGroups ? "+" : "-"}groups ${options.invite ? "+" : "-"}invite`
  return yield* imports.begin(importer.organization.id, {
    id: ImportId.make(yield* random.uuidV7()),
    kind: "users",
    name: source.name,
    fingerprint: source.fingerprint === undefined ? undefined : `${source.fingerprint} ${way}`,
    by: importer.actor.keyLabel
  })
})
