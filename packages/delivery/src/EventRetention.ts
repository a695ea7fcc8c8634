import { EventFeed } from "@rollcall/domain/events/EventFeed"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { Config, type Duration, Effect, Layer, Schedule } from "effect"
import { makeShorten, RetentionDays } from "./Retention.ts"

/** The variables that this job reads, for `rollcall config`. */
export const eventRetentionVariables = [
  {
    name: "EVENT_RETENTION_DAYS",
    default: "90",
    description: "For how many days events are kept for those who follow the feed; 0 keeps them for ever",
    secret: false
  }
] as const

/** For how many days events are kept, 0 for ever. */
export const eventRetentionDays: Config.Config<number> = Config.withDefault(
  Config.schema(RetentionDays, "EVENT_RETENTION_DAYS"),
  90
)

/**
 * The job that keeps events for that many days: at the start and then again after each pause; 0 keeps all of them. What
 * e-mails or webhooks have not read stays. It may run on any number of servers at once.
 */
export const layerEventRetention = (
  days: number,
  pause: Duration.Input = "1 hour"
): Layer.Layer<never, never, EventFeed | Organizations> =>
  Layer.effectDiscard(
    EventFeed.pipe(
      Effect.flatMap((feed) => makeShorten("event feed", feed.remove)),
      Effect.flatMap((shortenEvents) => Effect.forkScoped(Effect.repeat(shortenEvents(days), Schedule.spaced(pause))))
    )
  )
