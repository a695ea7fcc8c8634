import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { RateBuckets } from "@rollcall/domain/organization/RateBuckets"
import type { RateLimit } from "@rollcall/domain/organization/TokenBucket"
import { Context, Deferred, Effect, Layer } from "effect"

/** How many requests an organisation and a key may make; undefined: any number. */
export interface RateLimits {
  readonly organization: RateLimit | undefined
  readonly key: RateLimit | undefined
}

/** For so long a request is held back before it is refused, in seconds: bursts wait (R-SCIM-6). */
const patience = 5

/** How often an empty bucket is looked into at most, in milliseconds. */
const shortestPause = 20

/** What this server has taken out of a shared bucket, and who waits for more. */
interface Share {
  readonly organization: KeyHolder["organization"]["id"]
  readonly subject: string
  readonly limit: RateLimit
  tokens: number
  /** In the order in which they came; those who went away meanwhile are done already. */
  readonly waiting: Array<Deferred.Deferred<void>>
  isFilling: boolean
}

/**
 * Lets requests in as fast as their organisation and key may send them, in the order in which they came. Servers take
 * from the shared buckets in blocks, so that hardly any request asks the database, and however many servers there are a
 * limit is one. Where the buckets cannot be reached everybody is let in: a limit must not be what takes the service away.
 */
export class RateLimiter extends Context.Service<
  RateLimiter,
  {
    /** Waits at most five seconds for its organisation and five for its key, then fails; nothing was done yet. */
    admit(holder: KeyHolder): Effect.Effect<void, DirectoryBusy>
  }
>()("@rollcall/http/auth/RateLimiter") {
  static readonly layer = (limits: RateLimits): Layer.Layer<RateLimiter, never, RateBuckets> =>
    Layer.effect(
      RateLimiter,
      Effect.gen(function* () {
        const buckets = yield* RateBuckets
        const shares = new Map<string, Share>()
        const fork = Effect.runForkWith(yield* Effect.context<never>())

        const shareOf = (holder: KeyHolder, subject: string, limit: RateLimit): Share => {
          const name = `${holder.organization.id} ${subject}`
          const known = shares.get(name)
          if (known !== undefined) return known
          // What is left of a block is little; who comes again takes the next.
          if (shares.size >= 10_000) for (const [key, { isFilling }] of shares) if (!isFilling) shares.delete(key)
          const share = {
            organization: holder.organization.id,
            subject,
            limit,
            tokens: 0,
            waiting: [],
            isFilling: false
          }
          shares.set(name, share)
          return share
        }

        /** Takes blocks for as long as somebody waits, one after the other. */
        const fill = Effect.fnUntraced(function* (share: Share) {
          const { limit, organization, subject, waiting } = share
          while (waiting.length > 0) {
            const block = Math.max(1, Math.ceil(limit.burst / 20))
            const { granted, wait } = yield* Effect.catchCause(buckets.take(organization, subject, block, limit), () =>
              Effect.succeed({ granted: Math.max(block, waiting.length), wait: 0 })
            )
            share.tokens += granted
            while (share.tokens >= 1 && waiting.length > 0) {
              const first = waiting.shift()
              if (first !== undefined && Deferred.doneUnsafe(first, Effect.void)) share.tokens--
            }
            if (waiting.length > 0 && wait > 0) yield* Effect.sleep(Math.max(wait, shortestPause))
          }
          // In one step with the look that nobody waits: whoever comes next begins anew.
          share.isFilling = false
        })

        const wait = (share: Share): Effect.Effect<void, DirectoryBusy> => {
          const seconds = share.waiting.length / share.limit.perSecond
          const refusal = new DirectoryBusy({ retryAfter: Math.max(1, Math.ceil(seconds)) })
          if (seconds > patience) return Effect.fail(refusal)
          const turn = Deferred.makeUnsafe<void>()
          share.waiting.push(turn)
          if (!share.isFilling) {
            share.isFilling = true
            fork(fill(share))
          }
          const giveUp = Effect.suspend(() =>
            Deferred.doneUnsafe(turn, Effect.void) ? Effect.fail(refusal) : Effect.void
          )
          return Deferred.await(turn).pipe(
            Effect.timeoutOrElse({ duration: `${patience} seconds`, orElse: () => giveUp }),
            Effect.onInterrupt(() => Effect.sync(() => Deferred.doneUnsafe(turn, Effect.void)))
          )
        }

        const admitTo = (share: Share): Effect.Effect<void, DirectoryBusy> =>
          Effect.suspend(() => {
            if (share.tokens < 1) return wait(share)
            share.tokens--
            return Effect.void
          })

        return RateLimiter.of({
          admit: (holder) => {
            const { key, organization } = limits
            const own = organization === undefined ? undefined : shareOf(holder, "organization", organization)
            const ofKey = key === undefined ? undefined : shareOf(holder, `key ${holder.key.id}`, key)
            if (own === undefined) return ofKey === undefined ? Effect.void : admitTo(ofKey)
            return ofKey === undefined ? admitTo(own) : Effect.andThen(admitTo(own), admitTo(ofKey))
          }
        })
      })
    )
}
