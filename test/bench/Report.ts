import type { JobReport } from "./Job.ts"
import { operations } from "./Operation.ts"
import {
  expectedGrowth,
  expectedRatio,
  growth,
  medianOf,
  type Result,
  type Round,
  ratio,
  type Spread
} from "./Result.ts"

type Cell = string
const whole = (value: number): Cell => Math.round(value).toLocaleString("en-US")
const millis = (value: number): Cell => value.toFixed(value < 10 ? 2 : 1)
const times = ({ min, median, max }: Spread): Cell => `${min.toFixed(2)} / ${median.toFixed(2)} / ${max.toFixed(2)}`

const layout = (rows: ReadonlyArray<ReadonlyArray<Cell>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (row: ReadonlyArray<Cell>): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ")
  return rows.map((row) => pad(row).trimEnd()).join("\n")
}

const figures = (rounds: ReadonlyArray<Round>): ReadonlyArray<Cell> => [
  whole(medianOf(rounds, (round) => round.perSecond)),
  millis(medianOf(rounds, (round) => round.p50)),
  millis(medianOf(rounds, (round) => round.p99))
]

/** A number of microseconds, where the system tells. */
const micros = (value: number): Cell => (Number.isNaN(value) ? "-" : whole(value))

const costs = (rounds: ReadonlyArray<Round>): ReadonlyArray<Cell> => [
  micros(medianOf(rounds, (round) => round.serverCpu)),
  micros(medianOf(rounds, (round) => round.databaseCpu))
]

const sizes = (rounds: ReadonlyArray<Round>): ReadonlyArray<Cell> => [
  whole(medianOf(rounds, (round) => round.bytes)),
  whole(medianOf(rounds, (round) => round.wal))
]

const floorTable = (results: ReadonlyArray<Result>): string =>
  layout([
    ["operation", "conns", "floor/s", "p50 ms", "p99 ms", "body B", "WAL B", "generator CPU"],
    ...results.map((result) => [
      operations[result.operation].title,
      String(result.connections),
      ...figures(result.floor),
      ...sizes(result.floor),
      medianOf(result.floor, (round) => round.cpu).toFixed(2)
    ])
  ])

const comparison = (results: ReadonlyArray<Result>): string =>
  layout([
    ["operation", "conns", "floor/s", "p50", "p99", "ours/s", "p50", "p99", "min / ratio / max", "expected", "ok?"],
    ...results.map((result) => {
      const reached = ratio(result)
      const expected = expectedRatio(result)
      return [
        operations[result.operation].title,
        String(result.connections),
        ...figures(result.floor),
        ...figures(result.ours),
        times(reached),
        `>= ${expected.toFixed(1)}`,
        reached.median >= expected ? "yes" : "NO"
      ]
    })
  ])

const weights = (results: ReadonlyArray<Result>): string =>
  layout([
    ["bytes a request", "conns", "floor body", "WAL", "ours body", "WAL"],
    ...results.map((result) => [
      operations[result.operation].title,
      String(result.connections),
      ...sizes(result.floor),
      ...sizes(result.ours)
    ])
  ])

const cpuTable = (results: ReadonlyArray<Result>): string =>
  layout([
    ["CPU time a request, µs", "conns", "floor", "PostgreSQL", "ours", "PostgreSQL", "generator"],
    ...results.map((result) => [
      operations[result.operation].title,
      String(result.connections),
      ...costs(result.floor),
      ...costs(result.ours),
      micros(medianOf(result.ours, (round) => (round.cpu / round.perSecond) * 1e6))
    ])
  ])

/** Pairs of additions to small groups and to the large one, at the same number of connections. */
const groupPairs = (results: ReadonlyArray<Result>): ReadonlyArray<{ small: Result; large: Result }> =>
  results.flatMap((small) => {
    const large = results.find((other) => other.operation === "member-large" && other.connections === small.connections)
    return small.operation === "member-small" && large !== undefined ? [{ small, large }] : []
  })

const growthTable = (results: ReadonlyArray<Result>): string => {
  const pairs = groupPairs(results)
  if (pairs.length === 0) return ""
  return layout([
    ["large group to small, time a request", "conns", "floor", "ours", "expected", "ok?"],
    ...pairs.map(({ small, large }) => {
      const ours = growth(small.ours, large.ours)
      const judged = small.ours.length > 0
      return [
        "min / median / max",
        String(small.connections),
        times(growth(small.floor, large.floor)),
        judged ? times(ours) : "-",
        `<= ${expectedGrowth.toFixed(1)}`,
        judged ? (ours.median <= expectedGrowth ? "yes" : "NO") : "-"
      ]
    })
  ])
}

/** What a job measured as text. */
export const jobReport = ({ head, remarks, rows }: JobReport): string =>
  [layout([head, ...rows]), ...remarks.map((remark) => `(${remark})`)].join("\n")

/** What was measured of all operations as text. */
export const report = (results: ReadonlyArray<Result>): string => {
  const compared = results.filter((result) => result.ours.length > 0)
  const tables =
    compared.length > 0 ? [comparison(compared), cpuTable(compared), weights(compared)] : [floorTable(results)]
  return [...tables, growthTable(results)].filter((table) => table !== "").join("\n\n")
}

/** What fell short of its expectation, in words; empty: everything was reached. */
export const misses = (results: ReadonlyArray<Result>): ReadonlyArray<string> => {
  const compared = results.filter((result) => result.ours.length > 0)
  const slow = compared.flatMap((result) => {
    const { median } = ratio(result)
    const expected = expectedRatio(result)
    return median >= expected
      ? []
      : [
          `${operations[result.operation].title} at ${result.connections}: ${median.toFixed(2)} of the floor, not ${expected.toFixed(1)}`
        ]
  })
  const grown = groupPairs(compared).flatMap(({ small, large }) => {
    const { median } = growth(small.ours, large.ours)
    return median <= expectedGrowth
      ? []
      : [`the large group at ${small.connections}: ${median.toFixed(2)} times the small one, not ${expectedGrowth}`]
  })
  return [...slow, ...grown]
}
