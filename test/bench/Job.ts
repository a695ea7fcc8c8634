import type { RunningPostgres } from "../support/Postgres.ts"

/** One line of a job's table: what was measured, and its figures by column. */
export type JobRow = readonly [what: string, ...figures: ReadonlyArray<string>]

/** What a job measured: the head of its table and the lines, remarks below it, and what went wrong. */
export interface JobReport {
  readonly head: JobRow
  readonly rows: ReadonlyArray<JobRow>
  readonly remarks: ReadonlyArray<string>
  /** Empty where everything came out as it must: wrong answers, reads of whole tables, work done twice. */
  readonly failures: ReadonlyArray<string>
}

/**
 * Something that is measured as a whole and not as requests of a load: Rollcall's own layers run in this process,
 * on databases of their own, next to a floor of bare `pg` on the same tables.
 */
export interface Job {
  readonly title: string
  readonly run: (
    postgres: RunningPostgres,
    options: { readonly quick: boolean; readonly rows: number | undefined; readonly say: (line: string) => void }
  ) => Promise<JobReport>
}

/** Runs something and gives what it came to with the milliseconds that it took. */
export const timed = async <A>(work: () => Promise<A>): Promise<{ readonly value: A; readonly ms: number }> => {
  const begun = performance.now()
  const value = await work()
  return { value, ms: performance.now() - begun }
}

export const medianOfNumbers = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

export const millis = (ms: number): string => (ms < 100 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en-US"))
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US")
