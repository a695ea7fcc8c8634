import { assert, describe, it } from "@effect/vitest"
import { durationText, type ImportProgress, paceOf, progressText } from "@rollcall/cli/import/ImportProgress"

const progress = (more: Partial<ImportProgress> = {}): ImportProgress => ({
  startedAt: 1_000,
  now: 11_000,
  resumedAfter: 0,
  line: 2_500,
  lines: 10_000,
  counts: { created: 2_000, updated: 400, unchanged: 90, rejected: 10 },
  ...more
})

describe("how an import comes along (R-CSV-4)", () => {
  it("is told by rows, rate, time left and rows that stayed out", () => {
    assert.strictEqual(progressText(progress()), "2,500 rows, 250 rows/s, 30 s left, 10 rejected")
    assert.deepStrictEqual(paceOf(progress()), { rows: 2_500, done: 0.25, rowsPerSecond: 250, secondsLeft: 30 })
  })
  it("counts for the time left only what this run has done", () => {
    const resumed = progress({ resumedAfter: 2_400, counts: { created: 100, updated: 0, unchanged: 0, rejected: 0 } })
    assert.deepStrictEqual(paceOf(resumed), { rows: 100, done: 0.25, rowsPerSecond: 10, secondsLeft: 750 })
  })
  it("says nothing of rate and time within the first second, and before anything is done", () => {
    assert.strictEqual(progressText(progress({ now: 1_999 })), "2,500 rows, 10 rejected")
    assert.isUndefined(paceOf(progress({ resumedAfter: 2_500 })).secondsLeft)
  })
  it("is never beyond its end, where a file has fewer line breaks than lines", () => {
    assert.deepInclude(paceOf(progress({ line: 12_000 })), { done: 1, secondsLeft: 0 })
    assert.strictEqual(paceOf(progress({ line: 0, lines: 0 })).done, 0)
  })
  it("tells long times in minutes and hours", () => {
    assert.deepStrictEqual([59, 61, 3_700].map(durationText), ["59 s", "1 min 1 s", "1 h 1 min"])
  })
})
