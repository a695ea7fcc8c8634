import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { Installation } from "../../Installation.ts"

/** `rollcall db migrate`: brings the schema up to date, as every server does when it starts. */
export const migrate = Command.make(
  "migrate",
  {},
  Effect.fnUntraced(function* () {
    const report = yield* (yield* Installation).migrate
    yield* answer(report, [
      `${report.database}: ${
        report.done.length === 0 ? "the schema is up to date" : `done ${report.done.join(", ")}`
      } (version ${report.version}).`
    ])
  })
).pipe(Command.withDescription("Bring the database's schema up to date, as servers do when they start"))
