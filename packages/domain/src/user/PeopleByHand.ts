import { Context, Effect, Layer, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Command } from "../directory/Command.ts"
import { Directory } from "../directory/Directory.ts"
import { orRefuse, type ProvisioningError, submit } from "../directory/Submission.ts"
import { patchOpUrn } from "../scim/Message.ts"
import { readPatch } from "../scim/PatchRequest.ts"
import { readResource } from "../scim/ResourceInput.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { findPerson } from "./findPerson.ts"
import { type NewPerson, newPersonBody } from "./NewPerson.ts"
import { type PersonSummary, personSummary } from "./PersonSummary.ts"
import { UserId } from "./UserId.ts"
import { UserMatching } from "./UserMatching.ts"

/**
 * What is done to people by hand, in the console and through the Public API. The commands are those of SCIM, so the same
 * rules hold (ABUSE-16); who may do what while SCIM is on is the reducer's word (R-ORG-7).
 */
export class PeopleByHand extends Context.Service<
  PeopleByHand,
  {
    add(caller: Caller, person: NewPerson): Effect.Effect<PersonSummary, ProvisioningError>
    /** Deactivates or reactivates a person named by any reference (R-USER-7); once they are so already, nothing changes. */
    setActive(
      caller: Caller,
      reference: string,
      active: boolean,
      ifMatch: string | undefined
    ): Effect.Effect<PersonSummary, ProvisioningError>
  }
>()("@rollcall/domain/user/PeopleByHand") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<PeopleByHand, never, Directory | SecureRandom.SecureRandom | UserMatching> =>
    Layer.effect(
      PeopleByHand,
      Effect.gen(function* () {
        const directory = yield* Directory
        const random = yield* SecureRandom.SecureRandom
        const matching = yield* UserMatching

        const written = Effect.fnUntraced(function* (caller: Caller, command: Command) {
          const { reply } = yield* submit(directory, caller, command)
          if (reply._tag !== "User") return yield* Effect.die(new Error("The reply to this command is a User"))
          return personSummary(types.extensionUrn, reply.user, reply.manager?.displayName)
        })

        const add = Effect.fn("PeopleByHand.add")(function* (caller: Caller, person: NewPerson) {
          const body = Result.flatMap(newPersonBody(types.extensionUrn, person), (made) =>
            readResource(types.user, made)
          )
          const input = yield* orRefuse(directory, caller, body)
          const newId = UserId.make(yield* random.uuidV4())
          return yield* written(caller, { _tag: "CreateUser", newId, input })
        })

        const setActive = Effect.fn("PeopleByHand.setActive")(function* (
          caller: Caller,
          reference: string,
          active: boolean,
          ifMatch: string | undefined
        ) {
          const { user } = yield* findPerson(matching, directory, caller, reference)
          const body = { schemas: [patchOpUrn], Operations: [{ op: "replace", path: "active", value: active }] }
          const patch = yield* orRefuse(directory, caller, readPatch(types.user, body, user.id))
          return yield* written(caller, { _tag: "PatchUser", id: user.id, patch, ifMatch })
        })

        return PeopleByHand.of({ add, setActive })
      })
    )
}
