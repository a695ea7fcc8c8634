import { readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { Effect, Layer } from "effect"
import { installation } from "../src/Composition.ts"
import { http } from "../src/Storage.ts"
import { capturedRun } from "./CapturedRun.ts"

const page = new URL("../../../docs/cli.md", import.meta.url)
const begin = "<!-- What follows is printed by the program itself. -->\n"

const run = capturedRun({
  version: "1.2.3",
  http,
  installation,
  stores: Layer.effectContext<Stores, never, never>(Effect.die(new Error("the database was opened")))
})

/** The help of a command without what is the same everywhere. */
const helpOf = (path: ReadonlyArray<string>) =>
  Effect.map(run(...path, "--help"), ({ stdout }) => stdout.replace(/GLOBAL FLAGS\n(?: {2}.*\n)+\n?/, "").trimEnd())

/** The names below `SUBCOMMANDS`, in their order. */
const subcommandsIn = (help: string): ReadonlyArray<string> =>
  [...(/^SUBCOMMANDS\n((?: {2}.*\n?)+)/m.exec(help)?.[1] ?? "").matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name ?? "")

const sections = (path: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const help = yield* helpOf(path)
    const names = subcommandsIn(help)
    const below = yield* Effect.forEach(names, (name) => sections([...path, name]))
    const own = `## \`${["rollcall", ...path].join(" ")}\`\n\n\`\`\`text\n${help}\n\`\`\`\n`
    return [own, ...below.flat()]
  })

describe("docs/cli.md", () => {
  it.effect("has the help of every command as the program prints it (UPDATE_DOCS=1 writes it anew)", () =>
    Effect.gen(function* () {
      const printed = (yield* sections([])).join("\n")
      const text = readFileSync(page, "utf8")
      const written = text.slice(0, text.indexOf(begin) + begin.length)
      const expected = `${written}\n${printed}`
      if (process.env.UPDATE_DOCS === "1") writeFileSync(page, expected)
      else assert.strictEqual(text, expected)
    })
  )
})
