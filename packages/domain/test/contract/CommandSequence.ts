import type { Answer } from "@rollcall/domain/directory/Answer"
import type { Command, Request } from "@rollcall/domain/directory/Command"
import {
  emptyOrganization,
  type MemoryOrganization,
  runMemoryBatch,
  writeToMemory
} from "@rollcall/domain/directory/MemoryStore"
import { type Group, GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType, type GroupType, GroupTypeId } from "@rollcall/domain/group/GroupType"
import { presets, type Settings } from "@rollcall/domain/organization/Settings"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
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
  | { readonly kind: "tick user"; readonly at: number }
  | { readonly kind: "create group"; readonly body: JsonObject }
  | { readonly kind: "replace group"; readonly at: number; readonly body: JsonObject; readonly ifMatch: IfMatch }
  | { readonly kind: "patch group"; readonly at: number; readonly operations: Operations; readonly ifMatch: IfMatch }
  | { readonly kind: "delete group"; readonly at: number; readonly ifMatch: IfMatch }
  | AdminStep

/** What an admin does, and SCIM never. */
type AdminStep =
  | { readonly kind: "define type"; readonly name: string }
  | { readonly kind: "rename type"; readonly at: number; readonly name: string }
  | { readonly kind: "delete type"; readonly at: number }
  | { readonly kind: "reorder types"; readonly order: ReadonlyArray<number> }
  | { readonly kind: "move group"; readonly at: number; readonly type: number }
  | { readonly kind: "set admins"; readonly at: number; readonly admins: ReadonlyArray<number> }

type IfMatch = string | undefined
type Operations = ReadonlyArray<Json>

/** A random story: settings, and writes in groups that come at the same moment. */
export interface Story {
  readonly settings: Settings
  readonly chunks: ReadonlyArray<ReadonlyArray<Step>>
}

const userIdAt = (index: number): UserId => UserId.make(`00000000-0000-4000-8000-0000000000${hex(index)}`)
const groupIdAt = (index: number): GroupId => GroupId.make(`00000000-0000-4000-9000-0000000000${hex(index)}`)
/** The first is the default one. */
const typeIdAt = (index: number): GroupTypeId =>
  index === 0 ? defaultGroupType.id : GroupTypeId.make(`00000000-0000-4000-a000-0000000000${hex(index)}`)
const hex = (index: number): string => index.toString(16).padStart(2, "0")

// Few words, so that names, emails and people meet; several spell one name.
const userNames = ["ada", "ADA", "bo", "ada@h.example", "BO@h.example", "cy@h.example"]
const emails = ["ada@h.example", "Ada@H.example", "bo@h.example", "cy@h.example"]
const groupNames = ["Ops", "OPS", "ops", "Sales", "sal es"]
const typeNames = ["Teams", "teams", "Sites", "Groups", ""]
/** References to managers: SCIM IDs, User IDs, e-mails and employee numbers, some of them of several people or of nobody. */
const references = [userIdAt(0), userIdAt(1), userIdAt(3), "1", "2", "4", "6", ...emails, "e1", "E2", "nobody"]
const employeeNumbers = ["e1", "E1", "e2", "2", "4"]
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

const manager: Arbitrary.Arbitrary<Json> = Arbitrary.map(pick(references), (value) => ({ value }))

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
      { hireDate: "1/2/2027" },
      // Stories happen in the first days of 1970, a day for each of their moments.
      { startDate: "01/03/1970" },
      { startDate: "1970-01-04", terminationDate: "01/04/1970" },
      { startDate: "01/01/1970" },
      { terminationDate: "1970-01-02" }
    ])
  ),
  [enterpriseUserUrn]: optional(
    object({ manager: optional(manager), employeeNumber: optional(pick<Json>(employeeNumbers)) })
  )
})

const userOperation: Arbitrary.Arbitrary<Json> = oneOf<Json>([
  Arbitrary.map(pick(userNames), (value) => ({ op: "replace", path: "userName", value })),
  Arbitrary.map(pick(emails), (value) => ({ op: "replace", path: 'emails[type eq "work"].value', value })),
  Arbitrary.map(pick(emails), (value) => ({ op: "add", path: "emails", value: [{ value, primary: true }] })),
  Arbitrary.map(pick(references), (value) => ({ op: "replace", path: `${enterpriseUserUrn}:manager`, value })),
  pick<Json>([
    { op: "remove", path: `${enterpriseUserUrn}:manager` },
    { op: "replace", path: `${enterpriseUserUrn}:employeeNumber`, value: "e2" },
    { op: "replace", path: `${extension}:startDate`, value: "01/05/1970" },
    { op: "remove", path: `${extension}:startDate` },
    { op: "replace", path: extension, value: "01/02/1970" },
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

const scimStep: Arbitrary.Arbitrary<Step> = oneOf<Step>([
  createUser,
  createUser,
  patchUser,
  patchUser,
  patchGroup,
  patchGroup,
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("replace user" as const), at, body: userBody, ifMatch })),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("delete user" as const), at, ifMatch })),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("tick user" as const), at })),
  stepOf(Arbitrary.map(groupBody, (body) => ({ kind: "create group", body }) as const)),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("replace group" as const), at: groupAt, body: groupBody, ifMatch })),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("delete group" as const), at: groupAt, ifMatch }))
])

const typeAt = pick([0, 1, 1, 2, 2, 3, 4])
const typeName = pick(typeNames)

const adminStep: Arbitrary.Arbitrary<Step> = oneOf<Step>([
  stepOf(Arbitrary.map(typeName, (name) => ({ kind: "define type", name }) as const)),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("rename type" as const), at: typeAt, name: typeName })),
  stepOf(Arbitrary.map(typeAt, (at) => ({ kind: "delete type", at }) as const)),
  stepOf(
    Arbitrary.map(
      pick([[2, 1], [1, 2], [0, 2, 1], [1], [3, 1], [2, 3]]),
      (order) => ({ kind: "reorder types", order }) as const
    )
  ),
  stepOf(Arbitrary.all({ kind: Arbitrary.Constant("move group" as const), at: groupAt, type: typeAt })),
  stepOf(
    Arbitrary.all({
      kind: Arbitrary.Constant("set admins" as const),
      at: groupAt,
      admins: Arbitrary.array(at, { maxLength: 2 })
    })
  )
])

const step: Arbitrary.Arbitrary<Step> = oneOf<Step>([scimStep, scimStep, scimStep, adminStep])

const settings: Arbitrary.Arbitrary<Settings> = pick([
  presets.product,
  presets.rfc,
  { ...presets.product, userNameAndEmail: "free" as const },
  { ...presets.product, existingGroupName: "conflict" as const },
  { ...presets.rfc, deactivateOnTerminationDate: true },
  { ...presets.rfc, syncManagers: false, startDates: false }
])

/** Random stories over few people and names. */
export const story: Arbitrary.Arbitrary<Story> = Arbitrary.all({
  settings,
  chunks: Arbitrary.array(Arbitrary.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
})

/** The same with SCIM requests alone. */
export const scimStory: Arbitrary.Arbitrary<Story> = Arbitrary.all({
  settings,
  chunks: Arbitrary.array(Arbitrary.array(scimStep, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
})

const stoodUser = (index: number, attributes: JsonObject, more: Partial<User> = {}): User => ({
  id: userIdAt(index),
  number: index + 1,
  attributes: { ...attributes, active: true, [extension]: { userId: index + 1 } },
  sources: {},
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined,
  ...more
})

const stoodType = (index: number, name: string): GroupType => ({ id: typeIdAt(index), name, position: index })

const stoodGroup = (index: number, displayName: string, type = 0): Group => ({
  id: groupIdAt(index),
  number: index + 1,
  displayName,
  externalId: undefined,
  type: typeIdAt(type),
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
  groups: [stoodGroup(0, "Ops"), stoodGroup(1, "ops"), stoodGroup(2, "Sales", 1)],
  members: [
    [groupIdAt(0), [userIdAt(0), userIdAt(1)]],
    [groupIdAt(2), [userIdAt(1)]]
  ],
  groupTypes: [stoodType(1, "Teams"), stoodType(2, "Sites")],
  admins: [
    [groupIdAt(1), [userIdAt(1)]],
    [groupIdAt(2), [userIdAt(0), userIdAt(1)]]
  ]
}

/** The requests of a story, in the groups in which they come, with ids in the order of the creates. */
export const requestsOf = ({ chunks }: Story): ReadonlyArray<ReadonlyArray<Request>> => {
  let users = stood.users.length
  let groups = stood.groups.length
  let types = stood.groupTypes.length + 1
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
      case "tick user":
        return { _tag: "TickUser", id: userIdAt(step.at) }
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
      case "define type":
        return { _tag: "DefineGroupType", newId: typeIdAt(types++), name: step.name }
      case "rename type":
        return { _tag: "RenameGroupType", id: typeIdAt(step.at), name: step.name }
      case "delete type":
        return { _tag: "DeleteGroupType", id: typeIdAt(step.at) }
      case "reorder types":
        return { _tag: "ReorderGroupTypes", order: step.order.map(typeIdAt) }
      case "move group":
        return { _tag: "MoveGroup", id: groupIdAt(step.at), type: typeIdAt(step.type) }
      case "set admins":
        return { _tag: "SetGroupAdmins", id: groupIdAt(step.at), admins: step.admins.map(userIdAt) }
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

/** When the requests of a group come, in milliseconds: on a day of their own. */
export const timeOf = (chunk: number): number => 86_400_000 * (chunk + 1)

/** An answer as it can be compared. */
export const plainAnswer = (answer: Answer): unknown =>
  answer._tag === "Refused"
    ? { status: answer.error.status, scimType: answer.error.scimType, detail: answer.error.detail }
    : plain(answer)

/** What stands before a story, in memory. */
export const stoodOrganization = ({ settings }: Story): MemoryOrganization => {
  const organization = emptyOrganization(settings, { name: "Halden Robotics" })
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
