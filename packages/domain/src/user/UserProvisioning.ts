import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Reply } from "../directory/Decision.ts"
import { Directory } from "../directory/Directory.ts"
import { type Represented, representUser, storedUser } from "../directory/Representation.ts"
import { type StoredUser, Users } from "../directory/Resources.ts"
import { orRefuse, type ProvisioningError, refuse, submit } from "../directory/Submission.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { Json } from "../scim/Json.ts"
import { readPatch } from "../scim/PatchRequest.ts"
import { asksFor, type Projection } from "../scim/Projection.ts"
import { readResource } from "../scim/ResourceInput.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { userNotFound } from "./decideUser.ts"
import { sealInput, withheldPassword } from "./PasswordSeal.ts"
import { PasswordSealing } from "./PasswordSealing.ts"
import { parseUuid, UserId } from "./UserId.ts"

type UserReply = Extract<Reply, { readonly _tag: "User" }>

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
  ): Layer.Layer<UserProvisioning, never, Directory | Users | PasswordSealing | SecureRandom.SecureRandom> =>
    Layer.effect(
      UserProvisioning,
      Effect.gen(function* () {
        const directory = yield* Directory
        const users = yield* Users
        const passwords = yield* PasswordSealing
        const random = yield* SecureRandom.SecureRandom

        const represent = (caller: Caller, user: StoredUser, projection: Projection): Represented =>
          representUser(types, caller.baseUrl, user, projection)

        const idOf = (caller: Caller, id: string): Effect.Effect<UserId, ScimError> => {
          const uuid = parseUuid(id)
          return uuid === undefined ? refuse(directory, caller, userNotFound(id)) : Effect.succeed(UserId.make(uuid))
        }

        const orLogged = <A>(caller: Caller, sealing: Effect.Effect<A, ScimError | StoreUnavailable>) =>
          Effect.catchTag(sealing, "ScimError", (error) => refuse(directory, caller, error))

        const find = Effect.fnUntraced(function* (caller: Caller, id: string, projection: Projection) {
          const userId = yield* idOf(caller, id)
          const withGroups = asksFor(projection, types.user, "groups")
          const user = yield* users.find(caller.organization.id, userId, withGroups)
          return user === undefined
            ? yield* refuse(directory, caller, userNotFound(id))
            : represent(caller, user, projection)
        })

        /**
         * The answer to a write: what was just written. What derives from elsewhere and is asked for is read: the `groups`,
         * and the manager's name where the decision did not have to know it.
         */
        const written = Effect.fnUntraced(function* (caller: Caller, reply: UserReply, projection: Projection) {
          const { user } = reply
          const withGroups = asksFor(projection, types.user, "groups")
          const followed = user.manager.pending === undefined ? user.manager.id : undefined
          const isNameless =
            followed !== undefined && reply.manager === undefined && asksFor(projection, types.user, "manager")
          const read =
            withGroups || isNameless ? yield* users.find(caller.organization.id, user.id, withGroups) : undefined
          // Somebody may have deleted the person since: the write was done all the same.
          if (withGroups && read !== undefined) return represent(caller, read, projection)
          const manager = reply.manager ?? (read?.manager?.id === followed ? read?.manager : undefined)
          return represent(caller, storedUser(user, manager), projection)
        })

        const answered = (caller: Caller, reply: Reply, projection: Projection) =>
          reply._tag === "User"
            ? written(caller, reply, projection)
            : Effect.die(new Error("The reply to this command is a User"))

        const create = Effect.fnUntraced(function* (caller: Caller, body: Json, projection: Projection) {
          const input = yield* orRefuse(directory, caller, readResource(types.user, body))
          const newId = UserId.make(yield* random.uuidV4())
          // Whatever the settings: Okta sends a password of no meaning with every create (R-MAIL-2).
          const sealed = sealInput(input, withheldPassword)
          const { reply } = yield* submit(directory, caller, { _tag: "CreateUser", newId, input: sealed })
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
          const sealed = yield* orLogged(caller, passwords.sealInput(caller, userId, input))
          const { reply } = yield* submit(directory, caller, {
            _tag: "ReplaceUser",
            id: userId,
            input: sealed,
            ifMatch
          })
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
          const sealed = yield* orLogged(caller, passwords.sealPatch(caller, userId, request))
          const { reply } = yield* submit(directory, caller, { _tag: "PatchUser", id: userId, patch: sealed, ifMatch })
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
