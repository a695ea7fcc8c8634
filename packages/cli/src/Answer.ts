import { Console, Effect } from "effect"
import { Flag, GlobalFlag } from "effect/cli"

/** `--json`, understood by every command: the result as one line of JSON and nothing else. */
export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(
    Flag.withDescription("Print the result as JSON"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  )
})

/** Prints the result of a command, the only thing that goes to the standard output: for people, or with `--json`. */
export const answer = Effect.fnUntraced(function* (json: unknown, lines: ReadonlyArray<string>) {
  yield* Console.log((yield* Json) ? JSON.stringify(json) : lines.join("\n"))
})

/** Rows as text, each column as wide as its widest cell. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

/** A time in milliseconds as ISO 8601 in UTC; null stays null. */
export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
