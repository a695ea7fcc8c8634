import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Reply } from "../directory/Decision.ts"
import { Directory } from "../directory/Directory.ts"
import { type Represented, representUser, storedUser } from "../directory/Representation.ts"
import { type StoredUser, Users } from "../directory/Resources.ts"
import { orRefuse, type ProvisioningError, refuse, submit } from "../directory/Submission.ts"
import type { Json } from "../scim/Json.ts"
import { readPatch } from "../scim/PatchRequest.ts"
import { asksFor, type Projection } from "../scim/Projection.ts"
import { readResource } from "../scim/ResourceInput.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { userNotFound } from "./decideUser.ts"
import { parseUuid, type User, UserId } from "./User.ts"

/**
 * The use cases of people: what SCIM's `/Users`, bulk operations and later callers do with them. Each takes the body as
 * it came, and fails with a refusal that is in the log already.
 */
export class UserProvisioning extends Context.Service<
  UserProvisioning,
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
    patch(
      caller: Caller,
      id: string,
      body: Json,
      ifMatch: string | undefined,
      projection: Projection
    ): Effect.Effect<Represented, ProvisioningError>
    remove(caller: Caller, id: string, ifMatch: string | undefined): Effect.Effect<void, ProvisioningError>
  }
>()("@rollcall/domain/user/UserProvisioning") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<UserProvisioning, never, Directory | Users | SecureRandom.SecureRandom> =>
    Layer.effect(
      UserProvisioning,
      Effect.gen(function* () {
        const directory = yield* Directory
        const users = yield* Users
        const random = yield* SecureRandom.SecureRandom

        const represent = (caller: Caller, user: StoredUser, projection: Projection): Represented =>
          representUser(types, caller.baseUrl, user, projection)

        const idOf = (caller: Caller, id: string): Effect.Effect<UserId, ScimError> => {
          const uuid = parseUuid(id)
          return uuid === undefined ? refuse(directory, caller, userNotFound(id)) : Effect.succeed(UserId.make(uuid))
        }

        const find = Effect.fnUntraced(function* (caller: Caller, id: string, projection: Projection) {
          const userId = yield* idOf(caller, id)
          const withGroups = asksFor(projection, types.user, "groups")
          const user = yield* users.find(caller.organization.id, userId, withGroups)
          return user === undefined
            ? yield* refuse(directory, caller, userNotFound(id))
            : represent(caller, user, projection)
        })

        /** The answer to a write: what was just written; `groups`, where asked for, are read. */
        const written = Effect.fnUntraced(function* (caller: Caller, user: User, projection: Projection) {
          const withGroups = asksFor(projection, types.user, "groups")
          const read = withGroups ? yield* users.find(caller.organization.id, user.id, true) : undefined
          // Somebody may have deleted the person since: the write was done all the same.
          return represent(caller, read ?? storedUser(user), projection)
        })

        const answered = (caller: Caller, reply: Reply, projection: Projection) =>
          reply._tag === "User"
            ? written(caller, reply.user, projection)
            : Effect.die(new Error("The reply to this command is a User"))

        const create = Effect.fnUntraced(function* (caller: Caller, body: Json, projection: Projection) {
          const input = yield* orRefuse(directory, caller, readResource(types.user, body))
          const newId = UserId.make(yield* random.uuidV4())
          const { reply } = yield* submit(directory, caller, { _tag: "CreateUser", newId, input })
          return yield* answered(caller, reply, projection)
        })

        const replace = Effect.fnUntraced(function* (
          caller: Caller,
          id: string,
          body: Json,
          ifMatch: string | undefined,
          projection: Projection
        ) {
          const userId = yield* idOf(caller, id)
          const input = yield* orRefuse(directory, caller, readResource(types.user, body))
          const { reply } = yield* submit(directory, caller, { _tag: "ReplaceUser", id: userId, input, ifMatch })
          return yield* answered(caller, reply, projection)
        })

        const patch = Effect.fnUntraced(function* (
          caller: Caller,
          id: string,
          body: Json,
          ifMatch: string | undefined,
          projection: Projection
        ) {
          const userId = yield* idOf(caller, id)
          const request = yield* orRefuse(directory, caller, readPatch(types.user, body, userId))
          const { reply } = yield* submit(directory, caller, { _tag: "PatchUser", id: userId, patch: request, ifMatch })
          return yield* answered(caller, reply, projection)
        })

        const remove = Effect.fnUntraced(function* (caller: Caller, id: string, ifMatch: string | undefined) {
          const userId = yield* idOf(caller, id)
          yield* submit(directory, caller, { _tag: "DeleteUser", id: userId, ifMatch })
        })

        return UserProvisioning.of({ create, find, replace, patch, remove })
      })
    )
}
