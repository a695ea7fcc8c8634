import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { Installation } from "../../Installation.ts"

/** `rollcall db status`: how far the schema is; nothing is changed. */
export const status = Command.make(
  "status",
  {},
  Effect.fnUntraced(function* () {
    const found = yield* (yield* Installation).migrationStatus
    yield* answer(found, [
      `${found.database}: schema version ${found.version}, ${
        found.pending.length === 0 ? "up to date" : `${found.pending.length} migrations to come:`
      }`,
      ...found.pending.map((name) => `  ${name}`),
      ...(found.pending.length === 0 ? [] : ["`rollcall db migrate` runs them, as a server does when it starts."])
    ])
  })
).pipe(
  Command.withDescription("Tell the version of the schema and which migrations are to come, and change nothing"),
  Command.withExamples([{ command: "rollcall db status --json" }])
)
