import { assert, describe, it } from "@effect/vitest"
import { caseCode, caseCodeIn, casePeriod, caseSequence, withCaseCode } from "@rollcall/domain/log/CaseCode"
import { Schema } from "effect"

const period = casePeriod
describe("R-LOG-3: a case code", () => {
  const sequence = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: period - 1 }))

  it.prop("has six characters that are not mistaken for another, and opens its own entry", [sequence], ([number]) => {
    const code = caseCode(number)
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{6}$/)
    assert.strictEqual(caseSequence(code), number)
  })

  it("stays the same for ever: codes that were told must still be found", () => {
    assert.deepStrictEqual([1, 2, 3, 1_000_000].map(caseCode), ["0CTAH4", "K167NN", "5NJ4T6", "591EYK"])
  })

  it("looks unrelated to that of the entry before", () => {
    const codes = Array.from({ length: 200 }, (_, i) => caseCode(i + 1))
    const same = codes.slice(1).filter((code, i) => code.slice(0, 2) === codes[i]?.slice(0, 2))
    assert.isBelow(same.length, 5)
  })

  it("still works beyond the period, where codes repeat", () => {
    assert.strictEqual(caseCode(period + 7), caseCode(7))
    assert.match(caseCode(Number.MAX_SAFE_INTEGER), /^[0-9A-HJKMNP-TV-Z]{6}$/)
  })

  it("is understood as people write it down: small letters, brackets, O for 0 and I or L for 1", () => {
    const number = caseSequence("01K7Q2")
    assert.isDefined(number)
    for (const spelled of ["o1k7q2", "OIK7Q2", "olk7q2", " 01K7Q2 ", "[case 01K7Q2]", "case 01k7q2", "Case:OLK7Q2"]) {
      assert.strictEqual(caseSequence(spelled), number, spelled)
    }
  })

  it("is told from what is no code", () => {
    for (const text of [
      "",
      "01K7Q",
      "01K7Q22",
      "01K7QU",
      "01K7Q-",
      "ÅÅÅÅÅÅ",
      "😀😀😀",
      " ".repeat(70),
      `${"x".repeat(9_999)}`
    ]) {
      assert.isUndefined(caseSequence(text), text.slice(0, 20))
    }
  })

  it("ends the detail of its refusal", () => {
    assert.strictEqual(withCaseCode("Not so.", "K7Q2M9"), "Not so. [case K7Q2M9]")
  })

  it("is read from the end of a refusal again, and from nowhere else", () => {
    assert.strictEqual(caseCodeIn(withCaseCode("There is no [case ABC123] here.", caseCode(7))), caseCode(7))
    assert.isUndefined(caseCodeIn("There is no [case ABC123] here."))
  })
})
