import { assert, describe, it } from "@effect/vitest"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import { matches, matchesElement } from "@rollcall/domain/scim/FilterEvaluator"
import { maxFilterTerms, parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { typeElementFilter, typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Arbitrary, Result } from "effect"
import { userTable } from "./Tables.ts"
import { pick, words } from "./Vocabulary.ts"

const ingrid: JsonObject = {
  id: "5d3c1f7a-44b2-4a0e-8f19-9b7e6c2d0a01",
  externalId: "Ext-7",
  userName: "Ingrid.Solvang@example.com",
  name: { givenName: "Ingrid", familyName: "Solvang" },
  title: "",
  nickName: null,
  active: false,
  emails: [
    { type: "work", value: "ingrid@example.com", primary: true },
    { type: "home", value: "solvang@example.org" }
  ],
  phoneNumbers: [],
  addresses: [{ type: "" }],
  roles: [{ value: "Pilot" }],
  meta: { created: "2027-01-11T08:30:00.000Z", lastModified: "2027-02-01T00:00:00.000Z" },
  [enterpriseUserUrn]: { department: "Søknad", manager: { value: "E-17" } },
  [defaultExtensionUserUrn]: {
    userId: 0,
    location: "Ærø",
    custom_Level: 4,
    custom_flags: ["red", "Blue"],
    custom_on: false,
    custom_empty: ""
  }
}

const holds = (text: string, resource = ingrid): boolean =>
  matches(Result.getOrThrow(typeFilter(userTable, Result.getOrThrow(parseFilter(text)))), resource)

/** The order of UTF-8 bytes, by way of the code points. */
const byteOrder = (left: string, right: string): number => {
  const [a, b] = [[...left], [...right]]
  for (const [i, character] of a.entries()) {
    const other = b[i]
    if (other === undefined) return 1
    if (other !== character) return (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0)
  }
  return a.length - b.length
}

describe("evaluating filters (RFC 7644 3.4.2.2)", () => {
  it.each([
    'userName eq "INGRID.solvang@EXAMPLE.com"',
    'userName co "Solvang@"',
    'userName sw "ingrid"',
    'userName ew ".COM"',
    'userName gt "ingrid"',
    'userName le "ingrid.solvang@example.com"',
    'externalId eq "Ext-7"',
    'name.familyName eq "solvang"',
    "active eq false",
    "active pr",
    "userId pr",
    "userId eq 0",
    "userId lt 1",
    'emails eq "Ingrid@Example.com"',
    'emails.type eq "home"',
    'emails[type eq "work" and value co "@example.com"]',
    'emails[type eq "work"].value eq "ingrid@example.com"',
    "emails[primary eq true]",
    'emails[not (type eq "work")]',
    'manager eq "e-17"',
    'manager[value eq "E-17"]',
    `${enterpriseUserUrn}:department eq "SØKNAD"`,
    'department sw "sø"',
    'location eq "ærø"',
    'meta.created eq "2027-01-11T09:30:00+01:00"',
    'meta.lastModified gt "2027-01-31"',
    "custom_level eq 4",
    'CUSTOM_FLAGS eq "blue"',
    'custom_flags eq "RED"',
    "custom_on eq false",
    "custom_on pr",
    'title eq null and not (title pr) and title ne "x"',
    "phoneNumbers eq null",
    "name pr and emails pr and roles pr"
  ])("%s holds", (text) => {
    assert.isTrue(holds(text))
  })

  it.each([
    'externalId eq "ext-7"',
    'id eq "5D3C1F7A-44B2-4A0E-8F19-9B7E6C2D0A01"',
    'emails[type eq "home" and value co "@example.com"]',
    'emails[type eq "home"].value eq "ingrid@example.com"',
    // Absent is not false, and unlike every value.
    'emails[type eq "home" and primary eq false]',
    "title pr",
    "nickName pr",
    "phoneNumbers pr",
    "addresses pr",
    "displayName pr",
    'title eq ""',
    'title lt "z"',
    'emails.value ne "solvang@example.org"',
    'emails eq "ingrid@example.com" and title pr',
    'custom_level eq "4"',
    'custom_on eq "false"',
    "custom_none pr",
    "custom_empty pr",
    'meta.created lt "2027-01-11T08:30:00Z"',
    'department eq "Soknad"'
  ])("%s does not hold", (text) => {
    assert.isFalse(holds(text))
  })

  it("a thousand terms and sixty levels are evaluated", () => {
    const chain = Array.from({ length: maxFilterTerms }, () => "title pr").join(" or ")
    assert.isFalse(holds(chain))
    assert.isTrue(holds(`${"not (".repeat(60)}active pr${")".repeat(60)}`))
  })

  it("an element is tested alone", () => {
    const ref = userTable.find(undefined, "emails")
    if (ref === undefined) return assert.fail("no emails")
    const filter = Result.getOrThrow(
      typeElementFilter(ref, Result.getOrThrow(parseFilter('type eq "WORK" and not (primary eq true)')))
    )
    assert.isTrue(matchesElement(filter, { type: "work" }))
    assert.isFalse(matchesElement(filter, { type: "work", primary: true }))
    assert.isFalse(matchesElement(filter, { type: "home" }))
    assert.isFalse(matchesElement(filter, "work"))
    assert.isFalse(matchesElement(filter, null))
  })

  it("values of another type than the schema's match nothing", () => {
    assert.isFalse(holds('userName eq "7"', { userName: 7 }))
    assert.isFalse(holds("active eq true", { active: "true" }))
    assert.isFalse(holds("name pr", { name: "Ada" }))
    assert.isFalse(holds('emails.value eq "x"', { emails: [["x"], null, "x", { value: ["y"] }] }))
  })

  it("members that the resource inherits are absent (ABUSE-29)", () => {
    const inherited: JsonObject = Object.create({ title: "inherited" })
    assert.isFalse(holds("title pr", inherited))
  })

  it.prop(
    "ABUSE-33: eq on a string that is not caseExact is equality of comparison keys, on externalId identity",
    [pick(words), pick(words)],
    ([held, asked]) => {
      const literal = JSON.stringify(asked)
      assert.strictEqual(holds(`title eq ${literal}`, { title: held }), comparisonKey(held) === comparisonKey(asked))
      assert.strictEqual(holds(`externalId eq ${literal}`, { externalId: held }), held === asked)
      assert.strictEqual(
        holds(`title co ${literal}`, { title: held }),
        comparisonKey(held).includes(comparisonKey(asked))
      )
      assert.strictEqual(holds(`externalId sw ${literal}`, { externalId: held }), held.startsWith(asked))
      assert.strictEqual(holds(`externalId ew ${literal}`, { externalId: held }), held.endsWith(asked))
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "order is that of UTF-8 bytes",
    [pick(words), pick(words)],
    ([held, asked]) => {
      const bytes = byteOrder(held, asked)
      const literal = JSON.stringify(asked)
      assert.strictEqual(holds(`externalId gt ${literal}`, { externalId: held }), bytes > 0)
      assert.strictEqual(holds(`externalId ge ${literal}`, { externalId: held }), bytes >= 0)
      assert.strictEqual(holds(`externalId lt ${literal}`, { externalId: held }), bytes < 0)
      assert.strictEqual(holds(`externalId le ${literal}`, { externalId: held }), bytes <= 0)
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "any one element decides, in whatever order they stand",
    [Arbitrary.array(pick(words), { maxLength: 4 }), pick(words)],
    ([values, asked]) => {
      const emails = values.map((value) => ({ value }))
      const expected = values.some((value) => comparisonKey(value) === comparisonKey(asked))
      const text = `emails.value eq ${JSON.stringify(asked)}`
      assert.strictEqual(holds(text, { emails }), expected)
      assert.strictEqual(holds(text, { emails: emails.toReversed() }), expected)
    }
  )
})
