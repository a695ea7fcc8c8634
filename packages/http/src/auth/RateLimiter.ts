import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { RateBuckets } from "@rollcall/domain/organization/RateBuckets"
import type { RateLimit } from "@rollcall/domain/organization/TokenBucket"
import { Clock, Context, Deferred, Effect, Layer } from "effect"

/** How many requests an organisation and a key may make; undefined: any number. */
export interface RateLimits {
  readonly organization: RateLimit | undefined
  readonly key: RateLimit | undefined
}

/** For so long a request is held back before it is refused, in seconds: bursts wait (R-SCIM-6). */
const patience = 5

/** Nobody is told to come again later than that, in seconds: not all who are told do. */
const longestRetry = 60

/** How often an empty bucket is looked into at most, in milliseconds. */
const shortestPause = 20

/** What this server has taken out of a shared bucket, and who waits for more. */
interface Share {
  readonly organization: KeyHolder["organization"]["id"]
  readonly subject: string
  readonly limit: RateLimit
  tokens: number
  /** In the order in which they came. */
  readonly waiting: Set<Deferred.Deferred<void>>
  isFilling: boolean
  /** Whether the shared bucket gave less than was asked for when it was last asked. */
  isDry: boolean
  /** Until then the turns are given to those who wait and those who were told to come again; milliseconds since 1970. */
  promisedUntil: number
}

/**
 * Lets requests in as fast as their organisation and key may send them, in the order in which they came. Servers take
 * from the shared buckets in blocks, so that hardly any request asks the database, and however many servers there are a
 * limit is one. Where the buckets cannot be reached everybody is let in: a limit must not be what takes the service away.
 */
export class RateLimiter extends Context.Service<
  RateLimiter,
  {
    /** Waits at most five seconds for its key and five for its organisation, then fails; nothing was done yet. */
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
            waiting: new Set<Deferred.Deferred<void>>(),
            isFilling: false,
            isDry: false,
            promisedUntil: 0
          }
          shares.set(name, share)
          return share
        }

        /** Takes blocks for as long as somebody waits, one after the other. */
        const fill = Effect.fnUntraced(function* (share: Share) {
          const { limit, organization, subject, waiting } = share
          while (waiting.size > 0) {
            const block = Math.max(1, Math.ceil(limit.burst / 20))
            const { granted, wait } = yield* Effect.catchCause(buckets.take(organization, subject, block, limit), () =>
              Effect.succeed({ granted: Math.max(block, waiting.size), wait: 0 })
            )
            share.isDry = granted < block
            share.tokens += granted
            for (const turn of waiting) {
              if (share.tokens < 1) break
              waiting.delete(turn)
              if (Deferred.doneUnsafe(turn, Effect.void)) share.tokens--
            }
            if (waiting.size > 0 && wait > 0) yield* Effect.sleep(Math.max(wait, shortestPause))
          }
          // In one step with the look that nobody waits: whoever comes next begins anew.
          share.isFilling = false
        })

        /** Refuses a request, and says when it may come again: each is given a turn, so that they do not all come at once. */
        const refuse = (share: Share): Effect.Effect<never, DirectoryBusy> =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const { limit, promisedUntil, waiting } = share
            // Of those in front nobody waits longer than their patience lasts.
            const inFront = Math.min(waiting.size / limit.perSecond, patience) * 1_000
            const next = Math.max(promisedUntil, now + inFront) + 1_000 / limit.perSecond
            share.promisedUntil = Math.min(next, now + longestRetry * 1_000)
            return Effect.fail(new DirectoryBusy({ retryAfter: Math.ceil((share.promisedUntil - now) / 1_000) }))
          })

        const wait = (share: Share): Effect.Effect<void, DirectoryBusy> => {
          const { limit, waiting } = share
          if (!share.isFilling) share.isDry = false
          // As long as the bucket may be full, so many may wait for what is in it, too (R-SCIM-6).
          const places = patience * limit.perSecond + (share.isDry ? 0 : limit.burst)
          if (waiting.size > places) return refuse(share)
          const turn = Deferred.makeUnsafe<void>()
          waiting.add(turn)
          if (!share.isFilling) {
            share.isFilling = true
            fork(fill(share))
          }
          const leave = Effect.sync(() => waiting.delete(turn))
          // Who is let in while the time runs out is let in.
          const giveUp = Effect.flatMap(leave, (hasWaited) => (hasWaited ? refuse(share) : Effect.void))
          return Deferred.await(turn).pipe(
            Effect.timeoutOrElse({ duration: `${patience} seconds`, orElse: () => giveUp }),
            Effect.onInterrupt(() => leave)
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
            if (ofKey === undefined) return own === undefined ? Effect.void : admitTo(own)
            // The key first: what it sends beyond its own limit is not taken from the others of its organisation.
            return own === undefined ? admitTo(ofKey) : Effect.andThen(admitTo(ofKey), admitTo(own))
          }
        })
      })
    )
}
