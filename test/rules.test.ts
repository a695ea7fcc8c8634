import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { ROOT } from "./support/Environment.ts"
import { citationsIn, page, required, rules, rulesIn } from "./support/Rules.ts"
import { listFiles } from "./support/SourceTree.ts"

const PAGE = join(ROOT, "docs/rules.md")

/** Tests and the suites that they share; not what only helps them, and not this. */
const isOfTests = (path: string) =>
  /(?:^|\/)test\//.test(path) && !/^test\/(?:support|bench)\//.test(path) && path !== "test/rules.test.ts"

const citations = async () => {
  const files = listFiles(ROOT, (name) => /\.tsx?$/.test(name)).filter(isOfTests)
  const found = await Promise.all(
    files.map(async (file) => citationsIn(file, await readFile(join(ROOT, file), "utf8")))
  )
  return found.flat().toSorted((left, right) => (left.file < right.file ? -1 : left.file > right.file ? 1 : 0))
}

describe("docs/rules.md", () => {
  it("is what the tests say", async () => {
    const made = page(await citations())
    if (process.env.WRITE_RULES === "1") await writeFile(PAGE, made)
    assert.strictEqual(await readFile(PAGE, "utf8"), made, "written anew by WRITE_RULES=1")
  })

  it("has a test for every rule of matching, managers, dates, e-mails, groups and log", async () => {
    const cited = new Set((await citations()).map(({ rule }) => rule))
    assert.deepStrictEqual(
      rules.map(([id]) => id).filter((id) => required.test(id) && !cited.has(id)),
      []
    )
  })

  it("knows every rule that a test cites", async () => {
    const known = new Set(rules.map(([id]) => id))
    const unknown = (await citations()).filter(({ rule }) => !known.has(rule))
    assert.deepStrictEqual(
      unknown.map(({ file, rule }) => `${rule} in ${file}`),
      []
    )
  })
})

describe("a citation", () => {
  it("is found in a name, in a range of rules, and in a comment beside a test", () => {
    const source = [
      'describe("R-A-1: all", () => {',
      '  it("does (R-A-2, R-B-10)", () => {})',
      "  // R-A-3: why",
      "  it.effect(",
      '    "is explained",',
      "    () => undefined)",
      '  it.each([["R-A-4: one", 1]])("%s", () => {',
      "    const other = 1 // R-HELP",
      "  })",
      "  /** R-A-5 to R-A-7 */",
      "  test(`has it`, () => {})",
      '  const row = { name: "a case", source: "R-B-1, RFC 7644 3.5.2" }',
      "  const R = R - 1",
      "})"
    ].join("\n")
    assert.deepStrictEqual(
      citationsIn("f", source).map(({ rule, test }) => [rule, test]),
      [
        ["R-A-1", "R-A-1: all"],
        ["R-A-2", "does (R-A-2, R-B-10)"],
        ["R-B-10", "does (R-A-2, R-B-10)"],
        ["R-A-3", "is explained"],
        ["R-A-4", "R-A-4: one"],
        ["R-HELP", "has it"],
        ["R-A-5", "has it"],
        ["R-A-6", "has it"],
        ["R-A-7", "has it"],
        ["R-B-1", "a case"]
      ]
    )
    assert.deepStrictEqual(rulesIn("R-START-2 to R-START-4, XR-1, R-x-1"), ["R-START-2", "R-START-3", "R-START-4"])
  })
})
