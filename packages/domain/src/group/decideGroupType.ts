import type { Command } from "../directory/Command.ts"
import { type Accepted, type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { AttributeChange, LogNote, Outcome, Subject } from "../log/LogEntry.ts"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import {
  defaultGroupType,
  type GroupType,
  type GroupTypeId,
  groupTypeNameKey,
  maxGroupTypes,
  readGroupTypeName
} from "./GroupType.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

/** The 404 of a group type that this organisation does not have. */
export const groupTypeNotFound = (id: string): ScimError =>
  new ScimError({
    status: 404,
    detail: `Group type ${id.slice(0, 64)} not found. List the group types of the organisation.`
  })

const subjectOf = (id: GroupTypeId, name: string | undefined): Subject => ({ type: "GroupType", id, name })

const unnamed = (name: string): ScimError =>
  badRequest(
    "invalidValue",
    `${JSON.stringify(name.slice(0, 64))} names no group type. Give 1 to 200 characters on one line.`
  )

const nameTaken = (holder: GroupType): ScimError =>
  new ScimError({
    status: 409,
    scimType: "uniqueness",
    detail: `There is a group type ${JSON.stringify(holder.name)} already: ${holder.id}. Use that one, or choose another name.`
  })

const fixed = (what: string): ScimError =>
  new ScimError({
    status: 400,
    scimType: "mutability",
    detail: `The group type ${JSON.stringify(defaultGroupType.name)} ${what}: new groups land in it. Define a type of your own.`
  })

const holderOf = (view: WorkingSet, name: string, except: GroupTypeId): GroupType | undefined => {
  const key = groupTypeNameKey(name)
  return view.administration.types.find((type) => type.id !== except && groupTypeNameKey(type.name) === key)
}

/** Types besides the default one, in this order, with their places. */
const placed = (types: ReadonlyArray<GroupType>): ReadonlyArray<GroupType> =>
  types.map((type, i) => (type.position === i + 1 ? type : { ...type, position: i + 1 }))

const defined = (view: WorkingSet): ReadonlyArray<GroupType> => view.administration.types.slice(1)

const accepted = (
  outcome: Exclude<Outcome, "refused">,
  subject: Subject,
  types: ReadonlyArray<GroupType>,
  more: {
    readonly changes: ReadonlyArray<AttributeChange>
    readonly notes?: ReadonlyArray<LogNote>
    readonly deletedGroupType?: GroupTypeId
  }
): Accepted => ({
  _tag: "Accepted",
  outcome,
  subject,
  change: {
    groupTypes: types,
    ...(more.deletedGroupType === undefined ? {} : { deletedGroupType: more.deletedGroupType })
  },
  events: [{ type: "groupTypes.changed", types: [defaultGroupType, ...types] }],
  changes: more.changes,
  notes: more.notes ?? [],
  reply: { _tag: "GroupTypes", types: [defaultGroupType, ...types], created: outcome === "created" }
})

const unchanged = (subject: Subject, view: WorkingSet): Accepted => ({
  _tag: "Accepted",
  outcome: "unchanged",
  subject,
  change: {},
  events: [],
  changes: [],
  notes: [],
  reply: { _tag: "GroupTypes", types: view.administration.types, created: false }
})

/** An admin defines a group type (R-GROUP-3); it comes last. Names differ in more than case. */
export const decideDefineGroupType = (command: Of<"DefineGroupType">, view: WorkingSet): Decision => {
  const unknown = view.unknown({ groupTypes: true })
  if (unknown !== undefined) return unloaded(unknown)
  const name = readGroupTypeName(command.name)
  if (name === undefined) return refused(unnamed(command.name), undefined)
  const holder = holderOf(view, name, command.newId)
  if (holder !== undefined) return refused(nameTaken(holder), subjectOf(holder.id, holder.name))
  const types = defined(view)
  if (types.length >= maxGroupTypes) {
    const detail = `There are ${maxGroupTypes} group types, and there can be no more. Delete one, or use one that is there.`
    return refused(badRequest("tooMany", detail), undefined)
  }
  const made: GroupType = { id: command.newId, name, position: types.length + 1 }
  return accepted("created", subjectOf(made.id, name), [...types, made], {
    changes: [{ attribute: "name", before: undefined, after: name }]
  })
}

export const decideRenameGroupType = (command: Of<"RenameGroupType">, view: WorkingSet): Decision => {
  const { id } = command
  const unknown = view.unknown({ groupTypes: true })
  if (unknown !== undefined) return unloaded(unknown)
  const type = view.administration.type(id)
  if (type === undefined) return refused(groupTypeNotFound(id), subjectOf(id, undefined))
  const subject = subjectOf(id, type.name)
  if (id === defaultGroupType.id) return refused(fixed("keeps its name"), subject)
  const name = readGroupTypeName(command.name)
  if (name === undefined) return refused(unnamed(command.name), subject)
  const holder = holderOf(view, name, id)
  if (holder !== undefined) return refused(nameTaken(holder), subject)
  if (name === type.name) return unchanged(subject, view)
  const types = defined(view).map((other) => (other.id === id ? { ...other, name } : other))
  return accepted("updated", subjectOf(id, name), types, {
    changes: [{ attribute: "name", before: type.name, after: name }]
  })
}

/** The type goes; its groups are of the default type from now on, without being loaded one by one. */
export const decideDeleteGroupType = (command: Of<"DeleteGroupType">, view: WorkingSet): Decision => {
  const { id } = command
  const unknown = view.unknown({ groupTypes: true })
  if (unknown !== undefined) return unloaded(unknown)
  const type = view.administration.type(id)
  if (type === undefined) return refused(groupTypeNotFound(id), subjectOf(id, undefined))
  const subject = subjectOf(id, type.name)
  if (id === defaultGroupType.id) return refused(fixed("cannot be deleted"), subject)
  const types = placed(defined(view).filter((other) => other.id !== id))
  return accepted("deleted", subject, types, {
    deletedGroupType: id,
    changes: [{ attribute: "name", before: type.name, after: undefined }],
    notes: [
      {
        kind: "told",
        habit: "rule",
        attribute: "type",
        text: `Its groups are of the type ${defaultGroupType.name} now.`
      }
    ]
  })
}

/** All types in their new order; the default one comes first, named or not. */
export const decideReorderGroupTypes = (command: Of<"ReorderGroupTypes">, view: WorkingSet): Decision => {
  const unknown = view.unknown({ groupTypes: true })
  if (unknown !== undefined) return unloaded(unknown)
  const before = defined(view)
  const order = command.order[0] === defaultGroupType.id ? command.order.slice(1) : command.order
  const byId = new Map(before.map((type) => [type.id, type] as const))
  const after = order.flatMap((id) => byId.get(id) ?? [])
  if (after.length !== order.length || new Set(order).size !== before.length || order.length !== before.length) {
    const detail = "The order must name every group type once, the default one first or not at all. List them anew."
    return refused(badRequest("invalidValue", detail), undefined)
  }
  const moved = after.find((type, i) => type.position !== i + 1)
  if (moved === undefined) return unchanged(subjectOf(defaultGroupType.id, defaultGroupType.name), view)
  return accepted("updated", subjectOf(moved.id, moved.name), placed(after), {
    changes: [{ attribute: "order", before: before.map(({ name }) => name), after: after.map(({ name }) => name) }]
  })
}
