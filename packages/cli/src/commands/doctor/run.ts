import { Effect } from "effect"
import { Command } from "effect/cli"
import { AlreadyTold } from "../../AlreadyTold.ts"
import { answer, table } from "../../Answer.ts"
import { Installation } from "../../Installation.ts"

/** `rollcall doctor`: looks at everything that an installation stands on, and says what to do about what is wrong. */
export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const { checks } = yield* Installation
    const results = yield* Effect.forEach(checks, ({ name, run }) =>
      Effect.match(run, {
        onSuccess: (found) => ({ check: name, ok: true, found, remedy: null }),
        onFailure: ({ problem, remedy }) => ({ check: name, ok: false, found: problem, remedy })
      })
    )
    yield* answer(results, [
      ...table(results.map(({ check, found, ok }) => [ok ? "ok" : "WRONG", check, found])),
      ...results.flatMap(({ check, remedy }) => (remedy === null ? [] : [`${check}: ${remedy}.`]))
    ])
    if (results.some(({ ok }) => !ok)) return yield* new AlreadyTold()
  })
).pipe(
  Command.withDescription("Check configuration, database, clock and mail server, and say what to do"),
  Command.withExamples([{ command: "rollcall doctor" }])
)
