import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { ROOT } from "../support/Environment.ts"

/** The abuse that the directory, its walls, its credentials and its HTTP edge must withstand by themselves. */
const REQUIRED = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
  34, 35, 36, 37, 38, 39, 40
]

interface Row {
  readonly number: number | undefined
  readonly test: string
  readonly file: string
}

const read = (path: string) => readFile(join(ROOT, path), "utf8")

/** The rows of the tables of `docs/abuse.md`; the last two cells name a test and its file. */
const rows = async (): Promise<ReadonlyArray<Row>> =>
  (await read("docs/abuse.md")).split("\n").flatMap((line) => {
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
    const [file = "", test = ""] = cells.toReversed()
    if (!file.endsWith(".test.ts")) return []
    return [{ number: cells.length === 4 ? Number(cells[0]) : undefined, test, file }]
  })

describe("docs/abuse.md", () => {
  it("names tests that exist, with the number that they cite", async () => {
    for (const { file, number, test } of await rows()) {
      const source = await read(file)
      assert.include(source, test, file)
      if (number !== undefined) assert.match(source, new RegExp(`ABUSE-${number}\\b`), file)
    }
  })

  it("has every number that must be withstood", async () => {
    const numbers = new Set((await rows()).map((row) => row.number))
    assert.deepStrictEqual(
      REQUIRED.filter((number) => !numbers.has(number)),
      []
    )
  })

  it("has every number that a test of test/fault cites", async () => {
    const listed = new Set((await rows()).map(({ file, number }) => `${number} in ${file}`))
    const files = (await readdir(join(ROOT, "test/fault"))).filter((name) => name.endsWith(".test.ts"))
    for (const name of files) {
      const file = `test/fault/${name}`
      const names = (await read(file)).matchAll(/\b(?:it|describe)\(\s*(["'`])(?<name>.*?)\1,/g)
      for (const { groups } of names) {
        for (const [, number] of groups?.name?.matchAll(/ABUSE-(\d+)/g) ?? []) {
          assert.isTrue(listed.has(`${number} in ${file}`), `ABUSE-${number} in ${file}`)
        }
      }
    }
  })
})
