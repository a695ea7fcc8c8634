import type { Caller } from "@rollcall/domain/directory/Caller"
import { type LogConditions, LogReading } from "@rollcall/domain/log/LogReading"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { Effect, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"
import { logCsvHeader, logCsvRow, logDetail, logLine } from "./LogShape.ts"

/** Where a page goes on: the number of an entry. */
const readAfter = (after: string | undefined) => {
  if (after === undefined) return Effect.succeed({})
  const number = /^[1-9][0-9]{0,15}$/.test(after) ? Number(after) : Number.NaN
  return Number.isSafeInteger(number)
    ? Effect.succeed({ after: number })
    : Effect.fail(badRequest("invalidCursor", "This after is no next of a page of the log. Begin from the first page."))
}

const oneSubject = badRequest("invalidValue", "An entry is about one: give person or subject, not both.")

const encoder = new TextEncoder()

export const logHandlers = HttpApiBuilder.group(
  PublicApi,
  "log",
  Effect.fnUntraced(function* (handlers) {
    const reading = yield* LogReading

    /** The conditions of a search, the person looked up (R-MATCH). */
    const conditionsOf = Effect.fnUntraced(function* (
      caller: Caller,
      { person, ...conditions }: LogConditions & { readonly person?: string }
    ) {
      if (person === undefined) return conditions
      if (conditions.subject !== undefined) return yield* oneSubject
      return { ...conditions, subject: yield* reading.subjectOf(caller, person) }
    })

    return handlers.handleAll({
      search: Effect.fnUntraced(function* ({ query: { after, limit = defaultPageLimit, ...given } }) {
        const { caller } = yield* ApiCaller
        const conditions = yield* orProblem(conditionsOf(caller, given))
        const position = yield* orProblem(readAfter(after))
        const { entries, next } = yield* orProblem(reading.search(caller, { ...conditions, ...position, limit }))
        return { items: entries.map(logLine), next: next === undefined ? null : String(next) }
      }),
      // The head of the answer is sent by then: storage that fails in the middle breaks the transfer off.
      exportCsv: Effect.fnUntraced(function* ({ query }) {
        const { caller } = yield* ApiCaller
        const found = reading.all(caller, yield* orProblem(conditionsOf(caller, query)))
        return Stream.make(logCsvHeader).pipe(
          Stream.concat(Stream.map(found, logCsvRow)),
          Stream.map((row) => encoder.encode(row)),
          Stream.orDie
        )
      }),
      exportJson: Effect.fnUntraced(function* ({ query }) {
        const { caller } = yield* ApiCaller
        const found = reading.all(caller, yield* orProblem(conditionsOf(caller, query)))
        return Stream.orDie(Stream.map(found, logDetail))
      }),
      show: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        return logDetail(yield* orProblem(reading.open(caller, params.case)))
      })
    })
  })
)
