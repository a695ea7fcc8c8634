import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { type Duration, Effect, Layer, Schedule } from "effect"
import { makeShorten } from "./Retention.ts"

/** So many days after it was used last the bytes of a file go; those of an imported one go at once. */
export const fileDays = 1

/** So many days after it was used last a file is forgotten with the report of its rows, which tells of people. */
export const reportDays = 30

/** The job that lets go of files that were sent to be imported: at the start and then again after each pause. */
export const layerImportRetention = (
  pause: Duration.Input = "1 hour"
): Layer.Layer<never, never, ImportUploads | Organizations> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { forgetFiles, forgetReports } = yield* ImportUploads
      // The bytes of one file are many rows already.
      const files = yield* makeShorten("files to import", (id, before) => forgetFiles(id, before, 1))
      const reports = yield* makeShorten("reports of imports", forgetReports)
      const once = Effect.andThen(files(fileDays), reports(reportDays))
      yield* Effect.forkScoped(Effect.repeat(once, Schedule.spaced(pause)))
    })
  )
