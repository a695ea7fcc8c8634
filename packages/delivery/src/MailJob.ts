import type { Outbox } from "@rollcall/domain/mail/Outbox"
import type { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Effect, Fiber, Latch, Layer } from "effect"
import type { MailSettings } from "./mail/MailAttempts.ts"
import type { Mailer } from "./mail/Mailer.ts"
import { makeMailRound } from "./mail/MailRound.ts"

/** How long the job looks for nothing, in milliseconds. */
const idle = 1_000

const longestPause = 30_000

/** How long attempts under way may take when the server stops; then they are given up, and their claims back. */
const grace = "10 seconds"

/**
 * The job that sends what is owed (R-MAIL-3). It may run on any number of servers at once. When it stops, it begins no
 * attempt any more, finishes those under way, and leaves no claim behind (ABUSE-40).
 */
export const layerMailJob = (settings: MailSettings): Layer.Layer<never, never, Outbox | Mailer | PasswordLinks> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const stopping = yield* Latch.make(false)
      let isStopping = false
      let failures = 0
      const round = yield* makeMailRound(settings, () => isStopping)

      const rest = (milliseconds: number) => Effect.timeoutOption(stopping.await, milliseconds)
      const restAfterFailure = Effect.suspend(() => rest(Math.min(longestPause, idle * 2 ** Math.min(failures++, 5))))

      const once = round.pipe(
        Effect.flatMap((isMore) => {
          failures = 0
          return isMore ? Effect.void : Effect.asVoid(rest(idle))
        }),
        // The store has logged it already.
        Effect.catchTag("StoreUnavailable", () => Effect.asVoid(restAfterFailure)),
        Effect.catchDefect((defect) =>
          Effect.andThen(Effect.logError("The job that sends e-mails failed, and goes on", defect), restAfterFailure)
        )
      )
      const loop = Effect.whileLoop({ while: () => !isStopping, body: () => once, step: () => undefined })

      yield* Effect.acquireRelease(Effect.forkDetach(loop), (fiber) =>
        Effect.gen(function* () {
          isStopping = true
          yield* stopping.open
          yield* Effect.timeoutOption(Fiber.await(fiber), grace)
          yield* Fiber.interrupt(fiber)
        })
      )
    })
  )
