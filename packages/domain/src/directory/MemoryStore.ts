import { Clock, Context, Effect, Layer } from "effect"
import { advancedRecord, type ImportRecord } from "../csv/ImportRecord.ts"
import type { ImportId, ImportReject, KeptRow } from "../csv/ImportStep.ts"
import type { KeptEvent } from "../events/EventPayload.ts"
import { type Group, type GroupId, groupNameKey, groupNearKey } from "../group/Group.ts"
import { nearGroupsLooked } from "../group/GroupOverwrite.ts"
import { defaultGroupType, type GroupType } from "../group/GroupType.ts"
import type { LogEntry } from "../log/LogEntry.ts"
import type { AccessKey } from "../organization/AccessKey.ts"
import type { Configuration } from "../organization/Configuration.ts"
import { applyOAuthChange, type HeldOAuthClients, standingClients } from "../organization/HeldOAuthClients.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { waitingKey } from "../user/ManagerLink.ts"
import type { PasswordLinkPurpose, StandingPasswordLink } from "../user/PasswordLinks.ts"
import type { HeldPasswords } from "../user/Passwords.ts"
import { readReference } from "../user/PersonReference.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import { userKeys } from "../user/UserKeys.ts"
import { applyEndpointWrite, type HeldWebhooks, shownWebhook } from "../webhooks/HeldWebhooks.ts"
import type { Answer } from "./Answer.ts"
import { Batch, type DecidedBatch } from "./Batch.ts"
import type { BatchWrites, OrganizationState } from "./BatchWrites.ts"
import type { Request } from "./Command.ts"
import type { MembershipDelta } from "./Decision.ts"
import { Directory } from "./Directory.ts"
import { makeHand } from "./Hand.ts"
import { displayedName } from "./KnownPeople.ts"
import type { Loaded, NeedsUnion } from "./Needs.ts"
import { PeopleLookup } from "./PeopleLookup.ts"

/** An organisation's directory as the memory adapter holds it. */
export interface MemoryOrganization {
  state: OrganizationState
  readonly users: Map<UserId, User>
  readonly groups: Map<GroupId, Group>
  readonly members: Map<GroupId, Set<UserId>>
  /** Those besides the default one, in their order. */
  groupTypes: ReadonlyArray<GroupType>
  readonly admins: Map<GroupId, Set<UserId>>
  readonly passwords: Map<UserId, HeldPasswords>
  /** Links to the password page, by the hashes of their tokens. */
  readonly passwordLinks: Map<string, StandingPasswordLink & { readonly purpose: PasswordLinkPurpose }>
  /** By id; the hash of the secret is what a key is found by. */
  readonly keys: Map<string, { readonly secretHash: string; key: AccessKey }>
  readonly oauthClients: HeldOAuthClients
  readonly webhooks: HeldWebhooks
  readonly log: Array<{ readonly sequence: number; readonly entry: LogEntry }>
  /** In the order of their numbers, the oldest that are kept first. */
  readonly events: Array<KeptEvent>
  readonly imports: Map<ImportId, ImportRecord>
  readonly importRejects: Map<ImportId, ReadonlyArray<ImportReject>>
  /** By the report's id. */
  readonly reports: Map<string, ReadonlyArray<KeptRow>>
}

/** Whose directories live in memory: what the memory adapters of the ports share. */
export class MemoryStore extends Context.Service<MemoryStore, Map<OrganizationId, MemoryOrganization>>()(
  "@rollcall/domain/directory/MemoryStore"
) {
  static readonly layer = Layer.sync(MemoryStore, () => new Map())
}

/** An empty directory with these settings, in UTC, without single sign-on and review windows unless told otherwise. */
export const emptyOrganization = (
  settings: OrganizationState["settings"],
  more: Partial<Configuration> = {}
): MemoryOrganization => ({
  state: {
    name: "",
    settings,
    timeZone: "UTC",
    singleSignOn: { enabled: false, signInUrl: null },
    scimEnabled: true,
    csvAllowed: false,
    reviewWindows: [],
    ...more,
    customAttributes: [],
    counters: { eventSequence: 0, logSequence: 0, userSequence: 0, groupSequence: 0, userCount: 0, groupCount: 0 }
  },
  users: new Map(),
  groups: new Map(),
  members: new Map(),
  groupTypes: [],
  admins: new Map(),
  passwords: new Map(),
  passwordLinks: new Map(),
  keys: new Map(),
  oauthClients: new Map(),
  webhooks: new Map(),
  log: [],
  events: [],
  imports: new Map(),
  importRejects: new Map(),
  reports: new Map()
})

/** The reference implementation of {@link Directory}: in memory, on any runtime. */
export const layerMemoryDirectory = (resourceTypes: ResourceTypes): Layer.Layer<Directory, never, MemoryStore> =>
  Layer.effect(
    Directory,
    Effect.gen(function* () {
      const store = yield* MemoryStore
      return yield* makeHand((id, requests) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const organization = store.get(id)
          if (organization === undefined) throw new Error(`No organisation ${id}`)
          return runMemoryBatch(organization, requests, resourceTypes, now)
        })
      )
    })
  )

/** Carries out one batch of an organisation's requests at once; where a rule throws, nothing is changed. */
export const runMemoryBatch = (
  organization: MemoryOrganization,
  requests: ReadonlyArray<Request>,
  resourceTypes: ResourceTypes,
  now: number
): ReadonlyArray<Answer> => {
  const { answers, writes } = decideInMemory(organization, requests, resourceTypes, now)
  writeToMemory(organization, writes)
  return answers
}

/** Decides one batch on what stands in memory, and changes nothing. */
export const decideInMemory = (
  organization: MemoryOrganization,
  requests: ReadonlyArray<Request>,
  resourceTypes: ResourceTypes,
  now: number
): DecidedBatch => {
  const batch = new Batch(requests, organization.state, resourceTypes, now)
  for (;;) {
    const decided = batch.decideAll()
    if ("writes" in decided) return decided
    batch.load(decided, find(organization, decided))
  }
}

/** Finding people in memory. */
export const layerMemoryPeopleLookup: Layer.Layer<PeopleLookup, never, MemoryStore> = Layer.effect(
  PeopleLookup,
  Effect.map(MemoryStore, (store) =>
    PeopleLookup.of({
      find: (id, needs) =>
        Effect.sync(() => {
          const organization = store.get(id)
          return organization === undefined ? {} : find(organization, needs)
        })
    })
  )
)

const find = (organization: MemoryOrganization, needs: NeedsUnion): Loaded => {
  const having = (groups: ReadonlyMap<GroupId, ReadonlySet<UserId>>) => (user: UserId) =>
    [user, [...groups].flatMap(([group, ids]) => (ids.has(user) ? [group] : []))] as const
  const groupsOf = [...needs.groupsOf].map(having(organization.members))
  const adminOf = [...needs.adminOf].map(having(organization.admins))
  const wanted = new Set([...groupsOf, ...adminOf].flatMap(([, ids]) => ids))
  for (const { id } of groupsNear(organization, needs.groupNearKeys)) wanted.add(id)
  const chained = chainsOf(organization, needs.chainsOf)
  const users = [...organization.users.values()].filter((user) => chained.has(user.id) || isNeeded(user, needs))
  return {
    users,
    managerNames: users.flatMap((user) => {
      const manager = user.manager.id === undefined ? undefined : organization.users.get(user.manager.id)
      return manager === undefined ? [] : [[manager.id, displayedName(manager)] as const]
    }),
    people: [...needs.people].filter((id) => {
      const user = organization.users.get(id)
      return user !== undefined && user.deletedAt === undefined
    }),
    groups: [...organization.groups.values()].filter(
      (group) =>
        needs.groups.has(group.id) ||
        wanted.has(group.id) ||
        needs.groupNames.has(group.displayName) ||
        needs.groupNameKeys.has(groupNameKey(group.displayName))
    ),
    memberships: [...needs.memberships].flatMap(([group, users]) =>
      [...users].filter((user) => organization.members.get(group)?.has(user)).map((user) => [group, user] as const)
    ),
    members: [...needs.members].map((group) => [group, [...(organization.members.get(group) ?? [])]] as const),
    groupsOf,
    ...(needs.keys
      ? { keys: [...organization.keys.values()].flatMap(({ key }) => (key.revokedAt === null ? [key] : [])) }
      : {}),
    ...(needs.oauthClients ? { oauthClients: standingClients(organization.oauthClients) } : {}),
    ...(needs.webhooks ? { webhooks: [...organization.webhooks.values()].map(shownWebhook) } : {}),
    ...(needs.groupTypes ? { groupTypes: organization.groupTypes } : {}),
    groupAdmins: [...needs.groupAdmins].map((group) => [group, [...(organization.admins.get(group) ?? [])]] as const),
    adminOf,
    passwordLinks: [...needs.passwordLinks].flatMap((hash) => organization.passwordLinks.get(hash) ?? [])
  }
}

const groupsNear = (organization: MemoryOrganization, keys: ReadonlySet<string>): ReadonlyArray<Group> => {
  if (keys.size === 0) return []
  const found = new Map<string, Array<Group>>()
  for (const group of [...organization.groups.values()].sort((left, right) => left.number - right.number)) {
    const key = groupNearKey(group.displayName)
    if (!keys.has(key)) continue
    const near = found.get(key)
    if (near === undefined) found.set(key, [group])
    else if (near.length < nearGroupsLooked) near.push(group)
  }
  return [...found.values()].flat()
}

const isNeeded = (user: User, needs: NeedsUnion): boolean => {
  const keys = userKeys(user.attributes)
  if (needs.users.has(user.id) || (keys.email !== undefined && needs.emails.has(keys.email))) return true
  if (user.deletedAt !== undefined) return false
  const waits = waitingKey(user.manager)
  const [first, last] = needs.waitingNumbers ?? [1, 0]
  const waitsFor = waits === undefined ? undefined : readReference(waits).userId
  return (
    needs.userNames.has(keys.userName) ||
    needs.numbers.has(user.number) ||
    (keys.employeeNumber !== undefined && needs.employeeNumbers.has(keys.employeeNumber)) ||
    (waits !== undefined && needs.waiting.has(waits)) ||
    (waitsFor !== undefined && first <= waitsFor && waitsFor <= last) ||
    (user.manager.id !== undefined && needs.reportsOf.has(user.manager.id))
  )
}

/** Those people and everybody above them. */
const chainsOf = (organization: MemoryOrganization, starts: Iterable<UserId>): ReadonlySet<UserId> => {
  const found = new Set<UserId>()
  for (const start of starts) {
    let at: UserId | undefined = start
    while (at !== undefined && !found.has(at)) {
      found.add(at)
      at = organization.users.get(at)?.manager.id
    }
  }
  return found
}

/** Writes what a batch decided. */
export const writeToMemory = (organization: MemoryOrganization, writes: BatchWrites): void => {
  for (const { user } of writes.users) organization.users.set(user.id, user)
  for (const { hash, synced, user } of writes.passwords) {
    organization.passwords.set(user, { current: hash, synced: synced ?? organization.passwords.get(user)?.synced })
  }
  for (const used of writes.usedLinks ?? []) {
    for (const link of organization.passwordLinks.values()) {
      if (link.user !== used.user || link.used || link.replaced) continue
      const isIt = link.tokenHash === used.tokenHash
      organization.passwordLinks.set(link.tokenHash, { ...link, used: isIt, replaced: !isIt })
    }
  }
  const { admins = [], deletedTypes = [], types } = writes.administration ?? {}
  for (const group of organization.groups.values()) {
    if (deletedTypes.includes(group.type)) {
      organization.groups.set(group.id, { ...group, type: defaultGroupType.id })
    }
  }
  if (types !== undefined) organization.groupTypes = types
  for (const group of writes.groups) organization.groups.set(group.id, group)
  for (const id of writes.deletedGroups) {
    organization.groups.delete(id)
    organization.members.delete(id)
    organization.admins.delete(id)
  }
  for (const delta of writes.memberships) applyDelta(organization.members, delta)
  for (const delta of admins) applyDelta(organization.admins, delta)
  for (const { key, secretHash } of writes.keys ?? []) {
    const held = organization.keys.get(key.id)
    // A key is noted as used past the hand.
    if (held !== undefined) held.key = { ...held.key, revokedAt: key.revokedAt }
    else if (secretHash !== undefined) organization.keys.set(key.id, { secretHash, key })
  }
  for (const change of writes.oauth ?? []) applyOAuthChange(organization.oauthClients, change)
  for (const write of writes.webhooks ?? []) applyEndpointWrite(organization.webhooks, write)
  organization.log.push(...writes.log)
  organization.events.push(...writes.events)
  for (const advance of writes.imports ?? []) {
    const standing = organization.imports.get(advance.import)
    if (standing?.line !== advance.after) continue
    organization.imports.set(advance.import, advancedRecord(standing, advance))
    const rejects = organization.importRejects.get(advance.import) ?? []
    organization.importRejects.set(advance.import, [...rejects, ...advance.rejects])
    if (advance.report === undefined) continue
    const { id, rows } = advance.report
    organization.reports.set(id, [...(organization.reports.get(id) ?? []), ...rows])
  }
  organization.state = {
    ...organization.state,
    ...writes.configuration,
    counters: writes.counters,
    customAttributes: writes.customAttributes ?? organization.state.customAttributes
  }
}

const applyDelta = (groups: Map<GroupId, Set<UserId>>, { added, group, removed }: MembershipDelta): void => {
  const users = groups.get(group) ?? new Set()
  groups.set(group, users)
  for (const id of added) users.add(id)
  for (const id of removed) users.delete(id)
}
