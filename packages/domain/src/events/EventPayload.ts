import { Schema } from "effect"
import { GroupType, GroupTypeId } from "../group/GroupType.ts"
import type { Organization } from "../organization/Organization.ts"
import { printInstant } from "../scim/DateTimeValue.ts"
import { UserId } from "../user/UserId.ts"
import type { DomainEvent } from "./DomainEvent.ts"
import { EventId, eventId } from "./EventId.ts"
import { GroupState, UserState } from "./EventState.ts"

/**
 * The published form of events, the same in the feed and in webhooks (docs/events.md, decision 12). It is written with
 * the change and never differs afterwards: whoever reads an event again reads the same.
 *
 * `user` and `group` are whole and as the change left them, so one event is enough to be right about its person, and
 * whoever missed some is mended by the next; members and admins are what changed. Within `payloadVersion` 1 members are
 * only ever added; consumers ignore what they do not know, types included.
 */
export const payloadVersion = 1

const head = {
  id: EventId,
  sequence: Schema.Int.annotate({ description: "Counts up by one within the organisation, in the order of commits" }),
  time: Schema.String.annotate({ format: "date-time", description: "When the change was written, UTC" }),
  organization: Schema.String.annotate({ description: "The subdomain of the organisation" }),
  payloadVersion: Schema.Literal(payloadVersion)
}

const objectOf = <Type extends string>(type: Type) =>
  Schema.Struct({
    type: Schema.Literal(type),
    id: Schema.String,
    version: Schema.Int.annotate({ description: "The version of the object that the change made or left" })
  })

const payload = <Type extends string, Name extends string, Fields extends Schema.Struct.Fields>(
  type: Type,
  object: Name,
  description: string,
  data: Fields
) =>
  Schema.Struct({ ...head, type: Schema.Literal(type), object: objectOf(object), data: Schema.Struct(data) }).annotate({
    identifier: `Event_${type}`,
    description
  })

const ofUser = { user: UserState }
const ofGroup = { group: GroupState }
const changed = {
  attributes: Schema.Array(Schema.String).annotate({ description: "The SCIM attributes that changed, by their paths" })
}
const people = { added: Schema.Array(UserId), removed: Schema.Array(UserId) }

/** The schema of each type of event. */
export const eventPayloads = {
  "user.created": payload("user.created", "User", "A person was added, or came back with their old record.", {
    ...ofUser,
    revived: Schema.Boolean.annotate({ description: "Whether the person had been deleted and keeps the former id" })
  }),
  "user.updated": payload("user.updated", "User", "Attributes of a person changed.", { ...ofUser, ...changed }),
  "user.started": payload("user.started", "User", "A person may sign in from now on, for the first time.", ofUser),
  "user.scheduled": payload("user.scheduled", "User", "The day on which a person starts is another one.", {
    ...ofUser,
    on: Schema.String.annotate({ format: "date" })
  }),
  "user.deactivated": payload("user.deactivated", "User", "A person may not sign in any more.", ofUser),
  "user.reactivated": payload("user.reactivated", "User", "A person is active again.", ofUser),
  "user.deleted": payload("user.deleted", "User", "A person left the directory, and so every group.", ofUser),
  "user.managerChanged": payload("user.managerChanged", "User", "The manager of a person is another one.", {
    ...ofUser,
    manager: Schema.NullOr(UserId)
  }),
  "user.passwordChanged": payload(
    "user.passwordChanged",
    "User",
    "A password came from the identity provider.",
    ofUser
  ),
  "group.created": payload("group.created", "Group", "A group was made, without members so far.", ofGroup),
  "group.updated": payload("group.updated", "Group", "Attributes of a group changed.", { ...ofGroup, ...changed }),
  "group.deleted": payload("group.deleted", "Group", "A group is gone, and its memberships with it.", ofGroup),
  "group.moved": payload("group.moved", "Group", "An admin moved a group to another group type.", {
    ...ofGroup,
    groupType: GroupTypeId
  }),
  "group.adminsChanged": payload("group.adminsChanged", "Group", "Admins of a group changed.", {
    ...ofGroup,
    ...people
  }),
  "group.membershipChanged": payload(
    "group.membershipChanged",
    "Group",
    "Members joined or left a group; a large change comes as several events in a row.",
    { ...ofGroup, ...people }
  ),
  "groupTypes.changed": payload(
    "groupTypes.changed",
    "GroupTypes",
    "The group types are these from now on; groups of a type that is gone are of the first.",
    { types: Schema.Array(GroupType) }
  )
} satisfies { readonly [Type in DomainEvent["type"]]: unknown }

export type EventType = keyof typeof eventPayloads

/** Every type there is, in the order of the documentation. */
export const eventTypes = Object.keys(eventPayloads) as ReadonlyArray<EventType>

/** An event as it is published. */
export const PublishedEvent = Schema.Union(Object.values(eventPayloads)).annotate({ identifier: "Event" })
export type PublishedEvent = typeof PublishedEvent.Type

/** What an event is about, as it stood right after the change; absent where that is neither a person nor a group. */
export interface EventSubject {
  readonly user?: UserState
  readonly group?: GroupState
}

/** An event as it is kept. `at` is in milliseconds since 1970 UTC. */
export interface KeptEvent {
  readonly sequence: number
  readonly at: number
  readonly event: DomainEvent
  readonly subject: EventSubject
}

/** Publishes an event that was kept. A kept event without its subject is a defect. */
export const publishEvent = (
  organization: Pick<Organization, "id" | "subdomain">,
  { at, event, sequence, subject }: KeptEvent
): PublishedEvent => {
  const common = {
    id: eventId(organization.id, sequence),
    sequence,
    time: printInstant(at) ?? "",
    organization: organization.subdomain,
    payloadVersion
  } as const
  if (event.type === "groupTypes.changed") {
    // They have no version of their own; the number of the event serves, since it counts up with each change.
    const object = { type: "GroupTypes", id: "groupTypes", version: sequence } as const
    return { ...common, type: event.type, object, data: { types: event.types } }
  }
  if ("user" in event) {
    const user = known(subject.user, sequence)
    const object = { type: "User", id: user.id, version: event.version } as const
    switch (event.type) {
      case "user.created":
        return { ...common, type: event.type, object, data: { user, revived: event.revived } }
      case "user.updated":
        return { ...common, type: event.type, object, data: { user, attributes: event.attributes } }
      case "user.scheduled":
        return { ...common, type: event.type, object, data: { user, on: event.on } }
      case "user.managerChanged":
        return { ...common, type: event.type, object, data: { user, manager: event.manager ?? null } }
      default:
        return { ...common, type: event.type, object, data: { user } }
    }
  }
  const group = known(subject.group, sequence)
  const object = { type: "Group", id: group.id, version: event.version } as const
  switch (event.type) {
    case "group.updated":
      return { ...common, type: event.type, object, data: { group, attributes: event.attributes } }
    case "group.moved":
      return { ...common, type: event.type, object, data: { group, groupType: event.groupType } }
    case "group.adminsChanged":
    case "group.membershipChanged": {
      const { added, removed } = event
      return { ...common, type: event.type, object, data: { group, added, removed } }
    }
    default:
      return { ...common, type: event.type, object, data: { group } }
  }
}

const known = <A>(state: A | undefined, sequence: number): A => {
  if (state === undefined) throw new Error(`Event ${sequence} was kept without what it is about`)
  return state
}
