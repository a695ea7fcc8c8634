import { assert, describe, it } from "@effect/vitest"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Option, Schema } from "effect"

const read = (text: string) => Option.getOrUndefined(Schema.decodeUnknownOption(PlainName)(text))

describe("a name", () => {
  it("is kept as it is but for spaces around it", () => {
    assert.strictEqual(read("  Ærø Skibsværft & Søn "), "Ærø Skibsværft & Søn")
    assert.strictEqual(read("x".repeat(200)), "x".repeat(200))
  })
  it("is refused where it is empty, too long, or would break a line or a terminal (ABUSE-35)", () => {
    for (const text of [
      "",
      "   ",
      "x".repeat(201),
      "a\nb",
      "a\rb",
      "a\u0000b",
      "a\u001b[31mb",
      "a\u2028b",
      "a\u0085b"
    ]) {
      assert.isUndefined(read(text), JSON.stringify(text))
    }
  })
})
