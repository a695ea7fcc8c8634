import type { CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { emptySummary, summarize } from "@rollcall/domain/csv/ImportReport"
import type { Imports } from "@rollcall/domain/csv/Imports"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { type ImportEvent, type ImportOptions, UserImport } from "@rollcall/domain/csv/UserImport"
import type { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { Effect, Layer, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { type Adapters, resourceTypes, type Services, type Tenant } from "./Tenant.ts"

/** What is done with files, over a directory's adapters. */
export type FileServices = UserImport | DirectoryExport | RosterComparison | GroupTypeImport

/** What an adapter brings to the contract of imports. */
export type ImportAdapters = Adapters | DirectoryPreview | Imports
export type ImportServices = Services | ImportAdapters | FileServices

export const useFiles: Layer.Layer<FileServices, never, Adapters | DirectoryPreview | Imports> =
  RosterComparison.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        UserImport.layer(resourceTypes, { records: 3, characters: 10_000 }),
        DirectoryExport.layer,
        GroupTypeImport.layer
      )
    ),
    Layer.provide(Layer.merge(SecureRandom.layerWebCrypto, Layer.mock(ProvisioningLog, {})))
  )

/** A file as records: the header, then rows. */
export const recordsOf = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<CsvRecord> =>
  rows.map((cells, i) => ({ line: i + 1, cells }))

/** A small file as one writes it: no quotes, cells between bars. */
export const fileOf = (text: string): ReadonlyArray<CsvRecord> =>
  recordsOf(
    text
      .trim()
      .split("\n")
      .map((line) => line.split("|").map((cell) => cell.trim()))
  )

const ordinary: ImportOptions = { dryRun: false, invite: false, createGroups: false }

/** Imports records into a tenant's organisation; gives all that was told. */
export const importRecords = Effect.fnUntraced(function* (
  tenant: Tenant,
  records: ReadonlyArray<CsvRecord> | Stream.Stream<CsvRecord, CsvUnreadable>,
  options: Partial<ImportOptions> = {},
  fingerprint?: string
) {
  const { run } = yield* UserImport
  const organization = { ...tenant.organization, customAttributes: (yield* tenant.read).state.customAttributes }
  const events = yield* Stream.runCollect(
    run(
      { organization, actor: { keyId: "csv", keyLabel: "import", client: "test" }, requestId: "csv" },
      { name: "people.csv", fingerprint, records: Stream.isStream(records) ? records : Stream.fromIterable(records) },
      { ...ordinary, ...options }
    )
  )
  return { events, outcomes: outcomesOf(events), summary: events.reduce(summarize, emptySummary) }
})

export const outcomesOf = (events: ReadonlyArray<ImportEvent>): ReadonlyArray<RowOutcome> =>
  events.flatMap((event) => (event._tag === "Rows" ? event.outcomes : []))

/** An outcome in one line: what tests of many rows compare. */
export const told = ({ error, line, outcome }: RowOutcome): string =>
  `${line} ${outcome}${error === undefined ? "" : ` ${error.column ?? "-"}: ${error.detail}`}`

/** A line at which no CSV reader would go on: stands for the end of the process. */
export const broken = {
  get line(): number {
    throw new Error("killed")
  },
  cells: ["x"]
}

/** All of an outcome that a dry run can know. */
export const predicted = ({ error, user, ...outcome }: RowOutcome) => ({
  ...outcome,
  changes: outcome.changes.filter(({ attribute }) => !attribute.endsWith(":userId")).map(({ attribute }) => attribute),
  user: user?.userName,
  error: error?.detail
})
