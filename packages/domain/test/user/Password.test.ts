import { assert, describe, it } from "@effect/vitest"
import { passwordFault } from "@rollcall/domain/user/Password"
import { Arbitrary, Effect, Schema } from "effect"

const imre = {
  userName: "isallai-benedek",
  displayName: "Imre Sallai-Benedek",
  name: { givenName: "Imre", familyName: "Sallai-Benedek" },
  emails: [{ value: "imre.sallai-benedek@vertes.example" }, { value: "very-private-imre@home.example" }]
}

describe("the password that a person chooses (R-MAIL-1)", () => {
  it("has at least 12 characters, counted as people do, and at most 1,024", () => {
    assert.strictEqual(passwordFault("", {}), "tooShort")
    assert.strictEqual(passwordFault("elevenchars", {}), "tooShort")
    assert.isUndefined(passwordFault("twelve chars", {}))
    assert.strictEqual(passwordFault("🐿🌰🐿🌰🐿🌰", {}), "tooShort", "six characters of two units each")
    assert.isUndefined(passwordFault("ab".repeat(512), {}))
    assert.strictEqual(passwordFault("ab".repeat(512).concat("c"), {}), "tooLong")
    assert.strictEqual(passwordFault("a\u0301o\u0301".repeat(4), {}), "tooShort", "eight composed characters")
  })
  it("may hold anything that can be stored, spaces and other scripts included", () => {
    assert.isUndefined(passwordFault("  spaces  count  ", {}))
    assert.isUndefined(passwordFault("правильная лошадь", {}))
    assert.strictEqual(passwordFault("nul \0 inside it", {}), "unusable")
    assert.strictEqual(passwordFault("half \uD83D character", {}), "unusable")
  })
  it("is not one character again and again", () => {
    assert.strictEqual(passwordFault("aaaaaaaaaaaaaaaa", {}), "repeated")
  })
  it("is not the person's e-mail, userName or name, in whatever case, order and punctuation", () => {
    for (const known of [
      "imre.sallai-benedek@vertes.example",
      "IMRE.SALLAI-BENEDEK@VERTES.EXAMPLE",
      "imre.sallai-benedek",
      "very-private-imre@home.example",
      "Very-Private-Imre",
      "ISALLAI-benedek",
      "Imre Sallai-Benedek",
      "Sallai Benedek, Imre",
      "sallai_benedek"
    ]) {
      assert.strictEqual(passwordFault(known, imre), "known", known)
    }
    assert.isUndefined(passwordFault("imre.sallai-benedek rides a horse", imre), "more than that")
    assert.isUndefined(passwordFault("imre.sallai-benedek", {}))
  })
  it.effect.prop(
    "whatever is judged, the judgement is the same for the composed and the decomposed form",
    [Arbitrary.schema(Schema.String)],
    ([text]) =>
      Effect.sync(() =>
        assert.strictEqual(passwordFault(text.normalize("NFD"), imre), passwordFault(text.normalize("NFC"), imre))
      )
  )
})
