import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { Config, type Duration, Effect, Layer, Schedule } from "effect"
import { makeShorten, RetentionDays } from "./Retention.ts"

/** The variables that this job reads, for `rollcall config`. */
export const logRetentionVariables = [
  {
    name: "LOG_RETENTION_DAYS",
    default: "400",
    description: "For how many days entries of the provisioning log are kept; 0 keeps them for ever",
    secret: false
  }
] as const

/** For how many days entries are kept, 0 for ever. */
export const logRetentionDays: Config.Config<number> = Config.withDefault(
  Config.schema(RetentionDays, "LOG_RETENTION_DAYS"),
  400
)

/**
 * Removes once what is older than that many days (0: nothing), of all organisations, and answers how many entries
 * (R-LOG-2). It may run on any number of servers at once: each takes what no other is just removing.
 */
export const makeShortenLogs: Effect.Effect<
  (days: number) => Effect.Effect<number>,
  never,
  ProvisioningLog | Organizations
> = Effect.flatMap(ProvisioningLog, (log) => makeShorten("log", log.remove))

/** The job that keeps the log for that many days: at the start and then again after each pause; 0 keeps all of it. */
export const layerLogRetention = (
  days: number,
  pause: Duration.Input = "1 hour"
): Layer.Layer<never, never, ProvisioningLog | Organizations> =>
  Layer.effectDiscard(
    Effect.flatMap(makeShortenLogs, (shortenLogs) =>
      Effect.forkScoped(Effect.repeat(shortenLogs(days), Schedule.spaced(pause)))
    )
  )
