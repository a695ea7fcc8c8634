import { assert, describe, it } from "@effect/vitest"
import { type ResourceQuery, Users } from "@rollcall/domain/directory/Resources"
import { compareCodePoints } from "@rollcall/domain/scim/Comparison"
import { matches } from "@rollcall/domain/scim/FilterEvaluator"
import { parseFilter } from "@rollcall/domain/scim/FilterParser"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { resolveSort } from "@rollcall/domain/scim/SortKey"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { typeFilter } from "@rollcall/domain/scim/TypedFilter"
import { Effect, Layer, Result } from "effect"
import { pick, words } from "../../domain/test/scim/Vocabulary.ts"
import { prefixEnd } from "../src/filter/SqlValue.ts"
import { layer as userStore } from "../src/UserStore.ts"
import { onBothDatabases } from "./BothDatabases.ts"
import { baseUrl, insertDirectory, resourceTypes, sampleDirectory, seenUser, storedUsers } from "./SampleDirectory.ts"

const custom = (value: JsonObject) => ({ [defaultExtensionUserUrn]: value })

const directory = sampleDirectory(
  [
    {
      userName: "Ada",
      title: "Zebra",
      emails: [
        { value: "one@halden.example", type: "work" },
        { value: "two@halden.example", type: "home", primary: true }
      ],
      ...custom({ custom_level: 42, custom_tags: ["42", 7, true] })
    },
    { userName: "bo", title: "äffin", profileUrl: "HTTP://x", name: {}, ...custom({ custom_level: "42" }) },
    { userName: "Cy", title: "ape", name: { givenName: "Cy" }, ...custom({ custom_level: true }) },
    { userName: "İda", title: "😀", externalId: "A", ...custom({ custom_level: ["x", 42.5] }) },
    { userName: "ida", title: "\uffee", externalId: "a" }
  ],
  [{ displayName: "Robotics" }],
  [[0, 1]],
  false
)
const [first = "", second = ""] = directory.users.map((user) => user.id)
const version = 'W/\\"2\\"'

/** Filters and the User IDs that they find. */
const examples: ReadonlyArray<readonly [filter: string, numbers: ReadonlyArray<number>]> = [
  // Ids are case-exact, and not all that is compared with them is a UUID.
  [`id eq "${first}"`, [1]],
  [`id eq "${first.toUpperCase()}"`, []],
  [`id ne "${first.toUpperCase()}"`, [1, 2, 3, 4, 5]],
  [`id sw "${first.slice(0, 20)}"`, [1]],
  ['id eq "1"', []],
  // Case is folded by the domain's rule: İ is not i.
  ['userName eq "ADA"', [1]],
  ['userName eq "IDA"', [5]],
  ['userName eq "İDA"', [4]],
  ['externalId eq "a"', [5]],
  ['not (externalId eq "a")', [1, 2, 3, 4]],
  ['externalId ne "a" and externalId pr', [4]],
  // The end of a prefix is not in it.
  ['userName sw "bn"', []],
  ['userName sw "B"', [2]],
  // By code point, in no language's order: z before ä, and characters beyond the basic plane last.
  ['title gt "z"', [1, 2, 4, 5]],
  ['title lt "b"', [3]],
  ['title gt "ÿ"', [4, 5]],
  ['title gt "\uffee"', [4]],
  ['title ge "\uffed" and title le "\uffee"', [5]],
  ['profileUrl eq "http://x"', []],
  ['profileUrl sw "HTTP"', [2]],
  // One element satisfies all that stands in the brackets.
  ['emails[type eq "work" and value eq "one@halden.example"]', [1]],
  ['emails[type eq "home" and value eq "one@halden.example"]', []],
  ['emails[value eq "one@halden.example" or type eq "none"]', [1]],
  ['emails.type eq "home" and emails.value eq "ONE@halden.example"', [1]],
  ['emails[not (type eq "work")]', [1]],
  ["emails[not (type pr)]", []],
  ["not (emails[type pr])", [2, 3, 4, 5]],
  ["name[not (familyName pr)]", [3]],
  ["not (name[givenName pr])", [1, 2, 4, 5]],
  // A custom attribute compares by the type of the literal, whatever values there are.
  [`${defaultExtensionUserUrn}:custom_level eq 42`, [1]],
  ['custom_LEVEL eq "42"', [2]],
  ["custom_level eq true", [3]],
  ["custom_level ne 42", [2, 3, 4, 5]],
  ["custom_level gt 42", [4]],
  ['custom_level ge ""', [2, 4]],
  ["custom_level pr", [1, 2, 3, 4]],
  ["custom_level eq null", [5]],
  ["custom_tags eq 7 and custom_tags eq true", [1]],
  ['custom_tags sw "4"', [1]],
  ["custom_tags eq 42", []],
  // What derives from elsewhere.
  [`groups.display eq "ROBOTICS"`, [2]],
  [`groups[type eq "direct" and $ref ew "/Groups/${first}"]`, [2]],
  ["groups eq null", [1, 3, 4, 5]],
  [`meta.location eq "${baseUrl}/Users/${second}"`, [2]],
  [`meta.location eq "https://evil.example/Users/${second}"`, []],
  [`meta.version eq "${version}"`, [2, 5]],
  ['meta.resourceType eq "user"', []],
  ['meta.resourceType eq "User" and meta.created le "2030-01-01T00:00:00Z"', [1, 2, 3, 4, 5]],
  ['meta.created lt "0000-01-01T00:00:00Z" or meta.created gt "9999-12-31T23:59:59.999Z"', []],
  ["userId gt 3", [4, 5]],
  ["userId eq 2.5 or userId gt 1e300", []],
  [`schemas eq "${defaultExtensionUserUrn.toUpperCase()}"`, [1, 2, 3, 4, 5]],
  ['schemas sw "urn:ietf:params:scim:schemas:extension:enterprise"', []],
  // An empty text begins, ends and is part of every text.
  ['title co "" and userName sw "" and title ew ""', [1, 2, 3, 4, 5]],
  ['title co "_" or title co "%"', []]
]

const orders: ReadonlyArray<readonly [sortBy: string, descending: boolean, numbers: ReadonlyArray<number>]> = [
  ["title", false, [3, 1, 2, 5, 4]],
  ["title", true, [4, 5, 2, 1, 3]],
  ["externalId", false, [4, 5, 1, 2, 3]],
  ["externalId", true, [1, 2, 3, 5, 4]],
  // "42", "x", then 42, then true, then nothing.
  ["custom_level", false, [2, 4, 1, 3, 5]],
  ["custom_level", true, [5, 3, 1, 4, 2]],
  ["schemas", true, [1, 2, 3, 4, 5]],
  ["groups.display", false, [2, 1, 3, 4, 5]]
]

const filterOf = (text: string) =>
  Result.getOrThrow(typeFilter(resourceTypes.user, Result.getOrThrow(parseFilter(text))))

const query = (filter: ResourceQuery["filter"], sort: ResourceQuery["sort"]): ResourceQuery => ({
  filter,
  sort,
  page: { _tag: "Index", startIndex: 1, count: 100 },
  withMembership: false,
  baseUrl
})

onBothDatabases(
  "filters and orders one by one",
  (database) => userStore(resourceTypes).pipe(Layer.provideMerge(database)),
  (it) => {
    it.effect("each finds exactly whom it should, as the evaluator does (R-SCIM-2)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const [text, numbers] of examples) {
          const filter = filterOf(text)
          const found = yield* users.search(organization, query(filter, undefined))
          assert.deepStrictEqual(
            found.items.map((user) => user.number),
            numbers,
            text
          )
          const matching = storedUsers(directory).filter((user) => matches(filter, seenUser(user)))
          assert.deepStrictEqual(
            matching.map((user) => user.number),
            numbers,
            `the evaluator: ${text}`
          )
        }
      })
    )

    it.effect("each order is by code point, what is missing last or, turned round, first (RFC 7644 3.4.2.3)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const organization = yield* insertDirectory(directory)
        for (const [sortBy, descending, numbers] of orders) {
          const sort = { target: Result.getOrThrow(resolveSort(resourceTypes.user, sortBy)), descending }
          const found = yield* users.search(organization, query(undefined, sort))
          assert.deepStrictEqual(
            found.items.map((user) => user.number),
            numbers,
            `${sortBy} ${descending}`
          )
        }
      })
    )

    it.effect("an address of a person with the same id in another organisation finds nobody here (ABUSE-13)", () =>
      Effect.gen(function* () {
        const users = yield* Users
        yield* insertDirectory(directory)
        const other = yield* insertDirectory(sampleDirectory([{ userName: "Ada" }, { userName: "bo" }], [], [], false))
        for (const text of [
          'emails eq "one@halden.example"',
          'groups.display eq "Robotics"',
          `groups eq "${first}"`,
          "groups pr"
        ]) {
          const found = yield* users.search(other, query(filterOf(text), undefined))
          assert.deepStrictEqual(found.items, [], text)
        }
      })
    )
  }
)

describe("the end of a prefix", () => {
  it("lies behind every text that begins with it, and before every other text behind it", () => {
    for (const [prefix, end] of [
      ["a", "b"],
      ["az", "a{"],
      ["\ud7ff", "\ue000"],
      ["a\u{10ffff}", "b"],
      ["\u{1f600}", "\u{1f601}"],
      ["\uffff", "\u{10000}"],
      ["\u{10ffff}\u{10ffff}", undefined],
      ["", undefined]
    ] as const) {
      assert.strictEqual(prefixEnd(prefix), end)
    }
  })

  it.prop("as a law", [pick(words), pick(words), pick([0, 1, 2, 3])], ([word, other, length]) => {
    const prefix = word.slice(0, length).toWellFormed()
    const end = prefixEnd(prefix)
    const isBetween = compareCodePoints(other, prefix) >= 0 && (end === undefined || compareCodePoints(other, end) < 0)
    assert.strictEqual(isBetween, other.startsWith(prefix), `${prefix} ${other}`)
  })
})
