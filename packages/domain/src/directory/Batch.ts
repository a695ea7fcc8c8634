import { advanced, type ImportAdvance, type ImportId } from "../csv/ImportStep.ts"
import { eventParts } from "../events/DomainEvent.ts"
import type { KeptEvent } from "../events/EventPayload.ts"
import { EventSubjects } from "../events/EventSubjects.ts"
import type { Group, GroupId } from "../group/Group.ts"
import { defaultGroupType, type GroupType, type GroupTypeId } from "../group/GroupType.ts"
import { caseCode, withCaseCode } from "../log/CaseCode.ts"
import { type LogEntry, operatorActor } from "../log/LogEntry.ts"
import { type Configuration, configurationOf } from "../organization/Configuration.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { OAuthChange } from "../organization/OAuthChange.ts"
import { todayIn } from "../organization/OrganizationToday.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { ScimError } from "../scim/ScimError.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import { type EndpointStep, joined, writeOf } from "../webhooks/HeldEndpoint.ts"
import type { WebhookEndpointId } from "../webhooks/WebhookEndpoint.ts"
import type { Answer } from "./Answer.ts"
import type {
  BatchWrites,
  Counters,
  NumberedEntry,
  OrganizationState,
  PasswordWrite,
  UserChange
} from "./BatchWrites.ts"
import type { Request } from "./Command.ts"
import type { Accepted, Decision, Idle, KeyChange, MembershipDelta, OwnPasswordChange, Refused } from "./Decision.ts"
import { decide } from "./decide.ts"
import { NeedsUnion } from "./Needs.ts"
import { WorkingSet } from "./WorkingSet.ts"

/** A batch as it was decided: what to write and what to answer, in the order of the requests. */
export interface DecidedBatch {
  readonly writes: BatchWrites
  readonly answers: ReadonlyArray<Answer>
}

/**
 * One batch of an organisation's requests on its way: {@link decideAll}, and what that asks for is loaded, until all are
 * decided. All state is in memory; whoever drives it holds the organisation's lock from before the first load until the
 * commit.
 */
export class Batch {
  private readonly view = new WorkingSet()
  private readonly requests: ReadonlyArray<Request>
  private readonly organization: OrganizationState
  private readonly resourceTypes: ResourceTypes
  private readonly now: number
  private today: string
  private readonly userNumbers: readonly [first: number, last: number]
  private counters: Counters
  private configuration: Configuration
  private isConfigured = false
  private readonly keys = new Map<string, KeyChange>()
  private readonly oauth: Array<OAuthChange> = []
  private readonly webhooks = new Map<WebhookEndpointId, EndpointStep>()
  private customAttributes: ReadonlyArray<CustomAttribute>
  private readonly users = new Map<UserId, UserChange>()
  private readonly passwords = new Map<UserId, Omit<PasswordWrite, "user">>()
  private readonly usedLinks: Array<OwnPasswordChange> = []
  private readonly groups = new Map<GroupId, Group>()
  private readonly deletedGroups = new Set<GroupId>()
  private readonly memberships = new Map<GroupId, Map<UserId, boolean>>()
  private readonly admins = new Map<GroupId, Map<UserId, boolean>>()
  private groupTypes: ReadonlyArray<GroupType> | undefined
  private readonly deletedTypes = new Set<GroupTypeId>()
  private readonly madeGroups = new Set<GroupId>()
  private readonly events: Array<KeptEvent> = []
  private readonly log: Array<NumberedEntry> = []
  private readonly answers: Array<Answer> = []
  private readonly imports = new Map<ImportId, ImportAdvance>()

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
    this.configuration = configurationOf(organization)
    this.today = todayIn(organization.timeZone, now)
    this.counters = organization.counters
    const first = this.counters.userSequence + 1
    this.userNumbers = [first, first + requests.length - 1]
    this.customAttributes = organization.customAttributes
  }

  private decideOne(request: Request): Decision {
    return decide(request.command, this.view, {
      resourceTypes: this.resourceTypes,
      via: request.actor.via ?? "scim",
      scimEnabled: this.configuration.scimEnabled,
      csvAllowed: this.configuration.csvAllowed,
      settings: this.configuration.settings,
      singleSignOn: this.configuration.singleSignOn,
      reviewWindows: this.configuration.reviewWindows,
      configuration: this.configuration,
      byOperator: request.actor.keyId === operatorActor.keyId,
      today: this.today,
      userNumbers: this.userNumbers,
      customAttributes: this.customAttributes,
      now: this.now,
      eventSequence: this.counters.eventSequence,
      nextUserNumber: this.counters.userSequence + 1,
      nextGroupNumber: this.counters.groupSequence + 1
    })
  }

  load(needs: NeedsUnion, loaded: Parameters<WorkingSet["load"]>[1]): void {
    this.view.load(needs, loaded)
  }

  /**
   * Decides the requests in order, each seeing what those before it did, as far as what they need is known. Where it is
   * not, that is returned for all that are left, each looked at on its own: to be loaded before the next call, which goes
   * on there. The second look can depend on the first (a person, then the new userName), and on an earlier request.
   */
  decideAll(): DecidedBatch | NeedsUnion {
    for (let i = this.answers.length; i < this.requests.length; i++) {
      const request = this.requests[i] as Request
      const decision = this.decideOne(request)
      if (decision._tag === "Unloaded") {
        const union = new NeedsUnion()
        union.add(decision.needs)
        for (const later of this.requests.slice(i + 1)) {
          const other = this.decideOne(later)
          if (other._tag === "Unloaded") union.add(other.needs)
        }
        return union
      }
      const answer = this.carryOut(request, decision)
      this.answers.push(answer)
      if (request.step !== undefined) {
        this.imports.set(request.step.import, advanced(this.imports.get(request.step.import), request.step, answer))
      }
    }
    return { writes: this.writes(), answers: this.answers }
  }

  private carryOut(request: Request, decision: Accepted | Refused | Idle): Answer {
    switch (decision._tag) {
      case "Accepted":
        return this.accept(request, decision)
      case "Refused":
        return this.refuse(request, decision)
      case "Idle":
        return { _tag: "Idle" }
    }
  }

  private accept(request: Request, decision: Accepted): Answer {
    const { change } = decision
    if (change.user !== undefined) {
      this.changeUser(change.user)
      const { passwordHash: hash } = change
      if (hash !== undefined) this.passwords.set(change.user.id, { hash, synced: hash })
    }
    for (const user of change.otherUsers ?? []) this.changeUser(user)
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
      this.admins.delete(change.deletedGroup)
      this.count({ groupCount: this.counters.groupCount - 1 })
      // A group made and deleted in one batch never reaches the database.
      if (!this.madeGroups.delete(change.deletedGroup)) this.deletedGroups.add(change.deletedGroup)
    }
    for (const delta of change.memberships ?? []) addDelta(this.memberships, delta)
    for (const delta of change.admins ?? []) addDelta(this.admins, delta)
    if (change.groupTypes !== undefined) this.groupTypes = change.groupTypes
    if (change.deletedGroupType !== undefined) this.deleteGroupType(change.deletedGroupType)
    if (change.customAttributes !== undefined) this.customAttributes = change.customAttributes
    if (change.configuration !== undefined) this.configure(change.configuration)
    if (change.key !== undefined) {
      const { key, secretHash = this.keys.get(key.id)?.secretHash } = change.key
      this.keys.set(key.id, { key, secretHash })
    }
    if (change.ownPassword !== undefined) {
      const { hash, user } = change.ownPassword
      this.passwords.set(user, { hash, synced: this.passwords.get(user)?.synced })
      this.usedLinks.push(change.ownPassword)
    }
    const { webhook } = change
    if (webhook !== undefined) this.webhooks.set(webhook.id, joined(this.webhooks.get(webhook.id), webhook))
    if (change.oauth !== undefined) this.oauth.push(change.oauth)
    const brought = this.addEvents(decision)
    this.view.apply(change)
    const { matched, reply } = decision
    const mails = decision.events.flatMap((event) => ("mail" in event && event.mail !== undefined ? [event.mail] : []))
    const head = this.entryOf(request)
    const sequence = this.addEntry({
      ...head,
      outcome: decision.outcome,
      status: reply._tag === "Gone" ? 204 : reply.created ? 201 : 200,
      subject: decision.subject,
      changes: decision.changes,
      notes: decision.notes,
      ...(matched === undefined || matched.length === 0 ? {} : { matched }),
      ...(mails.length === 0 ? {} : { mails }),
      ...(brought === undefined ? {} : { events: brought }),
      error: undefined
    })
    for (const consequence of decision.consequences ?? []) {
      this.addEntry({
        ...head,
        ...consequence,
        outcome: "updated",
        status: 200,
        cause: caseCode(sequence),
        error: undefined
      })
    }
    return { _tag: "Done", reply, outcome: decision.outcome }
  }

  /** Numbers what happened, and tells the first and the last number; undefined where nothing happened. */
  private addEvents({ change, events }: Accepted): LogEntry["events"] {
    const first = this.counters.eventSequence + 1
    const subjects = new EventSubjects(this.resourceTypes.extensionUrn, this.view, change)
    for (const event of events.flatMap(eventParts)) {
      const sequence = this.counters.eventSequence + 1
      this.count({ eventSequence: sequence })
      this.events.push({ sequence, at: this.now, event, subject: subjects.of(event) })
    }
    const last = this.counters.eventSequence
    return last < first ? undefined : { first, last }
  }

  private changeUser(user: User): void {
    const before = this.view.people.user(user.id)
    const first = this.users.get(user.id) ?? { before, isNew: !this.view.people.isKept(user.id) }
    this.users.set(user.id, { user, before: first.before, isNew: first.isNew })
    if (user.number > this.counters.userSequence) this.count({ userSequence: user.number })
    const lived = before !== undefined
    const lives = user.deletedAt === undefined
    if (lived !== lives) this.count({ userCount: this.counters.userCount + (lives ? 1 : -1) })
  }

  /** What is set counts for the requests after this one. */
  private configure(changed: Partial<Configuration>): void {
    this.configuration = { ...this.configuration, ...changed }
    this.today = todayIn(this.configuration.timeZone, this.now)
    this.isConfigured = true
  }

  private deleteGroupType(type: GroupTypeId): void {
    this.deletedTypes.add(type)
    for (const group of this.groups.values()) {
      if (group.type === type) this.groups.set(group.id, { ...group, type: defaultGroupType.id })
    }
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
    const { detail, field, scimType, status } = decision.error
    return {
      _tag: "Refused",
      error: new ScimError({
        status,
        ...(scimType === undefined ? {} : { scimType }),
        detail: withCaseCode(detail, caseCode(sequence)),
        ...(field === undefined ? {} : { field })
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
    const admins = deltasOf(this.admins)
    return {
      users: [...this.users.values()],
      passwords: [...this.passwords].map(([user, password]) => ({ user, ...password })),
      usedLinks: this.usedLinks,
      groups: [...this.groups.values()],
      deletedGroups: [...this.deletedGroups],
      memberships: deltasOf(this.memberships),
      administration:
        this.groupTypes === undefined && admins.length === 0
          ? undefined
          : { types: this.groupTypes, deletedTypes: [...this.deletedTypes], admins },
      customAttributes:
        this.customAttributes === this.organization.customAttributes ? undefined : this.customAttributes,
      configuration: this.isConfigured ? this.configuration : undefined,
      keys: [...this.keys.values()],
      oauth: this.oauth,
      webhooks: [...this.webhooks.values()].flatMap((step) => writeOf(step) ?? []),
      counters: this.counters,
      events: this.events,
      log: this.log,
      ...(this.imports.size === 0 ? {} : { imports: [...this.imports.values()] })
    }
  }
}

type NetDeltas = Map<GroupId, Map<UserId, boolean>>

/** A delta holds real changes only, so one that meets its opposite within the batch undoes it. */
const addDelta = (deltas: NetDeltas, delta: MembershipDelta): void => {
  const net = deltas.get(delta.group) ?? new Map<UserId, boolean>()
  deltas.set(delta.group, net)
  for (const id of delta.added) if (!net.delete(id)) net.set(id, true)
  for (const id of delta.removed) if (!net.delete(id)) net.set(id, false)
}

const deltasOf = (deltas: NetDeltas): ReadonlyArray<MembershipDelta> => {
  const all: Array<MembershipDelta> = []
  for (const [group, net] of deltas) {
    if (net.size === 0) continue
    const added: Array<UserId> = []
    const removed: Array<UserId> = []
    for (const [id, member] of net) (member ? added : removed).push(id)
    all.push({ group, added, removed })
  }
  return all
}
