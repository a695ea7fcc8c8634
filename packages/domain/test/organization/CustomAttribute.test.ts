import { assert, describe, it } from "@effect/vitest"
import {
  type CustomAttribute,
  maxCustomAttributes,
  registerCustomAttributes
} from "@rollcall/domain/organization/CustomAttribute"

const prefix = "custom_"
const level: CustomAttribute = { name: "custom_Level", type: "decimal", multiValued: false }

describe("R-USER-4: the custom attributes of an organisation", () => {
  it("are told by the first value that came", () => {
    const sent = {
      custom_text: "x",
      custom_number: 4.5,
      custom_flag: false,
      custom_texts: ["a"],
      custom_numbers: [1, 2],
      custom_none: [],
      location: "Aarhus"
    }
    const { customAttributes, extension, refused } = registerCustomAttributes([], prefix, sent)
    assert.deepStrictEqual(extension, sent)
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual(
      customAttributes.map(({ multiValued, name, type }) => [name, type, multiValued]),
      [
        ["custom_text", "string", false],
        ["custom_number", "decimal", false],
        ["custom_flag", "boolean", false],
        ["custom_texts", "string", true],
        ["custom_numbers", "decimal", true],
        ["custom_none", "string", true]
      ]
    )
  })

  it("keep their first spelling, within one request too, and their type whatever comes later", () => {
    const { customAttributes, extension } = registerCustomAttributes([level], prefix, {
      CUSTOM_LEVEL: "four",
      Custom_X: 1,
      custom_x: 2
    })
    assert.deepStrictEqual(extension, { custom_Level: "four", Custom_X: 2 })
    assert.deepStrictEqual(customAttributes, [level, { name: "Custom_X", type: "decimal", multiValued: false }])
  })

  it("are the very list that was, where nothing new came", () => {
    const known = [level]
    const sent = { custom_Level: 1, location: "x" }
    assert.strictEqual(registerCustomAttributes(known, prefix, sent).customAttributes, known)
    const other = { location: "x" }
    assert.strictEqual(registerCustomAttributes(known, prefix, other).extension, other)
  })

  it("are so many at most; further names are left out and told", () => {
    const known = Array.from({ length: maxCustomAttributes - 1 }, (_, i) => ({ ...level, name: `custom_${i}` }))
    const sent = { custom_7: 1, custom_new: 2, custom_late: 3, hireDate: "x" }
    const { customAttributes, extension, refused } = registerCustomAttributes(known, prefix, sent)
    assert.deepStrictEqual(extension, { custom_7: 1, custom_new: 2, hireDate: "x" })
    assert.strictEqual(customAttributes.length, maxCustomAttributes)
    assert.deepStrictEqual(refused, ["custom_late"])
  })

  it("may be called like anything that objects inherit (ABUSE-29)", () => {
    const sent = JSON.parse('{"custom_":1,"custom___proto__":2}') as Record<string, number>
    assert.deepStrictEqual(Object.keys(registerCustomAttributes([], prefix, sent).extension), [
      "custom_",
      "custom___proto__"
    ])
  })
})
