import { assert, describe, it } from "@effect/vitest"
import { caseCode, withCaseCode } from "@rollcall/domain/log/CaseCode"
import { Schema } from "effect"

const period = 2 ** 30
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The number that a code opens: the inverse of {@link caseCode} below its period. */
const numberOf = (code: string): number => {
  let number = 0n
  for (const character of code) number = number * 32n + BigInt(alphabet.indexOf(character))
  // The inverse of an odd factor modulo 2^30, by Newton's iteration.
  const factor = 0x2545f491n
  let inverse = 1n
  for (let i = 0; i < 5; i++) inverse = (inverse * (2n - factor * inverse)) & BigInt(period - 1)
  const shifted = (number - 0x1b873593n) & BigInt(period - 1)
  return Number((shifted * inverse) & BigInt(period - 1))
}

describe("R-LOG-3: a case code", () => {
  const sequence = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: period - 1 }))

  it.prop("has six characters that are not mistaken for another, and opens its own entry", [sequence], ([number]) => {
    const code = caseCode(number)
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{6}$/)
    assert.strictEqual(numberOf(code), number)
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

  it("ends the detail of its refusal", () => {
    assert.strictEqual(withCaseCode("Not so.", "K7Q2M9"), "Not so. [case K7Q2M9]")
  })
})
