import { assert, describe, it } from "@effect/vitest"
import { dueDates, type LifecycleFacts, lifecycleState } from "@rollcall/domain/user/UserLifecycle"
import { endRules, everybody, places, rules, tick, walked, walks, write } from "./LifecycleWalk.ts"

/** The cells of a table by place, event and setting. */
const cellsOf = (table: string, settings: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const cells = new Map<string, string>()
  let place = ""
  for (const line of table.split("\n")) {
    if (line.startsWith("# ")) place = line.slice(2)
    else if (line !== "") {
      const [event = "", ...columns] = line.split(" | ")
      assert.strictEqual(columns.length, settings.length, line)
      let cell = ""
      for (const [index, column] of columns.entries()) {
        cell = column === '"' ? cell : column
        const key = `${place} / ${event} / ${settings[index]}`
        assert.isFalse(cells.has(key), `${key} is there twice`)
        cells.set(key, cell)
      }
    }
  }
  return cells
}

describe("the life of a person", () => {
  for (const [name, walk] of Object.entries(walks)) {
    const cells = cellsOf(walk.table, Object.keys(walk.settings))
    const all = new Map(walked(walk))

    it(`${name}: the table has every cell and no other`, () => {
      assert.deepStrictEqual([...cells.keys()].sort(), [...all.keys()].sort())
    })

    for (const place of Object.keys(walk.places)) {
      it(`${name}: ${place}`, () => {
        for (const [key, told] of all) if (key.startsWith(`${place} / `)) assert.strictEqual(told, cells.get(key), key)
      })
    }
  }

  it("R-USER-8: deleted people are deleted and the clock leaves them alone, wherever they stood", () => {
    for (const before of Object.values(everybody)) {
      if (before === undefined) continue
      // `active` as the reducer leaves it, and as it would be if it did not.
      for (const active of [false, true]) {
        const deleted: LifecycleFacts = { ...before, active, deleted: true }
        assert.strictEqual(lifecycleState(deleted), "deleted")
        assert.deepStrictEqual(dueDates(deleted), { startsOn: undefined, endsOn: undefined })
        for (const settings of Object.values({ ...rules, ...endRules }))
          assert.strictEqual(tick(deleted, settings), "nothing")
      }
    }
  })

  it("R-USER-8: a revival is one whatever the deleted record says of active", () => {
    for (const [place, before] of Object.entries(places)) {
      if (before?.deleted !== true) continue
      const [settings] = Object.values(rules)
      if (settings === undefined) throw new Error("no settings")
      const revived = (active: boolean) => write({ ...before, active }, true, before.startDate, undefined, settings)
      assert.strictEqual(revived(true), revived(false), place)
    }
  })
})
