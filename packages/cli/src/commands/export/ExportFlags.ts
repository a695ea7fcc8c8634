import type { ExportFormat } from "@rollcall/domain/csv/DirectoryExport"
import type { Organization } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Console, Effect, Option, Stream } from "effect"
import { Flag } from "effect/cli"
import { answer, Json } from "../../Answer.ts"
import { counted } from "../../import/ImportProgress.ts"
import { openOutput } from "../../import/OutputFile.ts"
import { organizationFlag } from "../../OrganizationArgument.ts"
import { Refused } from "../../Refused.ts"
import { WrongUsage } from "../../WrongUsage.ts"

/** The flags of every export. */
export const exportFlags = {
  subdomain: organizationFlag,
  format: Flag.Literals("format", ["csv", "jsonl"]).pipe(
    Flag.optional,
    Flag.withDescription("csv, or jsonl for a line of JSON each; else by the name of --out, else csv")
  ),
  out: Flag.String("out").pipe(
    Flag.optional,
    Flag.withDescription("Write to this file in place of the standard output"),
    Flag.withMetavar("FILE")
  )
}

/** The flags as they were given. */
export interface ExportTarget {
  readonly format: Option.Option<"csv" | "jsonl">
  readonly out: Option.Option<string>
}

const isJsonName = (path: string): boolean => /\.(json|jsonl|ndjson)$/i.test(path)

/** So many rows are printed at a time. */
const rowsAtOnce = 200

/** Writes everything as it comes: memory does not grow with what there is. */
export const exportAll = Effect.fnUntraced(function* <Item>(
  kind: "users" | "groups" | "log",
  organization: Organization,
  { format: wanted, out }: ExportTarget,
  format: ExportFormat<Item>,
  items: Stream.Stream<Item, StoreUnavailable>
) {
  const json = yield* Json
  const file = Option.getOrUndefined(out)
  if (json && file === undefined && Option.contains(wanted, "csv")) {
    return yield* new WrongUsage({
      problem: "--json and --format csv cannot both be what is printed; leave one away, or give --out",
      command: `rollcall export ${kind}`
    })
  }
  const isJson = Option.match(wanted, {
    onSome: (named) => named === "jsonl",
    onNone: () => (file === undefined ? json : isJsonName(file))
  })
  let count = 0
  const parts = Stream.concat(
    Stream.fromIterable(isJson ? [] : [format.header]),
    items.pipe(
      Stream.grouped(rowsAtOnce),
      Stream.map((rows) => {
        count += rows.length
        return rows.map(isJson ? format.line : format.row).join("")
      })
    )
  )
  // The console ends each line itself.
  if (file === undefined) return yield* Stream.runForEach(parts, (text) => Console.log(text.slice(0, -1)))
  yield* Effect.scoped(
    Effect.gen(function* () {
      const output = yield* openOutput("--out", file)
      yield* output.begin("", 0)
      yield* Stream.runForEach(parts, output.write)
    })
  ).pipe(
    Effect.catchTag("StoreUnavailable", (error) =>
      Effect.fail(
        new Refused({
          problem: `${error.message}; ${JSON.stringify(file)} has the first ${counted(count)} ${nouns[kind]} only`,
          remedy: "Run the command again when it can be reached"
        })
      )
    )
  )
  yield* answer({ subdomain: organization.subdomain, kind, format: isJson ? "jsonl" : "csv", count, out: file }, [
    `${counted(count)} ${nouns[kind]} of ${organization.subdomain} are in ${file}.`
  ])
})

const nouns = { users: "people", groups: "groups", log: "entries of the log" }
