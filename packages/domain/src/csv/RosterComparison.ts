import { Context, Effect, Layer, Stream } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { JsonObject } from "../scim/Json.ts"
import { coreText } from "../user/UserKeys.ts"
import type { CsvUnreadable } from "./CsvReader.ts"
import { DirectoryExport } from "./DirectoryExport.ts"
import { ImportedLines } from "./ImportedLines.ts"
import type { RowOutcome } from "./RowOutcome.ts"
import { type ImportEvent, type Importer, type ImportSource, UserImport } from "./UserImport.ts"

/** What a roster and the directory do not agree on. */
export type RosterDifference =
  /** A row about somebody who is not in the directory. */
  | { readonly _tag: "Missing"; readonly row: RowOutcome }
  /** A row that says something else than the directory; the changes are what an import would make. */
  | { readonly _tag: "Different"; readonly row: RowOutcome }
  /** A row of which nobody can say whom it is about, or what it says. */
  | { readonly _tag: "Unclear"; readonly row: RowOutcome }
  /** Somebody in the directory whom no row is about. */
  | {
      readonly _tag: "Extra"
      readonly user: {
        readonly id: string
        readonly userId: number
        readonly userName: string
        readonly active: boolean
      }
    }

/** What a comparison tells while it runs. */
export type ComparisonEvent =
  | Extract<ImportEvent, { readonly _tag: "Begun" }>
  | {
      readonly _tag: "Compared"
      readonly rows: number
      readonly same: number
      readonly differences: ReadonlyArray<RosterDifference>
    }
  | { readonly _tag: "Ended" }

/**
 * Compares a file of people with the directory and writes nothing: who is missing, who is extra, and what differs. A row is
 * matched and read as an import would; groups that are missing count as a difference, not as a fault. It does not matter whether
 * SCIM is on.
 */
export class RosterComparison extends Context.Service<
  RosterComparison,
  {
    compare(
      importer: Importer,
      source: Pick<ImportSource, "name" | "records">
    ): Stream.Stream<ComparisonEvent, CsvUnreadable | StoreUnavailable>
  }
>()("@rollcall/domain/csv/RosterComparison") {
  static readonly layer: Layer.Layer<RosterComparison, never, UserImport | DirectoryExport> = Layer.effect(
    RosterComparison,
    Effect.gen(function* () {
      const imports = yield* UserImport
      const { users } = yield* DirectoryExport
      return RosterComparison.of({
        compare: (importer, source) =>
          Stream.suspend(() => {
            const seen = new ImportedLines()
            const rows = imports.preview(importer, source).pipe(
              Stream.filter((event) => event._tag !== "Ended"),
              Stream.map((event): ComparisonEvent => (event._tag === "Rows" ? compared(event.outcomes, seen) : event))
            )
            const extra = Stream.suspend(() => users(importer.organization.id, false)).pipe(
              Stream.filter(({ number }) => seen.lineOf(number) === undefined),
              Stream.map(({ id, json, number }): RosterDifference => {
                const attributes = JSON.parse(json) as JsonObject
                const userName = coreText(attributes, "userName") ?? ""
                return { _tag: "Extra", user: { id, userId: number, userName, active: attributes.active !== false } }
              }),
              Stream.grouped(500),
              Stream.map((differences): ComparisonEvent => ({ _tag: "Compared", rows: 0, same: 0, differences }))
            )
            return rows.pipe(Stream.concat(extra), Stream.concat(Stream.succeed<ComparisonEvent>({ _tag: "Ended" })))
          })
      })
    })
  )
}

const compared = (outcomes: ReadonlyArray<RowOutcome>, seen: ImportedLines): ComparisonEvent => {
  const differences: Array<RosterDifference> = []
  for (const row of outcomes) {
    if (row.user?.userId !== undefined) seen.mark(row.user.userId, row.line)
    const tag = tags[row.outcome]
    if (tag !== undefined) differences.push({ _tag: tag, row })
  }
  return { _tag: "Compared", rows: outcomes.length, same: outcomes.length - differences.length, differences }
}

const tags: Readonly<Record<RowOutcome["outcome"], "Missing" | "Different" | "Unclear" | undefined>> = {
  created: "Missing",
  revived: "Missing",
  updated: "Different",
  unchanged: undefined,
  rejected: "Unclear"
}
