/** How many requests may come: so many a second in the long run, and so many at once. */
export interface RateLimit {
  readonly perSecond: number
  readonly burst: number
}

/** How full a bucket is; it fills as time goes by. Times are milliseconds since 1970 UTC. */
export interface TokenBucket {
  readonly tokens: number
  readonly filledAt: number
}

/** What was taken out of a bucket: none where it is empty, and then after how many milliseconds there is one again. */
export interface Taken {
  readonly bucket: TokenBucket
  readonly granted: number
  readonly wait: number
}

/**
 * Takes up to `wanted` tokens; a bucket that was never used is full. A clock that went backwards fills nothing and takes
 * nothing away.
 */
export const takeTokens = (bucket: TokenBucket | undefined, wanted: number, limit: RateLimit, now: number): Taken => {
  const { filledAt, tokens } = bucket ?? { tokens: limit.burst, filledAt: now }
  const passed = Math.max(0, now - filledAt)
  const filled = Math.min(limit.burst, tokens + (passed * limit.perSecond) / 1_000)
  const granted = Math.max(0, Math.min(wanted, Math.floor(filled)))
  return {
    bucket: { tokens: filled - granted, filledAt: Math.max(filledAt, now) },
    granted,
    wait: granted > 0 ? 0 : Math.ceil(((1 - filled) * 1_000) / limit.perSecond)
  }
}
