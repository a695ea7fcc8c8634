/**
 * How far a person has come on the way into the product and out of it (R-START). Days are ISO 8601 dates in the
 * organisation's time zone. See `UserLifecycle` for how it changes.
 */
export interface Standing {
  /** When the person was let in for the first time, in milliseconds; undefined as long as they never were. */
  readonly startedAt: number | undefined
  /** The day on which the clock is to start the person; undefined where they have started, or nobody set a day. */
  readonly startsOn: string | undefined
  /** The last day of the person, where the clock has not acted on it yet (R-START-9). */
  readonly endsOn: string | undefined
}
