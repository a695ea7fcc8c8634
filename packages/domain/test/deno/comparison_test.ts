import { compareCodePoints, comparisonKey, identityFault } from "../../src/scim/Comparison.ts"
import { equal, test } from "./Check.ts"

test("ABUSE-33: names that differ in case, width or composition are equal; look-alikes are not", () => {
  equal(comparisonKey("ＭＩＫＥ"), comparisonKey("mike"))
  equal(comparisonKey("Jose\u0301"), comparisonKey("JOSÉ"))
  equal(comparisonKey("ΣΊΣΥΦΟΣ"), comparisonKey("σίσυφος"))
  equal(comparisonKey("mıke") === comparisonKey("mike"), false)
  equal(comparisonKey("straße") === comparisonKey("strasse"), false)
})

test("ABUSE-33: an invisible character in a name is a fault that names it", () => {
  equal(identityFault("ada\u200b"), "contains the invisible character U+200B")
  equal(identityFault("ada"), undefined)
})

test("names sort by code point, as the database sorts them", () => {
  equal(["\u{1F600}", "\uFF21", "z", "B"].toSorted(compareCodePoints), ["B", "z", "\uFF21", "\u{1F600}"])
})
