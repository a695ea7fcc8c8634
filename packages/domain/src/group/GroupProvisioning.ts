import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Reply } from "../directory/Decision.ts"
import { Directory } from "../directory/Directory.ts"
import { type Represented, representGroup } from "../directory/Representation.ts"
import { Groups } from "../directory/Resources.ts"
import { orRefuse, type ProvisioningError, refuse, submit } from "../directory/Submission.ts"
import type { Json } from "../scim/Json.ts"
import { readPatch } from "../scim/PatchRequest.ts"
import { asksFor, type Projection } from "../scim/Projection.ts"
import { readResource } from "../scim/ResourceInput.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { parseUuid } from "../user/UserId.ts"
import { groupNotFound } from "./decideGroup.ts"
import { type Group, GroupId } from "./Group.ts"

/** The use cases of groups, as `UserProvisioning` has those of people. */
export class GroupProvisioning extends Context.Service<
  GroupProvisioning,
  {
    create(caller: Caller, body: Json, projection: Projection): Effect.Effect<Represented, ProvisioningError>
    find(caller: Caller, id: string, projection: Projection): Effect.Effect<Represented, ProvisioningError>
    replace(
      caller: Caller,
      id: string,
      body: Json,
      ifMatch: string | undefined,
      projection: Projection
    ): Effect.Effect<Represented, ProvisioningError>
    /** The group comes back only where a projection is given: by default nothing is sent and nothing read. */
    patch(
      caller: Caller,
      id: string,
      body: Json,
      ifMatch: string | undefined,
      projection: Projection | undefined
    ): Effect.Effect<Represented | undefined, ProvisioningError>
    remove(caller: Caller, id: string, ifMatch: string | undefined): Effect.Effect<void, ProvisioningError>
  }
>()("@rollcall/domain/group/GroupProvisioning") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<GroupProvisioning, never, Directory | Groups | SecureRandom.SecureRandom> =>
    Layer.effect(
      GroupProvisioning,
      Effect.gen(function* () {
        const directory = yield* Directory
        const groups = yield* Groups
        const random = yield* SecureRandom.SecureRandom

        const idOf = (caller: Caller, id: string): Effect.Effect<GroupId, ScimError> => {
          const uuid = parseUuid(id)
          return uuid === undefined ? refuse(directory, caller, groupNotFound(id)) : Effect.succeed(GroupId.make(uuid))
        }

        const find = Effect.fnUntraced(function* (caller: Caller, id: string, projection: Projection) {
          const groupId = yield* idOf(caller, id)
          const withMembers = asksFor(projection, types.group, "members")
          const group = yield* groups.find(caller.organization.id, groupId, withMembers)
          return group === undefined
            ? yield* refuse(directory, caller, groupNotFound(id))
            : representGroup(types, caller.baseUrl, group, projection)
        })

        /** The answer to a write: members are read where they are asked for, and only there. */
        const written = Effect.fnUntraced(function* (caller: Caller, group: Group, projection: Projection) {
          const withMembers = asksFor(projection, types.group, "members")
          const read = withMembers ? yield* groups.find(caller.organization.id, group.id, true) : undefined
          // Somebody may have deleted the group since: the write was done all the same.
          return representGroup(types, caller.baseUrl, read ?? { ...group, members: undefined }, projection)
        })

        const answered = (caller: Caller, reply: Reply, projection: Projection) =>
          reply._tag === "Group"
            ? written(caller, reply.group, projection)
            : Effect.die(new Error("The reply to this command is a Group"))

        const create = Effect.fnUntraced(function* (caller: Caller, body: Json, projection: Projection) {
          const input = yield* orRefuse(directory, caller, readResource(types.group, body))
          const newId = GroupId.make(yield* random.uuidV4())
          const { reply } = yield* submit(directory, caller, { _tag: "CreateGroup", newId, input })
          return yield* answered(caller, reply, projection)
        })

        const replace = Effect.fnUntraced(function* (
          caller: Caller,
          id: string,
          body: Json,
          ifMatch: string | undefined,
          projection: Projection
        ) {
          const groupId = yield* idOf(caller, id)
          const input = yield* orRefuse(directory, caller, readResource(types.group, body))
          const { reply } = yield* submit(directory, caller, { _tag: "ReplaceGroup", id: groupId, input, ifMatch })
          return yield* answered(caller, reply, projection)
        })

        const patch = Effect.fnUntraced(function* (
          caller: Caller,
          id: string,
          body: Json,
          ifMatch: string | undefined,
          projection: Projection | undefined
        ) {
          const groupId = yield* idOf(caller, id)
          const request = yield* orRefuse(directory, caller, readPatch(types.group, body, groupId))
          const command = { _tag: "PatchGroup", id: groupId, patch: request, ifMatch } as const
          const { reply } = yield* submit(directory, caller, command)
          return projection === undefined || reply._tag !== "Group"
            ? undefined
            : yield* written(caller, reply.group, projection)
        })

        const remove = Effect.fnUntraced(function* (caller: Caller, id: string, ifMatch: string | undefined) {
          const groupId = yield* idOf(caller, id)
          yield* submit(directory, caller, { _tag: "DeleteGroup", id: groupId, ifMatch })
        })

        return GroupProvisioning.of({ create, find, replace, patch, remove })
      })
    )
}
