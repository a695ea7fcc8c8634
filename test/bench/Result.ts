import type { Measured } from "./Load.ts"
import { type OperationName, operations } from "./Operation.ts"

/**
 * A run with what it cost: bytes of the write-ahead log, and CPU time of the server and of PostgreSQL in microseconds,
 * each a request.
 */
export interface Round extends Measured {
  readonly wal: number
  readonly serverCpu: number
  readonly databaseCpu: number
}

/** The rounds of one operation at one number of connections; a round of ours is next to the floor's of the same index. */
export interface Result {
  readonly operation: OperationName
  readonly connections: number
  readonly floor: ReadonlyArray<Round>
  /** Empty where only the floor was measured. */
  readonly ours: ReadonlyArray<Round>
}

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return { min: at(0), median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1) }
}

export const medianOf = (rounds: ReadonlyArray<Round>, value: (round: Round) => number): number =>
  spread(rounds.map(value)).median

/** Ours to the floor's throughput, round by round. */
export const ratio = (result: Result): Spread =>
  spread(result.ours.map((round, i) => round.perSecond / (result.floor[i]?.perSecond ?? Number.NaN)))

/** The least ratio that an operation should reach: reads 0.6; writes 1.0 with many in flight, 0.4 one after another. */
export const expectedRatio = (result: Result): number =>
  operations[result.operation].writes ? (result.connections > 1 ? 1 : 0.4) : 0.6

/** How much longer an addition to the large group may take than one to a small group. */
export const expectedGrowth = 1.5

/** The small groups' throughput to the large one's, round by round: how much dearer the large group is. */
export const growth = (small: ReadonlyArray<Round>, large: ReadonlyArray<Round>): Spread =>
  spread(small.map((round, i) => round.perSecond / (large[i]?.perSecond ?? Number.NaN)))
