import { Arbitrary, Schema } from "effect"

/**
 * A small stock of texts that resources and filters share, so that random comparisons meet: several spellings of few
 * names, beginnings and ends of one another, and what collations, `LIKE` and quoting get wrong.
 */
export const words: ReadonlyArray<string> = [
  "ada",
  "Ada",
  "ADA",
  "adaline",
  "Canada",
  "Ａｄａ",
  "work",
  "Work",
  "home",
  "İnes",
  "i̇nes",
  "ınes",
  "ines",
  "straße",
  "STRASSE",
  "Σίσυφος",
  "ΣΊΣΥΦΟΣ",
  "σίσυφοσ",
  "é",
  "e\u0301",
  "😀 ada",
  "\uffee",
  "100%",
  "100_",
  "a\\b",
  'say "ada"',
  "O'Ada",
  "true",
  "42",
  "00042",
  " ada "
]

export const numbers: ReadonlyArray<number> = [-1, 0, 1, 7, 42, 42.5, 1e21]

/** Pairs of them are one instant; others differ by a millisecond. */
export const instants: ReadonlyArray<string> = [
  "2027-01-11T08:30:00.000Z",
  "2027-01-11T10:30:00.000+02:00",
  "2027-01-11T08:30:00.001Z",
  "2027-01-11",
  "2026-12-31T23:59:59Z",
  "2026-12-31T23:59:59.9999999Z"
]

export const ids: ReadonlyArray<string> = [
  "0f6b7b0e-6f0c-4c3e-9a51-2c8f1a7d0b01",
  "1a2f9c44-8d3b-4e17-b6a0-5d9e2f7c0b02",
  "2B3C0d55-9e4c-4f28-87b1-6eaf308d0b03"
]

/** One of the values, each as likely as the other; the first is the simplest. */
export const pick = <A>(values: readonly [A, ...ReadonlyArray<A>] | ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: values.length - 1 }))),
    (index) => {
      const value = values[index]
      if (value === undefined) throw new Error(`no value ${index} of ${values.length}`)
      return value
    }
  )

/** What one of the arbitraries generates, each as likely as the other. */
export const oneOf = <A>(arbitraries: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(pick(arbitraries), (arbitrary) => arbitrary)
