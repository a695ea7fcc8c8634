import { assert, describe, it } from "@effect/vitest"
import { printList, printRecord, readCell, readList, shownCell } from "@rollcall/domain/csv/CsvCell"
import { Arbitrary } from "effect"
import { oneOf, pick } from "../scim/Vocabulary.ts"
import { readText } from "./CsvText.ts"

/** Texts made of what is awkward in cells. */
export const oddText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(
    oneOf<string>([
      pick([
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "'",
        '"',
        ",",
        ";",
        "\\",
        " ",
        "[clear]",
        "[CLEAR]",
        "\u00a0",
        "ü",
        "𝕏"
      ]),
      pick(["a", "Ada", "1", "=cmd|' /C calc'!A0", "0"])
    ]),
    { maxLength: 6 }
  ),
  (parts) => parts.join("")
)

describe("a cell", () => {
  it.prop(
    "any value that is shown is read as itself, and never clears or runs anything (ABUSE-35)",
    [oddText],
    ([value]) => {
      const shown = shownCell(value)
      const read = readCell(shown)
      assert.isFalse(/^[=+\-@\t\r\n]/.test(shown), shown)
      if (value.trim() === "" && shown === value) assert.deepStrictEqual(read, { _tag: "Empty" })
      else assert.deepStrictEqual(read, { _tag: "Text", text: value })
    }
  )

  it("nothing leaves, the mark clears in any case, and an apostrophe makes text of both", () => {
    assert.deepStrictEqual(
      ["", "  ", "\u00a0"].map(readCell).map(({ _tag }) => _tag),
      ["Empty", "Empty", "Empty"]
    )
    assert.deepStrictEqual(
      ["[clear]", " [Clear] "].map(readCell).map(({ _tag }) => _tag),
      ["Clear", "Clear"]
    )
    assert.deepStrictEqual(readCell("'[clear]"), { _tag: "Text", text: "[clear]" })
    assert.deepStrictEqual(readCell("'=1+1"), { _tag: "Text", text: "=1+1" })
    assert.deepStrictEqual(readCell("=1+1"), { _tag: "Text", text: "=1+1" })
    assert.deepStrictEqual(readCell("'tis"), { _tag: "Text", text: "'tis" })
  })

  it.prop(
    "a list that is printed is read as the items that are something",
    [Arbitrary.array(oddText, { maxLength: 4 })],
    ([items]) => {
      assert.deepStrictEqual(
        readList(printList(items)),
        items.filter((item) => item !== "")
      )
    }
  )

  it("a list as people write it: white space around the items does not count", () => {
    assert.deepStrictEqual(readList(" Ops ; Field  Crew;; a\\;b "), ["Ops", "Field  Crew", "a;b"])
  })

  it.prop(
    "any cells that are printed come back through a reader of RFC 4180, by any delimiter",
    [
      Arbitrary.array(Arbitrary.array(oddText, { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
      pick([",", ";", "\t"])
    ],
    ([rows, delimiter]) => {
      const text = rows.map((cells) => printRecord(cells, delimiter)).join("")
      assert.deepStrictEqual(
        readText(text, delimiter).map(({ cells }) => cells),
        rows
      )
    }
  )
})
