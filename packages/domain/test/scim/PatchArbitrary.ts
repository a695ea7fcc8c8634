import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Arbitrary } from "effect"
import { ids, oneOf, pick, words } from "./Vocabulary.ts"

const ENT = enterpriseUserUrn
const EXT = defaultExtensionUserUrn

/** Values of every kind, small, with texts that occur in resources. */
const scalar: Arbitrary.Arbitrary<Json> = oneOf<Json>([
  pick(words),
  pick(ids),
  pick<Json>([null, "", true, false, "True", 0, 417, -1.5, "a\0b", "\ud800"])
])

const names = [
  "value",
  "VALUE",
  "type",
  "primary",
  "display",
  "displayName",
  "givenName",
  "country",
  "userName",
  "title",
  "emails",
  "name",
  "manager",
  "managerId",
  "$ref",
  "id",
  "op",
  "path",
  "Operations",
  "schemas",
  "startDate",
  "custom_level",
  "members",
  "shoeSize",
  "__proto__",
  "constructor",
  "name.givenName",
  `${ENT}:department`,
  `${EXT}.location`,
  ENT,
  EXT,
  'emails[type eq "work"].value',
  "x[y",
  ""
]

/** `__proto__` becomes an own member, as `JSON.parse` makes it. */
const objectOf = (entries: ReadonlyArray<readonly [string, Json]>): JsonObject => Object.fromEntries(entries)

const nested = (inner: Arbitrary.Arbitrary<Json>): Arbitrary.Arbitrary<Json> =>
  oneOf<Json>([
    scalar,
    Arbitrary.array(inner, { maxLength: 3 }),
    Arbitrary.map(Arbitrary.array(Arbitrary.all([pick(names), inner] as const), { maxLength: 4 }), objectOf)
  ])

/** Any JSON, its names biased to those that mean something. */
export const json: Arbitrary.Arbitrary<Json> = nested(nested(nested(scalar)))

const text = oneOf<Json>([pick(words), pick(words), pick<Json>([null, ""])])

const element: Arbitrary.Arbitrary<Json> = Arbitrary.map(
  Arbitrary.all({
    value: pick(words),
    type: pick(["work", "home", "other"]),
    primary: pick<Json>([true, false, null])
  }),
  ({ value, type, primary }) => ({ value, type, primary })
)

const elements: Arbitrary.Arbitrary<Json> = oneOf<Json>([Arbitrary.array(element, { maxLength: 3 }), element, text])

const boolean = pick<Json>([true, false, "True", "False"])

const manager = oneOf<Json>([
  text,
  Arbitrary.map(text, (value) => ({ value })),
  Arbitrary.map(text, (Email) => [{ Email }])
])

const custom = oneOf<Json>([text, boolean, Arbitrary.array(text, { maxLength: 3 })])

const named = (name: string, values: Arbitrary.Arbitrary<Json>): Arbitrary.Arbitrary<Json> =>
  Arbitrary.map(values, (value) => ({ [name]: value }))

/** Paths, each with values that fit. */
const targets: ReadonlyArray<readonly [path: string | undefined, values: Arbitrary.Arbitrary<Json>]> = [
  ["userName", pick(words)],
  ["displayName", text],
  ["title", text],
  ["active", boolean],
  ["name", named("givenName", text)],
  ["name.givenName", text],
  ["emails", elements],
  ["emails.display", text],
  ['emails[type eq "work"]', element],
  ['emails[type eq "work"].value', text],
  ['emails[type eq "work"].type', text],
  ['emails[type eq "home"].primary', boolean],
  ['emails[value co "a"].type', text],
  ['emails[primary eq "True"].value', text],
  ['roles[primary eq "True"].value', text],
  ['roles[primary eq "True"].display', text],
  ["roles", elements],
  ['addresses[type eq "work"].country', text],
  ["addresses", named("country", text)],
  [ENT, named("department", text)],
  [`${ENT}:department`, text],
  [`${ENT}:manager`, manager],
  [`${ENT}:manager.value`, text],
  ["manager", manager],
  [EXT, oneOf<Json>([named("custom_level", custom), pick(["01/11/2027"])])],
  [`${EXT}:startDate`, text],
  [`${EXT}:custom_level`, custom],
  [`${EXT}:CUSTOM_LEVEL`, custom],
  [`${EXT}:managerId`, text],
  ["shoeSize", scalar],
  [undefined, named("emails", elements)],
  [undefined, named("name.familyName", text)],
  [undefined, named('emails[type eq "other"].value', text)],
  [undefined, named(`${ENT}:manager`, manager)],
  [undefined, named(EXT, named("custom_level", custom))],
  [undefined, named("managerId", text)]
]

const op = pick(["add", "replace", "remove", "Replace"])

/** An operation on a user that mostly can be done; one in ten has a value of any kind. */
export const operation: Arbitrary.Arbitrary<JsonObject> = Arbitrary.flatMap(
  Arbitrary.all({
    op,
    target: pick(targets),
    odd: pick([false, false, false, false, false, false, false, false, false, true])
  }),
  ({ op, target: [path, values], odd }) =>
    Arbitrary.map(
      odd ? nested(scalar) : values,
      (value): JsonObject => (path === undefined ? { op: op === "remove" ? "add" : op, value } : { op, path, value })
    )
)

export const operations: Arbitrary.Arbitrary<ReadonlyArray<JsonObject>> = Arbitrary.array(operation, {
  minLength: 1,
  maxLength: 6
})

/** A change that every user accepts, of an attribute that the others do not touch. */
export const independent: ReadonlyArray<Arbitrary.Arbitrary<JsonObject>> = [
  Arbitrary.map(pick(words), (value) => ({ op: "replace", path: "title", value })),
  Arbitrary.map(pick(words), (value) => ({ op: "add", path: "name.givenName", value })),
  Arbitrary.map(Arbitrary.array(element, { maxLength: 3 }), (value) => ({ op: "add", path: "emails", value })),
  Arbitrary.map(pick(words), (value) => ({ op: "replace", path: 'roles[type eq "work"].value', value })),
  Arbitrary.map(pick(words), (value) => ({ op: "replace", value: { [`${ENT}:department`]: value } })),
  Arbitrary.map(pick(ids), (value) => ({ op: "add", path: "manager", value })),
  Arbitrary.map(pick(words), (value) => ({ op: "replace", path: EXT, value: { location: value } })),
  Arbitrary.map(pick(words), (value) => ({ op: "replace", path: `${EXT}:custom_level`, value })),
  Arbitrary.Constant({ op: "remove", path: "phoneNumbers" })
]
