import type { ImportCounts } from "@rollcall/domain/csv/ImportStep"

/** How far an import has come. Times are milliseconds since 1970 UTC. */
export interface ImportProgress {
  readonly startedAt: number
  readonly now: number
  /** The line up to which an earlier run had come. */
  readonly resumedAfter: number
  /** The last line that is done. */
  readonly line: number
  /** About so many lines there are. */
  readonly lines: number
  /** What this run's rows came to. */
  readonly counts: ImportCounts
}

/** How fast it goes, and what is left, as far as that can be told. */
export interface ImportPace {
  readonly rows: number
  /** From 0 to 1. */
  readonly done: number
  readonly rowsPerSecond: number | undefined
  readonly secondsLeft: number | undefined
}

export const rowsOf = ({ created, rejected, unchanged, updated }: ImportCounts): number =>
  created + updated + unchanged + rejected

/** The pace of an import: rate and time left are known once a second has passed and something was done. */
export const paceOf = ({ counts, line, lines, now, resumedAfter, startedAt }: ImportProgress): ImportPace => {
  const rows = rowsOf(counts)
  const seconds = (now - startedAt) / 1000
  const total = Math.max(lines, line, 1)
  const isKnown = seconds >= 1 && line > resumedAfter
  return {
    rows,
    done: line / total,
    rowsPerSecond: isKnown ? Math.round(rows / seconds) : undefined,
    secondsLeft: isKnown ? Math.round(((total - line) * seconds) / (line - resumedAfter)) : undefined
  }
}

/** A number with its thousands apart. */
export const counted = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ",")

export const durationText = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Rows, rate, time left and rejects, in a line. */
export const progressText = (progress: ImportProgress): string => {
  const { rows, rowsPerSecond, secondsLeft } = paceOf(progress)
  return [
    `${counted(rows)} rows`,
    ...(rowsPerSecond === undefined ? [] : [`${counted(rowsPerSecond)} rows/s`]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
    `${counted(progress.counts.rejected)} rejected`
  ].join(", ")
}
