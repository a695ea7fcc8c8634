import type { Change } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { Group, GroupId } from "../group/Group.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import type { DomainEvent } from "./DomainEvent.ts"
import type { EventSubject } from "./EventPayload.ts"
import { groupState, userState } from "./EventState.ts"

/** What the events of one decision are about, as the decision leaves it; `view` is what stood before. */
export class EventSubjects {
  private readonly extensionUrn: string
  private readonly view: WorkingSet
  private readonly users: ReadonlyMap<UserId, User>
  private readonly groups: ReadonlyMap<GroupId, Group>
  private readonly known = new Map<string, EventSubject>()

  constructor(extensionUrn: string, view: WorkingSet, change: Change) {
    this.extensionUrn = extensionUrn
    this.view = view
    const users = [...(change.otherUsers ?? []), ...(change.user === undefined ? [] : [change.user])]
    this.users = new Map(users.map((user) => [user.id, user]))
    this.groups = new Map((change.groups ?? []).map((group) => [group.id, group]))
  }

  of(event: DomainEvent): EventSubject {
    if (event.type === "groupTypes.changed") return {}
    const id = "user" in event ? event.user : event.group
    const known = this.known.get(id)
    if (known !== undefined) return known
    const subject = "user" in event ? this.person(event.user) : this.group(event.group, event.version)
    this.known.set(id, subject)
    return subject
  }

  private person(id: UserId): EventSubject {
    const user = this.users.get(id) ?? this.view.people.user(id)
    return user === undefined ? {} : { user: userState(this.extensionUrn, user) }
  }

  /** A group that goes is in no change: its last version is the event's. */
  private group(id: GroupId, version: number): EventSubject {
    const group = this.groups.get(id) ?? this.view.group(id)
    return group === undefined ? {} : { group: { ...groupState(group), version } }
  }
}
