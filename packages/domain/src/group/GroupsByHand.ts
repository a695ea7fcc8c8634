import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Command } from "../directory/Command.ts"
import { Directory } from "../directory/Directory.ts"
import { orRefuse, type ProvisioningError, refuse, submit } from "../directory/Submission.ts"
import type { Json, JsonObject } from "../scim/Json.ts"
import { patchOpUrn } from "../scim/Message.ts"
import { readPatch } from "../scim/PatchRequest.ts"
import { readResource } from "../scim/ResourceInput.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { badRequest } from "../scim/ScimError.ts"
import { groupUrn } from "../scim/schemas/GroupSchema.ts"
import { parseUuid, type UserId } from "../user/UserId.ts"
import { UserMatching } from "../user/UserMatching.ts"
import { groupNotFound } from "./decideGroup.ts"
import { type Group, GroupId } from "./Group.ts"
import { GroupReading, type GroupSummary } from "./GroupReading.ts"
import { GroupTypeId } from "./GroupType.ts"

/** A group that is made by hand; its members are named by any reference (R-MATCH). */
export interface NewGroup {
  readonly displayName: string
  readonly externalId?: string | undefined
  readonly members?: ReadonlyArray<string> | undefined
}

type Written = Effect.Effect<GroupSummary, ProvisioningError>

/**
 * What is done to groups by hand, in the console and through the Public API. Members and names are changed by the commands
 * of SCIM, so the same rules hold (ABUSE-16), and of groups that came from the identity provider not while SCIM is on
 * (R-ORG-7); types and admins can be set of any group (R-GROUP-3). People are named by any reference (R-MATCH).
 */
export class GroupsByHand extends Context.Service<
  GroupsByHand,
  {
    create(caller: Caller, group: NewGroup): Written
    rename(caller: Caller, id: string, displayName: string, ifMatch: string | undefined): Written
    remove(caller: Caller, id: string, ifMatch: string | undefined): Effect.Effect<void, ProvisioningError>
    /** All of them or none: whoever is to be added has to be there. */
    changeMembers(
      caller: Caller,
      id: string,
      change: { readonly add: ReadonlyArray<string>; readonly remove: ReadonlyArray<string> },
      ifMatch: string | undefined
    ): Written
    setType(caller: Caller, id: string, type: string): Written
    setAdmins(caller: Caller, id: string, admins: ReadonlyArray<string>): Written
  }
>()("@rollcall/domain/group/GroupsByHand") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<GroupsByHand, never, Directory | GroupReading | SecureRandom.SecureRandom | UserMatching> =>
    Layer.effect(
      GroupsByHand,
      Effect.gen(function* () {
        const directory = yield* Directory
        const reading = yield* GroupReading
        const random = yield* SecureRandom.SecureRandom
        const matching = yield* UserMatching

        const idOf = (caller: Caller, id: string) => {
          const uuid = parseUuid(id)
          return uuid === undefined ? refuse(directory, caller, groupNotFound(id)) : Effect.succeed(GroupId.make(uuid))
        }

        /** The ids of people by their references, those of nobody apart: one look for all. */
        const resolve = Effect.fnUntraced(function* (caller: Caller, references: ReadonlyArray<string>) {
          const found = yield* matching.resolve(caller.organization.id, references)
          return (reference: string): UserId | undefined => {
            const match = found.get(reference)
            return match?._tag === "Matched" ? match.user.id : undefined
          }
        })

        const written = Effect.fnUntraced(function* (caller: Caller, command: Command) {
          const { reply } = yield* submit(directory, caller, command)
          if (reply._tag !== "Group") return yield* Effect.die(new Error("The reply to this command is a Group"))
          const { group } = reply
          const [summary] = yield* reading.summaries(caller.organization.id, [group.id])
          // Somebody may have deleted the group since: the write was done all the same.
          return summary ?? withoutMore(group)
        })

        const patched = Effect.fnUntraced(function* (
          caller: Caller,
          id: string,
          operations: ReadonlyArray<Json>,
          ifMatch: string | undefined
        ) {
          const groupId = yield* idOf(caller, id)
          const body = { schemas: [patchOpUrn], Operations: operations }
          const patch = yield* orRefuse(directory, caller, readPatch(types.group, body, groupId))
          return yield* written(caller, { _tag: "PatchGroup", id: groupId, patch, ifMatch })
        })

        const create = Effect.fn("GroupsByHand.create")(function* (caller: Caller, group: NewGroup) {
          const members = group.members ?? []
          const idFor = yield* resolve(caller, members)
          const body: JsonObject = {
            schemas: [groupUrn],
            displayName: group.displayName,
            ...(group.externalId === undefined ? {} : { externalId: group.externalId }),
            // Whom nobody matches stays as it was sent, and the rule of SCIM names them (R-GROUP-4).
            members: members.map((reference) => ({ value: idFor(reference) ?? reference }))
          }
          const input = yield* orRefuse(directory, caller, readResource(types.group, body))
          const newId = GroupId.make(yield* random.uuidV4())
          return yield* written(caller, { _tag: "CreateGroup", newId, input })
        })

        const changeMembers: GroupsByHand["Service"]["changeMembers"] = Effect.fn("GroupsByHand.changeMembers")(
          function* (caller, id, { add, remove }, ifMatch) {
            const idFor = yield* resolve(caller, [...add, ...remove])
            const operations = [
              { op: "add", path: "members", value: add.map((one) => ({ value: idFor(one) ?? one })) },
              { op: "remove", path: "members", value: remove.map((one) => ({ value: idFor(one) ?? one })) }
            ].filter(({ value }) => value.length > 0)
            if (operations.length === 0) return yield* refuse(directory, caller, nobodyNamed)
            return yield* patched(caller, id, operations, ifMatch)
          }
        )

        const setAdmins = Effect.fn("GroupsByHand.setAdmins")(function* (
          caller: Caller,
          id: string,
          references: ReadonlyArray<string>
        ) {
          const groupId = yield* idOf(caller, id)
          const idFor = yield* resolve(caller, references)
          const strangers = references.filter((reference) => idFor(reference) === undefined)
          if (strangers.length > 0) return yield* refuse(directory, caller, unknownAdmins(strangers))
          const admins = references.flatMap((reference) => idFor(reference) ?? [])
          return yield* written(caller, { _tag: "SetGroupAdmins", id: groupId, admins })
        })

        return GroupsByHand.of({
          create,
          changeMembers,
          setAdmins,
          rename: (caller, id, displayName, ifMatch) =>
            patched(caller, id, [{ op: "replace", path: "displayName", value: displayName }], ifMatch),
          remove: Effect.fn("GroupsByHand.remove")(function* (caller, id, ifMatch) {
            const groupId = yield* idOf(caller, id)
            yield* submit(directory, caller, { _tag: "DeleteGroup", id: groupId, ifMatch })
          }),
          setType: Effect.fn("GroupsByHand.setType")(function* (caller, id, type) {
            const groupId = yield* idOf(caller, id)
            return yield* written(caller, {
              _tag: "MoveGroup",
              id: groupId,
              type: GroupTypeId.make(type.toLowerCase())
            })
          })
        })
      })
    )
}

const withoutMore = (group: Group): GroupSummary => ({ group, type: { id: group.type, name: "" }, admins: [] })

const nobodyNamed = badRequest("invalidValue", "The change names nobody. Name whom to add or to remove.")

const unknownAdmins = (references: ReadonlyArray<string>) => {
  const some = references.slice(0, 5).map((one) => JSON.stringify(one.slice(0, 64)))
  const more = references.length > 5 ? ` and ${references.length - 5} more` : ""
  return badRequest(
    "invalidValue",
    `admins names people whom this organisation does not have: ${some.join(", ")}${more}. Leave them out.`
  )
}
