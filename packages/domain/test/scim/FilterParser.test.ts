import { assert, describe, it } from "@effect/vitest"
import { maxFilterDepth, maxFilterTerms, parseFilter } from "@rollcall/domain/scim/FilterParser"
import { printFilter } from "@rollcall/domain/scim/FilterPrinter"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Arbitrary, Result, Schema } from "effect"
import { userTable } from "./Tables.ts"
import { pick } from "./Vocabulary.ts"

const normal = (text: string): string => printFilter(Result.getOrThrow(parseFilter(text)))

const refusal = (text: string): ScimError => {
  const parsed = parseFilter(text)
  if (Result.isSuccess(parsed)) throw new Error(`was read as ${printFilter(parsed.success)}`)
  return parsed.failure
}

describe("the filter grammar (RFC 7644 3.4.2.2)", () => {
  it.each([
    ['userName eq "ada"', 'userName eq "ada"'],
    ['USERNAME Eq "ada" AND active PR', 'USERNAME eq "ada" and active pr'],
    ['title pr and userType eq "x" or nickName pr', 'title pr and userType eq "x" or nickName pr'],
    ['title pr or userType eq "x" and nickName pr', 'title pr or userType eq "x" and nickName pr'],
    ["(title pr or userType pr) and nickName pr", "(title pr or userType pr) and nickName pr"],
    ["title pr and (userType pr and nickName pr)", "title pr and (userType pr and nickName pr)"],
    ["((title pr))", "title pr"],
    ["not (title pr)", "not (title pr)"],
    ["NOT(title pr)", "not (title pr)"],
    ["not  ( not(title pr) )", "not (not (title pr))"],
    ["not (title pr) and active eq true", "not (title pr) and active eq true"],
    ['emails[type eq "work" and value co "@x"]', 'emails[type eq "work" and value co "@x"]'],
    ['emails [ not (type eq "work") ]', 'emails[not (type eq "work")]'],
    ['(emails[type eq "work"]) or(title pr)', 'emails[type eq "work"] or title pr'],
    ['name.familyName co "O\'Malley"', 'name.familyName co "O\'Malley"'],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"'
    ],
    ['meta.lastModified gt "2027-01-11T04:42:34Z"', 'meta.lastModified gt "2027-01-11T04:42:34Z"'],
    ["a eq 1 and b eq -2.5 and c eq null and d eq false", "a eq 1 and b eq -2.5 and c eq null and d eq false"],
    ['\t\u00a0userName\n  eq\u00a0"ada"  ', 'userName eq "ada"']
  ])("%s is read as %s", (text, expected) => {
    assert.strictEqual(normal(text), expected)
  })

  it("or binds weaker than and, on either side", () => {
    const filter = Result.getOrThrow(parseFilter("a pr or b pr and c pr or d pr"))
    assert.strictEqual(filter._tag, "Or")
    if (filter._tag !== "Or" || filter.left._tag !== "Or") return assert.fail("leans to the right")
    assert.strictEqual(filter.left.right._tag, "And")
  })

  it("positions count characters from 1", () => {
    const filter = Result.getOrThrow(parseFilter(' (userName eq "a") and emails[type pr].value pr'))
    if (filter._tag !== "And" || filter.left._tag !== "Compare" || filter.right._tag !== "ValuePath") {
      return assert.fail("was read otherwise")
    }
    assert.strictEqual(filter.left.position, 3)
    assert.strictEqual(filter.right.position, 24)
  })

  it.each([
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u0041\\ud83d\\ude00"', "A😀"],
    ['"ïñ 😀"', "ïñ 😀"],
    ['""', ""]
  ])("the text %s is a JSON string", (literal, value) => {
    const filter = Result.getOrThrow(parseFilter(`title eq ${literal}`))
    assert.strictEqual(filter._tag === "Compare" ? filter.value : undefined, value)
  })
})

describe("what is tolerated", () => {
  it.each([
    // R-SCIM-2: no quotes.
    ["userName sw O", 'userName sw "O"'],
    ["(userName eq ada@example.com)", 'userName eq "ada@example.com"'],
    ["emails[type eq work]", 'emails[type eq "work"]'],
    ["active eq True", 'active eq "True"'],
    // Identifiers stay what was written, digits or not.
    ["externalId eq 00417", 'externalId eq "00417"'],
    ["externalId eq 12345678901234567890", 'externalId eq "12345678901234567890"'],
    ["externalId eq 417", "externalId eq 417"],
    ["title eq Null", 'title eq "Null"'],
    ['userName eq"ada"', 'userName eq "ada"'],
    // WIRE B.3: Microsoft's matching query.
    ['emails[type eq "work"].value eq "ada"', 'emails[type eq "work" and value eq "ada"]'],
    ['emails[type eq "a" or type eq "b"].value pr', 'emails[(type eq "a" or type eq "b") and value pr]'],
    // WIRE E.12
    ['urn:example:2.0:User :location eq "x"', 'urn:example:2.0:User:location eq "x"'],
    ["urn:example:2.0:User: location pr", "urn:example:2.0:User:location pr"]
  ])("%s is read as %s", (text, expected) => {
    assert.strictEqual(normal(text), expected)
  })
})

describe("refusals are 400 invalidFilter and say where and what would be right (R-SCIM-5)", () => {
  it.each([
    ["", "at its end", "is missing"],
    ["   ", "at its end", "is missing"],
    ["userName", "at its end", "an operator is missing: eq, ne"],
    ["userName eq", "at its end", "a value is missing"],
    ['userName is "x"', 'at character 10, near "is', "the operators are eq, ne"],
    ['userName eq "x', "at character 13", "no closing quotation mark"],
    ["userName eq 'x'", "at character 13", "double quotation marks"],
    ['userName eq x"y', "at character 14", "quotation mark inside"],
    ["displayName eq Field Robotics", 'at character 22, near "Robotics"', "double quotation marks"],
    ['userName eq "x" xor title pr', 'at character 17, near "xor', "`and`, `or` or the end"],
    ['userName eq "x" and', "at its end", "is missing"],
    ['and userName eq "x"', 'at character 5, near "userName', "the operators are"],
    ['(userName eq "x"', "at its end", '")" is missing for what opens at character 1'],
    ['userName eq "x")', "at character 16", "nothing is open"],
    ['emails[type eq "work"', "at its end", '"]" is missing for what opens at character 7'],
    ['emails[type eq "work")', "at character 22", '"]" is expected'],
    ["emails[]", "at character 8", "is missing"],
    ['emails[value[type eq "x"]]', "at character 13", "brackets do not stand inside brackets"],
    ['emails[type eq "work"].', "at its end", "the name of a sub-attribute"],
    ['emails[type eq "work"].value', "at its end", "an operator is missing"],
    ["not title pr", 'at character 5, near "title', "parentheses"],
    ["name..x pr", "at character 6", "not a name"],
    ["1x pr", "at character 1", "not a name"],
    ['title eq "\\x"', "at character 11", "no escape of JSON"],
    ['title eq "\\u00g0"', "at character 11", "no escape of JSON"],
    ['title eq "a\u0000b"', "at character 12", "control character"],
    ['title eq "\\u0000"', "at character 10", "NUL"],
    ['title eq "\\ud800"', "at character 10", "lone surrogate"],
    ["title eq \ud800", "at character 10", "lone surrogate"]
  ])("%j: %s: %s", (text, place, reason) => {
    const error = refusal(text)
    assert.strictEqual(error.status, 400)
    assert.strictEqual(error.scimType, "invalidFilter")
    assert.include(error.detail, place)
    assert.include(error.detail, reason)
    assert.isTrue(error.detail.isWellFormed())
  })

  const open = (text: string, times: number) => text.repeat(times)

  it.each([
    ["parentheses", open("(", 10_000)],
    ["not (", open("not (", 10_000)],
    ["not", open("not ", 10_000)],
    ["brackets", open("emails[", 10_000)],
    ["closing", open(")", 10_000)],
    ["balanced", `${open("(", 10_000)}title pr${open(")", 10_000)}`]
  ])("ABUSE-27: a bomb of 10,000 %s is refused", (_, text) => {
    assert.strictEqual(refusal(text).scimType, "invalidFilter")
  })

  it("nesting is allowed up to the limit and refused beyond it", () => {
    const nest = (depth: number) => `${open("(", depth)}title pr${open(")", depth)}`
    assert.strictEqual(normal(nest(maxFilterDepth)), "title pr")
    assert.include(refusal(nest(maxFilterDepth + 1)).detail, `deeper than ${maxFilterDepth}`)
    // Depth is that of the nesting, not the number of groups.
    assert.doesNotThrow(() => normal(Array.from({ length: 200 }, () => "(title pr)").join(" or ")))
  })

  it("a thousand comparisons are read, typed and printed, one more is refused", () => {
    const terms = (count: number, by: string) => Array.from({ length: count }, () => "title pr").join(by)
    for (const by of [" and ", " or "]) {
      const text = terms(maxFilterTerms, by)
      const filter = Result.getOrThrow(parseFilter(text))
      assert.strictEqual(printFilter(filter), text)
      assert.isTrue(Result.isSuccess(typeFilter(userTable, filter)))
    }
    assert.include(refusal(terms(maxFilterTerms + 1, " or ")).detail, "more than 1000 comparisons")
  })

  it("ABUSE-28: the scanner passes over white space, quotes and words of a megabyte once", () => {
    const million = 1_000_000
    for (const text of [
      open(" ", million),
      `title eq ${open(" ", million)}"x"`,
      `title pr${open(" ", million)}and${open(" ", million)}title`,
      open('"', million),
      `title eq "${open('\\"', million)}`,
      open("a", million),
      open("a.", million),
      open("urn:", million),
      open(" :", million),
      `title eq ${open("9", million)}`
    ]) {
      // A quadratic scanner would need hours and so fail by the test's time-out.
      parseFilter(text)
    }
  })

  it.prop(
    "any text is either read or refused, never an exception",
    [Schema.String],
    ([text]) => {
      const parsed = parseFilter(text)
      if (Result.isFailure(parsed)) assert.strictEqual(parsed.failure.scimType, "invalidFilter")
    },
    { arbitrary: { runs: 500 } }
  )

  const tokens = pick([
    "userName",
    "emails",
    "[",
    "]",
    "(",
    ")",
    "not",
    "and",
    "or",
    "eq",
    "pr",
    '"',
    '"x"',
    "1",
    ".",
    ".value",
    ":",
    " ",
    " ",
    "\\",
    "\u00a0",
    "'",
    "__proto__"
  ])

  it.prop(
    "so is any sequence of tokens, and what is read prints to itself",
    [Arbitrary.array(tokens, { maxLength: 14 })],
    ([parts]) => {
      const parsed = parseFilter(parts.join(""))
      if (Result.isFailure(parsed)) return
      const printed = printFilter(parsed.success)
      assert.strictEqual(normal(printed), printed)
      typeFilter(userTable, parsed.success)
    },
    { arbitrary: { runs: 3000 } }
  )
})
