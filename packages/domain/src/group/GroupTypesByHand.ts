import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Command } from "../directory/Command.ts"
import { Directory } from "../directory/Directory.ts"
import { type ProvisioningError, submit } from "../directory/Submission.ts"
import { GroupTypeId } from "./GroupType.ts"
import { type CountedGroupType, GroupTypes } from "./GroupTypes.ts"

type Listed = Effect.Effect<ReadonlyArray<CountedGroupType>, ProvisioningError>

/** The types that admins sort groups by (R-GROUP-3); every change answers with all of them, as they are then. */
export class GroupTypesByHand extends Context.Service<
  GroupTypesByHand,
  {
    list(caller: Caller): Listed
    define(caller: Caller, name: string): Effect.Effect<CountedGroupType, ProvisioningError>
    rename(caller: Caller, id: string, name: string): Listed
    remove(caller: Caller, id: string): Listed
    reorder(caller: Caller, order: ReadonlyArray<string>): Listed
  }
>()("@rollcall/domain/group/GroupTypesByHand") {
  static readonly layer: Layer.Layer<GroupTypesByHand, never, Directory | GroupTypes | SecureRandom.SecureRandom> =
    Layer.effect(
      GroupTypesByHand,
      Effect.gen(function* () {
        const directory = yield* Directory
        const groupTypes = yield* GroupTypes
        const random = yield* SecureRandom.SecureRandom

        const list = (caller: Caller) => groupTypes.list(caller.organization.id)
        const typeId = (id: string) => GroupTypeId.make(id.toLowerCase())
        const done = (caller: Caller, command: Command) =>
          Effect.andThen(submit(directory, caller, command), list(caller))

        return GroupTypesByHand.of({
          list,
          define: Effect.fn("GroupTypesByHand.define")(function* (caller, name) {
            const newId = GroupTypeId.make(yield* random.uuidV4())
            const { reply } = yield* submit(directory, caller, { _tag: "DefineGroupType", newId, name })
            const made = reply._tag === "GroupTypes" ? reply.types.find(({ id }) => id === newId) : undefined
            if (made === undefined) return yield* Effect.die(new Error("The reply to this command has the new type"))
            return { ...made, groupCount: 0 }
          }),
          rename: (caller, id, name) => done(caller, { _tag: "RenameGroupType", id: typeId(id), name }),
          remove: (caller, id) => done(caller, { _tag: "DeleteGroupType", id: typeId(id) }),
          reorder: (caller, order) => done(caller, { _tag: "ReorderGroupTypes", order: order.map(typeId) })
        })
      })
    )
}
