import { assert, describe, it } from "vitest"
import type { Json } from "./Json.ts"
import { match } from "./Matcher.ts"

const fits = (wanted: Json, got: Json | undefined): boolean => match(wanted, got, "body").length === 0

/** A matcher, values that it accepts and values that it must refuse. */
const table: ReadonlyArray<readonly [string, Json, ReadonlyArray<Json | undefined>, ReadonlyArray<Json | undefined>]> =
  [
    ["text is equal", "a", ["a"], ["b", "A", 1, null, undefined, ["a"]]],
    ["a number is no text", 1, [1], ["1", 1.5, true, undefined]],
    ["false is not missing", false, [false], [undefined, null, 0, "false"]],
    ["null is null only", null, [null], [undefined, "", {}]],
    ["an object asks for its own members", { a: 1 }, [{ a: 1 }, { a: 1, b: 2 }], [{}, { a: 2 }, [], "a", undefined]],
    ["a member of the prototype is none", { constructor: { $absent: true } }, [{}], [{ constructor: 1 }]],
    ["objects are compared in depth", { a: { b: [1] } }, [{ a: { b: [1], c: 1 } }], [{ a: { b: [2] } }, { a: 1 }]],
    ["an array has the same length", [1, 2], [[1, 2]], [[1], [1, 2, 3], [2, 1], {}, undefined]],
    ["an empty array is not anything", [], [[]], [[1], undefined, null]],
    ["$absent", { a: { $absent: true } }, [{}, { b: 1 }], [{ a: null }, { a: "" }, { a: [] }]],
    ["$absent false", { $absent: false }, [0, null], [undefined]],
    ["$type number", { $type: "number" }, [0], ["0", null, undefined]],
    ["$type array", { $type: "array" }, [[]], [{}, undefined]],
    ["$match", { $match: "^W/" }, ['W/"1"'], ['"W/1"', 1, undefined, null]],
    ["$length", { $length: 2 }, [[1, 2], "ab"], [[1], undefined, { length: 2 }]],
    ["$length of at least", { $length: { $atLeast: 2 } }, [[1, 2, 3]], [[1], undefined]],
    ["$atLeast", { $atLeast: 2 }, [2, 3], [1, "3", undefined]],
    [
      "$contains an element",
      { $contains: { a: 1 } },
      [[{ a: 2 }, { a: 1, b: 1 }]],
      [[], [{ a: 2 }], { a: 1 }, undefined]
    ],
    ["$contains text", { $contains: "b" }, ["abc", ["b"]], ["ac", ["abc"], undefined]],
    ["$each", { $each: { a: 1 } }, [[], [{ a: 1 }, { a: 1 }]], [[{ a: 1 }, { a: 2 }], undefined, {}]],
    ["$unordered", { $unordered: [1, 2] }, [[2, 1]], [[1], [1, 1], [1, 2, 2], [1, 3], undefined]],
    [
      "$unordered uses each element once",
      { $unordered: [1, 1] },
      [[1, 1]],
      [
        [1, 2],
        [2, 1]
      ]
    ],
    ["$oneOf", { $oneOf: [{ $absent: true }, []] }, [undefined, []], [[1], null, ""]],
    ["$not", { $not: "a" }, ["b", undefined], ["a"]],
    ["$not $contains", { $not: { $contains: 1 } }, [[2], undefined], [[2, 1]]],
    ["$exactly", { $exactly: { a: [1] } }, [{ a: [1] }], [{ a: [1], b: 1 }, { a: [1, 2] }, {}, undefined]],
    ["operators of one object all hold", { $type: "array", $length: 1 }, [[1]], [[], "a"]],
    ["$ref is a member", { $ref: { $match: "/1$" } }, [{ $ref: "/Users/1" }], [{ $ref: "/Users/2" }, {}]]
  ]

describe("Matcher", () => {
  for (const [name, wanted, accepted, refused] of table) {
    it(`${name}: ${JSON.stringify(wanted)} accepts what it says and refuses the rest`, () => {
      for (const value of accepted) assert.isTrue(fits(wanted, value), `accepts ${JSON.stringify(value)}`)
      for (const value of refused) assert.isFalse(fits(wanted, value), `refuses ${JSON.stringify(value)}`)
    })
  }

  it("names the place, what was wanted and what came", () => {
    assert.deepStrictEqual(match({ emails: [{ value: "a" }] }, { emails: [{ value: "b" }] }, "body"), [
      { path: "body.emails[0].value", message: 'expected "a", got "b"' }
    ])
  })

  it("reports every difference, not only the first", () => {
    const found = match({ a: 1, b: [1, 2], c: { $absent: true } }, { a: 2, b: [3], c: 1 }, "body")
    assert.deepStrictEqual(
      found.map(({ path }) => path),
      ["body.a", "body.b", "body.b[0]", "body.c"]
    )
  })

  it("throws for a misspelt operator, and for operators mixed with members, as these would assert nothing", () => {
    assert.throws(() => match({ $lenght: 1 }, {}, "body"), /No such operator/)
    assert.throws(() => match({ $type: "array", a: 1 }, [], "body"), /mixed/)
    assert.throws(() => match({ $oneOf: "a" }, "a", "body"), /array/)
  })
})
