import type { Answer } from "@rollcall/domain/directory/Batch"
import type { Command, Request } from "@rollcall/domain/directory/Command"
import {
  emptyOrganization,
  type MemoryOrganization,
  runMemoryBatch,
  writeToMemory
} from "@rollcall/domain/directory/MemoryStore"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { presets, type Settings } from "@rollcall/domain/organization/Settings"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { type User, UserId } from "@rollcall/domain/user/User"
import { Arbitrary, Result } from "effect"
import { oneOf, pick } from "../scim/Vocabulary.ts"
import { memorySnapshot, plain, type Seed, type Snapshot, seedWrites } from "./DirectoryProbe.ts"
import { resourceTypes } from "./Tenant.ts"

/** One write of a random story, before it has ids: people and groups are named by the order in which they were made. */
type Step =
  | { readonly kind: "create user"; readonly body: JsonObject }
  | { readonly kind: "replace user"; readonly at: number; readonly body: JsonObject; readonly ifMatch: IfMatch }
  | { readonly kind: "patch user"; readonly at: number; readonly operations: Operations; readonly ifMatch: IfMatch }
  | { readonly kind: "delete user"; readonly at: number; readonly ifMatch: IfMatch }
  | { readonly kind: "create group"; readonly body: JsonObject }
  | { readonly kind: "replace group"; readonly at: number; readonly body: JsonObject; readonly ifMatch: IfMatch }
  | { readonly kind: "patch group"; readonly at: number; readonly operations: Operations; readonly ifMatch: IfMatch }
  | { readonly kind: "delete group"; readonly at: number; readonly ifMatch: IfMatch }

type IfMatch = string | undefined
type Operations = ReadonlyArray<Json>

/** A random story: settings, and writes in groups that come at the same moment. */
export interface Story {
  readonly settings: Settings
  readonly chunks: ReadonlyArray<ReadonlyArray<Step>>
}

const userIdAt = (index: number): UserId => UserId.make(`00000000-0000-4000-8000-0000000000${hex(index)}`)
const groupIdAt = (index: number): GroupId => GroupId.make(`00000000-0000-4000-9000-0000000000${hex(index)}`)
const hex = (index: number): string => index.toString(16).padStart(2, "0")

// Few words, so that names, emails and people meet; several spell one name.
const userNames = ["ada", "ADA", "bo", "ada@h.example", "BO@h.example", "cy@h.example"]
const emails = ["ada@h.example", "Ada@H.example", "bo@h.example", "cy@h.example"]
const groupNames = ["Ops", "OPS", "ops", "Sales"]
const at = pick([0, 0, 1, 1, 2, 3, 4, 5])
const groupAt = pick([0, 0, 1, 1, 2, 2, 3, 4])
const optional = <A>(values: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A | undefined> =>
  oneOf<A | undefined>([Arbitrary.Constant(undefined), values])

const ifMatch: Arbitrary.Arbitrary<IfMatch> = optional(optional(pick(['W/"1"', 'W/"2"', '"4"'])))

/** The members that are there. */
const present = (members: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

const object = (members: Readonly<Record<string, Arbitrary.Arbitrary<Json | undefined>>>) =>
  Arbitrary.map(Arbitrary.all({ ...members }), present)

const email = object({
  value: pick<Json>(emails),
  type: optional(pick<Json>(["work", "home"])),
  primary: optional(Arbitrary.Constant<Json>(true))
})

const userBody: Arbitrary.Arbitrary<JsonObject> = object({
  userName: pick<Json>(userNames),
  emails: optional(Arbitrary.array(email, { maxLength: 2 })),
  title: optional(pick<Json>(["Engineer", "Lead", ""])),
  name: optional(pick<Json>([{ givenName: "Ada" }, { familyName: "Okafor" }])),
  active: optional(pick<Json>([true, false])),
  [extension]: optional(
    pick<Json>([
      { custom_level: 1 },
      { CUSTOM_Level: 2, custom_x: true },
      { startDate: "02/30/2027" },
      { hireDate: "1/2/2027" }
    ])
  )
})

const userOperation: Arbitrary.Arbitrary<Json> = oneOf<Json>([
  Arbitrary.map(pick(userNames), (value) => ({ op: "replace", path: "userName", value })),
  Arbitrary.map(pick(emails), (value) => ({ op: "replace", path: 'emails[type eq "work"].value', value })),
  Arbitrary.map(pick(emails), (value) => ({ op: "add", path: "emails", value: [{ value, primary: true }] })),
  pick<Json>([
    { op: "remove", path: "emails" },
    { op: "replace", path: "active", value: false },
    { op: "replace", path: "active", value: true },
    { op: "replace", path: "title", value: "Lead" },
    { op: "remove", path: "title" },
    { op: "add", value: { [`${extension}:Custom_LEVEL`]: 5 } }
  ])
])

/** People of the story, and one whom nobody has made. */
const memberList: Arbitrary.Arbitrary<ReadonlyArray<Json>> = Arbitrary.array(
  Arbitrary.map(pick([0, 1, 2, 3, 4, 0, 1, 2, 3, 77]), (index) => ({ value: userIdAt(index) })),
  { maxLength: 3 }
)

const groupBody: Arbitrary.Arbitrary<JsonObject> = object({
  displayName: pick<Json>(groupNames),
  externalId: optional(pick<Json>(["g1", "g2"])),
  members: optional(memberList)
})

const groupOperation: Arbitrary.Arbitrary<Json> = oneOf<Json>([
  Arbitrary.map(memberList, (value) => ({ op: "add", path: "members", value })),
  Arbitrary.map(memberList, (value) => ({ op: "replace", path: "members", value })),
  Arbitrary.map(memberList, (value) => ({ op: "remove", path: "members", value })),
  Arbitrary.map(at, (index) => ({ op: "remove", path: `members[value eq "${userIdAt(index)}"]` })),
  Arbitrary.map(pick(groupNames), (value) => ({ op: "replace", path: "displayName", value })),
  pick<Json>([
    { op: "remove", path: "members" },
    { op: "replace", path: "externalId", value: "g3" }
  ])
])

const operations = (operation: Arbitrary.Arbitrary<Json>) => Arbitrary.array(operation, { minLength: 1, maxLength: 3 })

const stepOf = <A extends Step>(step: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<Step> => step

const createUser = stepOf(Arbitrary.map(userBody, (body) => ({ kind: "create user", body }) as const))
const patchUser = stepOf(
  Arbitrary.all({ kind: Arbitrary.Constant("patch user" as const), at, operations: operations(userOperation), ifMatch })
)
const patchGroup = stepOf(
  Arbitrary.all({
    kind: Arbitrary.Constant("patch group" as const),
    at: groupAt,
    operations: operations(groupOperation),
    ifMatch
  })
)

const step: Arbitrary.Arbitrary<Step> = oneOf<Step>([
  createUser,
  createUser,
  patchUser,
  patchUser,
  patchGroup,
  patchGroup,
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("replace user" as const), at, body: userBody, ifMatch })),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("delete user" as const), at, ifMatch })),
  stepOf(Arbitrary.map(groupBody, (body) => ({ kind: "create group", body }) as const)),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("replace group" as const), at: groupAt, body: groupBody, ifMatch })),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("delete group" as const), at: groupAt, ifMatch }))
])

const settings: Arbitrary.Arbitrary<Settings> = pick([
  presets.product,
  presets.rfc,
  { ...presets.product, userNameAndEmail: "free" as const },
  { ...presets.product, existingGroupName: "conflict" as const }
])

/** Random stories over few people and names. */
export const story: Arbitrary.Arbitrary<Story> = Arbitrary.all({
  settings,
  chunks: Arbitrary.array(Arbitrary.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
})

const stoodUser = (index: number, attributes: JsonObject, more: Partial<User> = {}): User => ({
  id: userIdAt(index),
  number: index + 1,
  attributes: { ...attributes, active: true, [extension]: { userId: index + 1 } },
  sources: {},
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined,
  ...more
})

const stoodGroup = (index: number, displayName: string): Group => ({
  id: groupIdAt(index),
  number: index + 1,
  displayName,
  externalId: undefined,
  type: "Groups",
  origin: "hand",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0
})

/** What stands before each story: three people who live and two who were deleted, groups whose names differ in case. */
export const stood: Required<Seed> = {
  users: [
    stoodUser(0, { userName: "ada@h.example", emails: [{ value: "ada@h.example", type: "work" }] }),
    stoodUser(1, { userName: "bo", title: "Engineer" }, { origin: "csv", sources: { title: "csv", email: "hand" } }),
    stoodUser(2, { userName: "cy@h.example" }),
    stoodUser(3, { userName: "old", emails: [{ value: "bo@h.example" }] }, { deletedAt: 10 }),
    stoodUser(4, { userName: "older", emails: [{ value: "bo@h.example" }] }, { deletedAt: 5 })
  ],
  groups: [stoodGroup(0, "Ops"), stoodGroup(1, "ops"), stoodGroup(2, "Sales")],
  members: [
    [groupIdAt(0), [userIdAt(0), userIdAt(1)]],
    [groupIdAt(2), [userIdAt(1)]]
  ]
}

/** The requests of a story, in the groups in which they come, with ids in the order of the creates. */
export const requestsOf = ({ chunks }: Story): ReadonlyArray<ReadonlyArray<Request>> => {
  let users = stood.users.length
  let groups = stood.groups.length
  const commandOf = (step: Step): Command => {
    switch (step.kind) {
      case "create user": {
        const newId = userIdAt(users++)
        return orRefuse(readResource(resourceTypes.user, step.body), (input) => ({ _tag: "CreateUser", newId, input }))
      }
      case "replace user":
        return orRefuse(readResource(resourceTypes.user, step.body), (input) => ({
          _tag: "ReplaceUser",
          id: userIdAt(step.at),
          input,
          ifMatch: step.ifMatch
        }))
      case "patch user":
        return orRefuse(readPatch(resourceTypes.user, patch(step.operations)), (patch) => ({
          _tag: "PatchUser",
          id: userIdAt(step.at),
          patch,
          ifMatch: step.ifMatch
        }))
      case "delete user":
        return { _tag: "DeleteUser", id: userIdAt(step.at), ifMatch: step.ifMatch }
      case "create group": {
        const newId = groupIdAt(groups++)
        return orRefuse(readResource(resourceTypes.group, step.body), (input) => ({
          _tag: "CreateGroup",
          newId,
          input
        }))
      }
      case "replace group":
        return orRefuse(readResource(resourceTypes.group, step.body), (input) => ({
          _tag: "ReplaceGroup",
          id: groupIdAt(step.at),
          input,
          ifMatch: step.ifMatch
        }))
      case "patch group":
        return orRefuse(readPatch(resourceTypes.group, patch(step.operations)), (patch) => ({
          _tag: "PatchGroup",
          id: groupIdAt(step.at),
          patch,
          ifMatch: step.ifMatch
        }))
      case "delete group":
        return { _tag: "DeleteGroup", id: groupIdAt(step.at), ifMatch: step.ifMatch }
    }
  }
  return chunks.map((chunk) =>
    chunk.map((step) => ({
      command: commandOf(step),
      requestId: "r1",
      actor: { keyId: "k1", keyLabel: "IdP", client: "test" },
      line: step.kind,
      size: 100,
      receivedAt: 0
    }))
  )
}

const patch = (operations: Operations): Json => ({ Operations: operations })

const orRefuse = <A>(read: Result.Result<A, ScimError>, command: (value: A) => Command): Command =>
  Result.isSuccess(read) ? command(read.success) : { _tag: "Refuse", error: read.failure }

/** When the requests of a group come, in milliseconds. */
export const timeOf = (chunk: number): number => 1_000 * (chunk + 1)

/** An answer as it can be compared. */
export const plainAnswer = (answer: Answer): unknown =>
  answer._tag === "Done"
    ? plain(answer)
    : { status: answer.error.status, scimType: answer.error.scimType, detail: answer.error.detail }

/** What stands before a story, in memory. */
export const stoodOrganization = ({ settings }: Story): MemoryOrganization => {
  const organization = emptyOrganization(settings)
  writeToMemory(organization, seedWrites(organization.state, stood))
  return organization
}

/**
 * Tells a story to the memory adapter, the requests of each moment in the batches into which `split` takes them: what
 * was answered, and what stands afterwards.
 */
export const tellInMemory = (
  told: Story,
  split: (requests: ReadonlyArray<Request>) => ReadonlyArray<ReadonlyArray<Request>>
): { readonly answers: ReadonlyArray<unknown>; readonly after: Snapshot } => {
  const organization = stoodOrganization(told)
  const answers = requestsOf(told).flatMap((requests, chunk) =>
    split(requests).flatMap((batch) => runMemoryBatch(organization, batch, resourceTypes, timeOf(chunk)))
  )
  return { answers: answers.map(plainAnswer), after: memorySnapshot(organization) }
}
