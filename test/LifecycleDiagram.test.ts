import { readFileSync } from "node:fs"
import { lifecycleState } from "@rollcall/domain/user/UserLifecycle"
import { assert, describe, it } from "vitest"
import { everybody, walked, walks } from "../packages/domain/test/user/LifecycleWalk.ts"

describe("the diagram of the life of a person", () => {
  it("has every transition of the tables and no other, with its mail", () => {
    const source = readFileSync(new URL("../packages/domain/src/user/UserLifecycle.ts", import.meta.url), "utf8")
    const drawn = [...source.matchAll(/^ \*\s+(\S+) --> (\w+)(?:: .*?(?: \/ (\w+))?)?$/gm)]
      .map(([, from, to, mail]) => `${from} -> ${to} ${mail ?? ""}`)
      .filter((arrow) => !arrow.endsWith("-> deleted "))
    const made = Object.values(walks)
      .flatMap((walk) => [...walked(walk)])
      .filter(([, told]) => told !== "nothing" && !told.startsWith("400"))
      .map(([key, told]) => {
        const before = everybody[key.split(" / ")[0] ?? ""]
        const from = before === undefined ? "[*]" : lifecycleState(before)
        const mail = /\((welcome|welcomeBack|startDay)\)/.exec(told)?.[1] ?? ""
        return { from, to: told.split(" ")[0], mail }
      })
      .filter(({ from, to }) => from !== to)
      .map(({ from, to, mail }) => `${from} -> ${to} ${mail}`)
    const loop = "scheduled -> scheduled "
    assert.deepStrictEqual([...new Set(drawn)].filter((arrow) => arrow !== loop).sort(), [...new Set(made)].sort())
  })
})
