import { assert, describe, it } from "@effect/vitest"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import { MatchingRule } from "@rollcall/domain/user/MatchingRule"
import { type Match, type MatchingView, matchReference } from "@rollcall/domain/user/matchReference"
import { readReference } from "@rollcall/domain/user/PersonReference"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { userKeys } from "@rollcall/domain/user/UserKeys"
import { freshStanding } from "@rollcall/domain/user/UserLifecycle"
import { Arbitrary } from "effect"
import { pick } from "../scim/Vocabulary.ts"

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
const idAt = (index: number): UserId => UserId.make(`00000000-0000-4000-8000-00000000000${index}`)

const person = (index: number, email: string, employeeNumber: string | undefined): User => ({
  id: idAt(index),
  number: index,
  attributes: {
    userName: `u${index}`,
    emails: [{ value: email }],
    ...(employeeNumber === undefined ? {} : { [enterprise]: { employeeNumber } })
  },
  sources: {},
  standing: freshStanding,
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

/** Everybody of an organisation, looked up one by one: what an index must agree with. */
const viewOf = (people: ReadonlyArray<User>): MatchingView => ({
  user: (id) => people.find((one) => one.id === id),
  numberHolder: (number) => people.find((one) => one.number === number),
  emailHolder: (key) => people.find((one) => userKeys(one.attributes).email === key),
  employeeNumberHolders: (key) => people.filter((one) => userKeys(one.attributes).employeeNumber === key)
})

const emailAt = (index: number): string => `p${index}@halden.example`

// Employee numbers that look like everything else: other people's ids, User IDs and e-mails.
const employeeNumber = pick(["", "HR-1", "hr-1", "HR-2", "1", "2", emailAt(1), emailAt(3), idAt(2)])
const directory = Arbitrary.map(Arbitrary.array(employeeNumber, { minLength: 1, maxLength: 6 }), (numbers) =>
  numbers.map((number, i) => person(i + 1, emailAt(i + 1), number === "" ? undefined : number))
)
const reference = pick([
  ...[1, 2, 3, 6].flatMap((index) => [idAt(index), idAt(index).toUpperCase(), String(index), emailAt(index)]),
  "HR-1",
  " hr-2 ",
  "P3@HALDEN.example",
  "007",
  "nobody"
])

const told = (match: Match): unknown =>
  match._tag === "Matched" ? [match.user.id, match.rule, match.alsoBy] : match.several

/** The rules said once more, each on its own, over everybody. */
const byRule = (people: ReadonlyArray<User>, text: string): ReadonlyArray<ReadonlyArray<User>> => {
  const trimmed = text.trim().toLowerCase()
  return [
    people.filter((one) => one.id === trimmed),
    people.filter((one) => String(one.number) === trimmed),
    people.filter((_, i) => emailAt(i + 1) === trimmed),
    people.filter((one) => userKeys(one.attributes).employeeNumber === trimmed)
  ]
}

describe("matching a reference to a person", () => {
  it.prop(
    "R-MATCH-1: is the first rule with a hit, total and never a guess",
    [directory, reference],
    ([people, text]) => {
      const hits = byRule(people, text)
      const first = hits.findIndex((found) => found.length > 0)
      const match = matchReference(viewOf(people), text)
      if (first === -1) assert.deepStrictEqual(match, { _tag: "Unmatched", several: undefined })
      else if ((hits[first]?.length ?? 0) > 1) {
        assert.deepStrictEqual(match, { _tag: "Unmatched", several: MatchingRule.literals[first] as never })
      } else {
        const user = hits[first]?.[0] as User
        const later = hits.findIndex((found, i) => i > first && found.some((one) => one.id !== user.id))
        assert.deepStrictEqual(told(match), [user.id, MatchingRule.literals[first], MatchingRule.literals[later]])
      }
    }
  )

  it.prop(
    "R-MATCH-1: does not depend on the order in which people are looked at",
    [directory, reference],
    ([people, text]) => {
      assert.deepStrictEqual(
        told(matchReference(viewOf(people.toReversed()), text)),
        told(matchReference(viewOf(people), text))
      )
    }
  )

  it.prop(
    "R-MATCH-1: somebody who has nothing to do with a reference does not change what it matches",
    [directory, reference],
    ([people, text]) => {
      const other = person(9, "other@halden.example", "ZZ-9")
      assert.deepStrictEqual(
        told(matchReference(viewOf([...people, other]), text)),
        told(matchReference(viewOf(people), text))
      )
    }
  )

  it("R-MATCH-2: tries a reference only as what it is well-formed for", () => {
    const cases: ReadonlyArray<readonly [string, ReadonlyArray<keyof ReturnType<typeof readReference>>]> = [
      [idAt(1), ["scimId", "employeeNumber"]],
      [` ${idAt(1).toUpperCase()} `, ["scimId", "employeeNumber"]],
      ["42", ["userId", "employeeNumber"]],
      ["007", ["employeeNumber"]],
      ["12345678901234567890", ["employeeNumber"]],
      ["ada@halden.example", ["email", "employeeNumber"]],
      ["ada@", ["employeeNumber"]],
      ["a@b@c", ["employeeNumber"]],
      ["HR-7", ["employeeNumber"]]
    ]
    for (const [text, expected] of cases) {
      const read = readReference(text)
      const tried = Object.entries(read).flatMap(([rule, value]) => (value === undefined ? [] : [rule]))
      assert.deepStrictEqual(tried.toSorted(), [...expected].toSorted(), text)
    }
  })

  it("R-MATCH-2: nobody is a result, not an error", () => {
    assert.deepStrictEqual(matchReference(viewOf([]), "anybody"), { _tag: "Unmatched", several: undefined })
    assert.deepStrictEqual(matchReference(viewOf([]), ""), { _tag: "Unmatched", several: undefined })
  })
})
