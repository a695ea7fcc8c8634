import type { DomainEvent } from "../events/DomainEvent.ts"
import type { Group, GroupId } from "../group/Group.ts"
import { caseCode, withCaseCode } from "../log/CaseCode.ts"
import type { LogEntry } from "../log/LogEntry.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { Settings } from "../organization/Settings.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { ScimError } from "../scim/ScimError.ts"
import type { User, UserId } from "../user/User.ts"
import type { Request } from "./Command.ts"
import type { Accepted, Decision, MembershipDelta, Refused, Reply } from "./Decision.ts"
import { decide } from "./decide.ts"
import { NeedsUnion } from "./Needs.ts"
import { WorkingSet } from "./WorkingSet.ts"

/** The counters of an organisation, kept on its row and so protected by its lock. */
export interface Counters {
  /** The number of the last event: the order of numbers is the order of commits. */
  readonly eventSequence: number
  readonly logSequence: number
  readonly userSequence: number
  readonly groupSequence: number
  /** How many people and groups live: what an unfiltered list says of the total. */
  readonly userCount: number
  readonly groupCount: number
}

/** What a batch reads of the organisation's row under its lock. */
export interface OrganizationState {
  readonly settings: Settings
  readonly customAttributes: ReadonlyArray<CustomAttribute>
  readonly counters: Counters
}

/** An event with its number. */
export interface NumberedEvent {
  readonly sequence: number
  readonly event: DomainEvent
}

/** A log entry with its number, whose case code it carries. */
export interface NumberedEntry {
  readonly sequence: number
  readonly entry: LogEntry
}

/** Everything that a batch writes: the last state of what changed, and all that happened on the way. */
export interface BatchWrites {
  readonly users: ReadonlyArray<{ readonly user: User; readonly before: User | undefined }>
  readonly groups: ReadonlyArray<Group>
  readonly deletedGroups: ReadonlyArray<GroupId>
  /** The net change of each group's membership; groups deleted by the batch are not among them. */
  readonly memberships: ReadonlyArray<MembershipDelta>
  readonly customAttributes: ReadonlyArray<CustomAttribute> | undefined
  readonly counters: Counters
  readonly events: ReadonlyArray<NumberedEvent>
  readonly log: ReadonlyArray<NumberedEntry>
}

/** The answer to one request of a batch. */
export type Answer =
  | { readonly _tag: "Done"; readonly reply: Reply; readonly outcome: Accepted["outcome"] }
  | { readonly _tag: "Refused"; readonly error: ScimError }

/** A batch as it was decided: what to write and what to answer, in the order of the requests. */
export interface DecidedBatch {
  readonly writes: BatchWrites
  readonly answers: ReadonlyArray<Answer>
}

/**
 * One batch of an organisation's requests on its way: first {@link needs} until nothing is unknown any more, then
 * {@link decideAll}. All state is in memory; whoever drives it holds the organisation's lock from before the first
 * load until the commit.
 */
export class Batch {
  private readonly view = new WorkingSet()
  private readonly requests: ReadonlyArray<Request>
  private readonly organization: OrganizationState
  private readonly resourceTypes: ResourceTypes
  private readonly now: number
  private counters: Counters
  private customAttributes: ReadonlyArray<CustomAttribute>
  private readonly users = new Map<UserId, { user: User; before: User | undefined }>()
  private readonly groups = new Map<GroupId, Group>()
  private readonly deletedGroups = new Set<GroupId>()
  private readonly memberships = new Map<GroupId, Map<UserId, boolean>>()
  private readonly madeGroups = new Set<GroupId>()
  private readonly events: Array<NumberedEvent> = []
  private readonly log: Array<NumberedEntry> = []
  private readonly answers: Array<Answer> = []

  constructor(
    requests: ReadonlyArray<Request>,
    organization: OrganizationState,
    resourceTypes: ResourceTypes,
    now: number
  ) {
    this.requests = requests
    this.organization = organization
    this.resourceTypes = resourceTypes
    this.now = now
    this.counters = organization.counters
    this.customAttributes = organization.customAttributes
  }

  private decideOne(request: Request): Decision {
    return decide(request.command, this.view, {
      resourceTypes: this.resourceTypes,
      settings: this.organization.settings,
      customAttributes: this.customAttributes,
      now: this.now,
      nextUserNumber: this.counters.userSequence + 1,
      nextGroupNumber: this.counters.groupSequence + 1
    })
  }

  /**
   * What the requests need that is not known yet, each looked at on its own; undefined where nothing. Asked again
   * after each load, since the second look can depend on the first (a person, then the new userName).
   */
  needs(): NeedsUnion | undefined {
    const union = new NeedsUnion()
    for (const request of this.requests) {
      const decision = this.decideOne(request)
      if (decision._tag === "Unloaded") union.add(decision.needs)
    }
    return union.isEmpty ? undefined : union
  }

  load(needs: NeedsUnion, loaded: Parameters<WorkingSet["load"]>[1]): void {
    this.view.load(needs, loaded)
  }

  /**
   * Decides the requests in order, each seeing what those before it did, going on where it stopped. Rarely, an earlier
   * request makes a later one need something nobody foresaw: then that is returned, to be loaded before the next call.
   */
  decideAll(): DecidedBatch | NeedsUnion {
    for (let i = this.answers.length; i < this.requests.length; i++) {
      const request = this.requests[i] as Request
      const decision = this.decideOne(request)
      if (decision._tag === "Unloaded") {
        const union = new NeedsUnion()
        union.add(decision.needs)
        return union
      }
      this.answers.push(decision._tag === "Accepted" ? this.accept(request, decision) : this.refuse(request, decision))
    }
    return { writes: this.writes(), answers: this.answers }
  }

  private accept(request: Request, decision: Accepted): Answer {
    const { change } = decision
    if (change.user !== undefined) this.changeUser(change.user)
    for (const group of change.groups ?? []) {
      if (this.view.group(group.id) === undefined) {
        this.madeGroups.add(group.id)
        this.count({ groupSequence: group.number, groupCount: this.counters.groupCount + 1 })
      }
      this.groups.set(group.id, group)
    }
    if (change.deletedGroup !== undefined) {
      this.groups.delete(change.deletedGroup)
      this.memberships.delete(change.deletedGroup)
      this.count({ groupCount: this.counters.groupCount - 1 })
      // A group made and deleted in one batch never reaches the database.
      if (!this.madeGroups.delete(change.deletedGroup)) this.deletedGroups.add(change.deletedGroup)
    }
    for (const delta of change.memberships ?? []) this.changeMembership(delta)
    if (change.customAttributes !== undefined) this.customAttributes = change.customAttributes
    this.view.apply(change)
    for (const event of decision.events) {
      this.count({ eventSequence: this.counters.eventSequence + 1 })
      this.events.push({ sequence: this.counters.eventSequence, event })
    }
    const { reply } = decision
    this.addEntry({
      ...this.entryOf(request),
      outcome: decision.outcome,
      status: reply._tag === "Gone" ? 204 : reply.created ? 201 : 200,
      subject: decision.subject,
      changes: decision.changes,
      notes: decision.notes,
      error: undefined
    })
    return { _tag: "Done", reply, outcome: decision.outcome }
  }

  private changeUser(user: User): void {
    const before = this.view.user(user.id)
    const first = this.users.get(user.id)
    this.users.set(user.id, { user, before: first === undefined ? before : first.before })
    if (user.number > this.counters.userSequence) this.count({ userSequence: user.number })
    const lived = before !== undefined
    const lives = user.deletedAt === undefined
    if (lived !== lives) this.count({ userCount: this.counters.userCount + (lives ? 1 : -1) })
  }

  private changeMembership(delta: MembershipDelta): void {
    const net = this.memberships.get(delta.group) ?? new Map<UserId, boolean>()
    this.memberships.set(delta.group, net)
    // A delta holds real changes only, so one that meets its opposite within the batch undoes it.
    for (const id of delta.added) if (!net.delete(id)) net.set(id, true)
    for (const id of delta.removed) if (!net.delete(id)) net.set(id, false)
  }

  private refuse(request: Request, decision: Refused): Answer {
    const sequence = this.addEntry({
      ...this.entryOf(request),
      outcome: "refused",
      status: decision.error.status,
      subject: decision.subject,
      changes: [],
      notes: decision.notes,
      error: { scimType: decision.error.scimType, detail: decision.error.detail }
    })
    const { status, scimType, detail } = decision.error
    return {
      _tag: "Refused",
      error: new ScimError({
        status,
        ...(scimType === undefined ? {} : { scimType }),
        detail: withCaseCode(detail, caseCode(sequence))
      })
    }
  }

  private entryOf(request: Request): Pick<LogEntry, "at" | "requestId" | "actor" | "request" | "duration"> {
    return {
      at: this.now,
      requestId: request.requestId,
      actor: request.actor,
      request: request.line,
      duration: Math.max(0, this.now - request.receivedAt)
    }
  }

  private addEntry(entry: LogEntry): number {
    const sequence = this.counters.logSequence + 1
    this.count({ logSequence: sequence })
    this.log.push({ sequence, entry })
    return sequence
  }

  private count(counters: Partial<Counters>): void {
    this.counters = { ...this.counters, ...counters }
  }

  private writes(): BatchWrites {
    const memberships: Array<MembershipDelta> = []
    for (const [group, net] of this.memberships) {
      if (net.size === 0) continue
      const added: Array<UserId> = []
      const removed: Array<UserId> = []
      for (const [id, member] of net) (member ? added : removed).push(id)
      memberships.push({ group, added, removed })
    }
    return {
      users: [...this.users.values()],
      groups: [...this.groups.values()],
      deletedGroups: [...this.deletedGroups],
      memberships,
      customAttributes:
        this.customAttributes === this.organization.customAttributes ? undefined : this.customAttributes,
      counters: this.counters,
      events: this.events,
      log: this.log
    }
  }
}
