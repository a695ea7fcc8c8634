import { Result } from "effect"
import type { MembershipDelta } from "../directory/Decision.ts"
import type { Needs } from "../directory/Needs.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { isJsonArray, isJsonObject, type Json, ownMember } from "../scim/Json.ts"
import type { PatchOperation } from "../scim/PatchRequest.ts"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import type { TypedFilter } from "../scim/TypedFilter.ts"
import { parseUuid, UserId } from "../user/UserId.ts"
import type { GroupId } from "./Group.ts"

/**
 * One step of a change of membership, in the order of the request (ABUSE-3). Ids are as they were sent: one that is no
 * UUID is nobody's.
 */
export type MembershipStep =
  | { readonly _tag: "Add"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "Remove"; readonly ids: ReadonlyArray<string> }
  /** These and no others. */
  | { readonly _tag: "Replace"; readonly ids: ReadonlyArray<string> }

/** The ids in the canonical value of `members`. */
export const memberIds = (value: Json | undefined): ReadonlyArray<string> =>
  isJsonArray(value)
    ? value.flatMap((element) => {
        const id = isJsonObject(element) ? ownMember(element, "value") : undefined
        return typeof id === "string" ? [id] : []
      })
    : []

/** A PATCH of a group taken apart: what changes its members, and what changes the rest. */
export interface GroupPatch {
  readonly steps: ReadonlyArray<MembershipStep>
  readonly operations: ReadonlyArray<PatchOperation>
}

/** Takes the operations on `members` out of a PATCH as steps; fails where a filter on members is beyond deltas. */
export const takeMembershipSteps = (
  operations: ReadonlyArray<PatchOperation>
): Result.Result<GroupPatch, ScimError> => {
  const steps: Array<MembershipStep> = []
  const rest: Array<PatchOperation> = []
  for (const operation of operations) {
    const path = operation.path
    if (path._tag === "Attribute" && path.target.attribute.name === "members") {
      const ids = memberIds(operation.value)
      if (operation.op === "add") steps.push({ _tag: "Add", ids })
      else if (operation.op === "replace") steps.push({ _tag: "Replace", ids })
      else if (operation.value === undefined) steps.push({ _tag: "Replace", ids: [] })
      else steps.push({ _tag: "Remove", ids })
    } else if (path._tag === "Elements" && path.ref.attribute.name === "members") {
      const ids = selectedIds(path.filter)
      if (ids === undefined) {
        return Result.fail(
          badRequest(
            "invalidFilter",
            `Operation ${operation.index + 1} selects members by something other than their id. Send members[value eq "<id of the person>"].`
          )
        )
      }
      // `add` and `replace` of a member selected by its id can only mean that it is to be there.
      steps.push({ _tag: operation.op === "remove" ? "Remove" : "Add", ids })
    } else rest.push(operation)
  }
  return Result.succeed({ steps, operations: rest })
}

/** The ids that a filter of the forms `value eq "x"`, joined by `or`, selects; undefined for any other filter. */
const selectedIds = (filter: TypedFilter): ReadonlyArray<string> | undefined => {
  const ids: Array<string> = []
  // Chains lean to the left: walked without recursion.
  let rest: TypedFilter | undefined = filter
  while (rest !== undefined) {
    const leaf: TypedFilter = rest._tag === "Or" ? rest.right : rest
    rest = rest._tag === "Or" ? rest.left : undefined
    if (leaf._tag !== "Compare" || leaf.operator !== "eq" || leaf.leaf.name !== "value") return undefined
    if (leaf.operand.type !== "string") return undefined
    ids.push(leaf.operand.text)
  }
  return ids.reverse()
}

/** What must be known to carry out the steps: whether those to be added live, and who of all named is a member. */
export const membershipNeeds = (group: GroupId, steps: ReadonlyArray<MembershipStep>): Needs => {
  const added = new Set<UserId>()
  const named = new Set<UserId>()
  let all = false
  for (const step of steps) {
    if (step._tag === "Replace") all = true
    for (const id of step.ids) {
      const uuid = parseUuid(id)
      if (uuid === undefined) continue
      named.add(UserId.make(uuid))
      if (step._tag !== "Remove") added.add(UserId.make(uuid))
    }
  }
  return {
    people: [...added],
    memberships: all || named.size === 0 ? [] : [[group, [...named]]],
    members: all ? [group] : []
  }
}

/** How many unknown ids an error names. */
const namedUnknown = 5

/**
 * The steps carried out, in order, as one delta of real changes (R-GROUP-4, R-GROUP-5, ABUSE-3, ABUSE-9): adding a
 * member and removing a non-member change nothing; ids to be added that match nobody of this organisation fail with
 * 400 `invalidValue` naming them (ABUSE-12).
 */
export const membershipDelta = (
  view: WorkingSet,
  group: GroupId,
  steps: ReadonlyArray<MembershipStep>
): Result.Result<MembershipDelta, ScimError> => {
  const after = new Map<UserId, boolean>()
  const strangers = new Set<string>()
  for (const step of steps) {
    if (step._tag === "Replace") {
      for (const id of view.members(group)) after.set(id, false)
      for (const id of after.keys()) after.set(id, false)
    }
    for (const text of step.ids) {
      const uuid = parseUuid(text)
      if (uuid === undefined || (step._tag !== "Remove" && !view.people.isPerson(UserId.make(uuid)))) {
        if (step._tag !== "Remove") strangers.add(text)
        continue
      }
      after.set(UserId.make(uuid), step._tag !== "Remove")
    }
  }
  if (strangers.size > 0) {
    const some = [...strangers].slice(0, namedUnknown).map((id) => JSON.stringify(id.slice(0, 64)))
    const more = strangers.size > namedUnknown ? ` and ${strangers.size - namedUnknown} more` : ""
    return Result.fail(
      badRequest(
        "invalidValue",
        `members names people whom this organisation does not have: ${some.join(", ")}${more}. ` +
          "Provision them first, or leave them out."
      )
    )
  }
  const added: Array<UserId> = []
  const removed: Array<UserId> = []
  for (const [id, member] of after) {
    if (member === view.isMember(group, id)) continue
    if (member) added.push(id)
    else removed.push(id)
  }
  // Those replaced come in the order in which storage holds them, which is none.
  return Result.succeed({ group, added, removed: removed.sort() })
}
