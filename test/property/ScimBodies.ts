import { Arbitrary } from "effect"
import { anyOf, anyTree, nested, oddString, oneOf, type Tree, textOf, upTo } from "./OddValues.ts"

const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"
const MESSAGES = "urn:ietf:params:scim:api:messages:2.0"

type Value = null | boolean | number | string | ReadonlyArray<Value> | { readonly [key: string]: Value }

const user: Value = {
  schemas: [USER, ENTERPRISE, EXTENSION],
  externalId: "00uq7h2kd9XwLm4RZ697",
  userName: "ines.okafor@haldenrobotics.example",
  name: { givenName: "Ines", familyName: "Okafor", formatted: "Ines Okafor" },
  emails: [{ primary: true, type: "work", value: "ines.okafor@haldenrobotics.example" }],
  phoneNumbers: [{ type: "work", value: "+45 55 50 01 17" }],
  addresses: [{ type: "work", streetAddress: "Havnegade 12", locality: "Aarhus", country: "DK" }],
  roles: [{ value: "coach", primary: "True" }],
  x509Certificates: [{ value: "MAo=" }],
  profileUrl: "https://people.haldenrobotics.example/ines",
  timezone: "Europe/Copenhagen",
  title: "Controls Engineer",
  password: "q7RzV2kd",
  active: true,
  [ENTERPRISE]: { employeeNumber: "HR-0417", department: "Controls", manager: { value: "{user}" } },
  [EXTENSION]: { location: "Aarhus", startDate: "01/11/2099", hireDate: "06/15/2019", custom_badges: ["a", "b"] }
}

const group: Value = {
  schemas: [GROUP],
  displayName: "Field Robotics",
  externalId: "9d3b7c50-1e24-4f8a-a6b1-c0d9e8f7a612",
  members: [{ value: "{user}", display: "Sun-hee Park", $ref: null, type: "User" }]
}

const patchUser: Value = {
  schemas: [`${MESSAGES}:PatchOp`],
  Operations: [
    { op: "Replace", path: "name.familyName", value: "Okafor-Lund" },
    { op: "add", path: 'emails[type eq "home"].value', value: "ines@home.example" },
    { op: "replace", value: { "name.givenName": "Inés", [`${ENTERPRISE}:department`]: "Controls EU" } },
    { op: "Add", path: `${ENTERPRISE}:manager`, value: "{user}" },
    { op: "remove", path: 'phoneNumbers[type eq "work" and value sw "+45"]' },
    { op: "replace", path: `${EXTENSION}:startDate`, value: "02/01/2099" }
  ]
}

const patchGroup: Value = {
  schemas: [`${MESSAGES}:PatchOp`],
  Operations: [
    { op: "remove", path: 'members[value eq "{user}"]' },
    { op: "add", path: "members", value: [{ value: "{user}" }] },
    { op: "replace", value: { id: "{group}", displayName: "Field Robotics EU" } }
  ]
}

const search: Value = {
  schemas: [`${MESSAGES}:SearchRequest`],
  attributes: ["userName", "emails.value"],
  filter: `userName sw "i" and (emails[type eq "work" and value co "@"] or not (active eq true))`,
  sortBy: "name.familyName",
  sortOrder: "descending",
  startIndex: 1,
  count: 10
}

const bulk: Value = {
  schemas: [`${MESSAGES}:BulkRequest`],
  failOnErrors: 1,
  Operations: [
    { method: "POST", path: "/Users", bulkId: "qwerty", data: user },
    { method: "PATCH", path: "/Users/{user}", data: patchUser },
    {
      method: "POST",
      path: "/Groups",
      bulkId: "ytrewq",
      data: { schemas: [GROUP], displayName: "Bulk", members: [{ value: "bulkId:qwerty" }] }
    },
    { method: "DELETE", path: "/Groups/{group}" }
  ]
}

/** One right body of each kind of message. */
export const VALID: ReadonlyArray<Value> = [user, group, patchUser, patchGroup, search, bulk]

const treeOf = (value: Value): Tree => {
  if (Array.isArray(value)) return { list: value.map(treeOf) }
  if (typeof value !== "object" || value === null) return { scalar: JSON.stringify(value) }
  return { object: Object.entries(value).map(([key, element]) => [key, treeOf(element)]) }
}

/** What is done to the place. */
type Mutation =
  | { readonly kind: "replace"; readonly by: Tree }
  | { readonly kind: "rename"; readonly to: string }
  | { readonly kind: "remove" | "twice" | "listed" | "unlisted" | "buried" | "shouted" }

const sizeOf = (tree: Tree): number => {
  if ("scalar" in tree) return 1
  const parts = "list" in tree ? tree.list : tree.object.map(([, value]) => value)
  return parts.reduce((size, part) => size + sizeOf(part), 1)
}

const mutateHere = (tree: Tree, mutation: Mutation): Tree => {
  switch (mutation.kind) {
    case "replace":
      return mutation.by
    case "listed":
      return { list: [tree, tree] }
    case "unlisted":
      return "list" in tree ? (tree.list[0] ?? { scalar: "null" }) : { object: [["value", tree]] }
    case "buried":
      return { scalar: nested(textOf(tree), 500, "[", "]") }
    default:
      return { scalar: JSON.stringify(textOf(tree)) }
  }
}

const mutateMember = (key: string, value: Tree, mutation: Mutation): ReadonlyArray<readonly [string, Tree]> => {
  if (mutation.kind === "remove") return []
  if (mutation.kind === "rename") return [[mutation.to, value]]
  if (mutation.kind === "shouted") return [[key.toUpperCase(), value]]
  if (mutation.kind === "twice") {
    return [
      [key, value],
      [key, { scalar: "null" }]
    ]
  }
  return [[key, mutateHere(value, mutation)]]
}

/** The tree with its `place`-th value, counted from the outside in and from left to right, changed. */
const mutateAt = (tree: Tree, place: number, mutation: Mutation): Tree => {
  if (place === 0 || "scalar" in tree) return mutateHere(tree, mutation)
  let before = 1
  const inside = (part: Tree): number | undefined => {
    const at = place - before
    before += sizeOf(part)
    return at >= 0 && at < sizeOf(part) ? at : undefined
  }
  if ("list" in tree) {
    const mutated = tree.list.flatMap((part) => {
      const at = inside(part)
      if (at === undefined) return [part]
      if (at === 0 && mutation.kind === "remove") return []
      return [mutateAt(part, at, mutation)]
    })
    return { list: mutated }
  }
  const mutated = tree.object.flatMap(([key, value]) => {
    const at = inside(value)
    if (at === undefined) return [[key, value] as const]
    return at === 0 ? mutateMember(key, value, mutation) : [[key, mutateAt(value, at, mutation)] as const]
  })
  return { object: mutated }
}

const mutation: Arbitrary.Arbitrary<Mutation> = anyOf<Mutation>(
  Arbitrary.map(oneOf(["remove", "twice", "listed", "unlisted", "buried", "shouted"]), (kind): Mutation => ({ kind })),
  Arbitrary.map(anyTree, (by): Mutation => ({ kind: "replace", by })),
  Arbitrary.map(oddString, (text): Mutation => ({ kind: "replace", by: { scalar: JSON.stringify(text) } })),
  Arbitrary.map(oddString, (to): Mutation => ({ kind: "rename", to }))
)

/** A right message with one place changed, as JSON text; `{user}` and `{group}` stand for ids that exist. */
export const almostRightBody: Arbitrary.Arbitrary<{ readonly body: number; readonly text: string }> = Arbitrary.map(
  Arbitrary.all({ body: upTo(VALID.length - 1), place: upTo(1_000), mutation }),
  ({ body, mutation: change, place }) => {
    const tree = treeOf(VALID[body] ?? null)
    return { body, text: textOf(mutateAt(tree, place % sizeOf(tree), change)) }
  }
)
