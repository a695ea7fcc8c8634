import type { GroupId } from "../group/Group.ts"
import { defaultGroupType, type GroupType, type GroupTypeId } from "../group/GroupType.ts"
import type { AccessKey } from "../organization/AccessKey.ts"
import type { OAuthClient, OAuthClientId } from "../organization/OAuthClient.ts"
import type { UserId } from "../user/UserId.ts"
import type { HeldEndpoint } from "../webhooks/HeldEndpoint.ts"
import type { WebhookEndpointId } from "../webhooks/WebhookEndpoint.ts"
import type { Change } from "./Decision.ts"
import type { Loaded, Needs, NeedsUnion } from "./Needs.ts"

/** The parts of {@link Needs} that are about what admins make: of groups, keys, clients and webhooks. */
export type AdministrationNeeds = Pick<
  Needs,
  "groupTypes" | "groupAdmins" | "adminOf" | "keys" | "oauthClients" | "webhooks"
>

/**
 * The group types, group admins, live keys, OAuth clients and webhook endpoints a batch knows of: what was loaded, and over it what the batch's
 * earlier commands made of it. Admins of a group, and groups of an admin, are known whole or not at all.
 */
export class KnownAdministration {
  private defined: ReadonlyArray<GroupType> | undefined
  private liveKeys: Map<string, AccessKey> | undefined
  private endpoints: Map<WebhookEndpointId, HeldEndpoint> | undefined
  private liveClients: Map<OAuthClientId, OAuthClient> | undefined
  private readonly deletedTypes = new Set<GroupTypeId>()
  private readonly deletedGroups = new Set<GroupId>()
  private readonly adminsByGroup = new Map<GroupId, Set<UserId>>()
  private readonly groupsByAdmin = new Map<UserId, Set<GroupId>>()
  /** What the batch itself changed, for what is loaded only after it. */
  private readonly changed = new Map<GroupId, Map<UserId, boolean>>()

  load(needs: NeedsUnion, loaded: Loaded): void {
    if (needs.groupTypes) this.defined ??= loaded.groupTypes ?? []
    if (needs.keys) this.liveKeys ??= new Map((loaded.keys ?? []).map((key) => [key.id, key] as const))
    if (needs.oauthClients) {
      this.liveClients ??= new Map((loaded.oauthClients ?? []).map((client) => [client.id, client] as const))
    }
    if (needs.webhooks) {
      this.endpoints ??= new Map((loaded.webhooks ?? []).map((held) => [held.endpoint.id, held] as const))
    }
    const admins = new Map(loaded.groupAdmins ?? [])
    for (const group of needs.groupAdmins) {
      if (this.adminsByGroup.has(group)) continue
      const known = new Set(this.deletedGroups.has(group) ? [] : (admins.get(group) ?? []))
      for (const [user, admin] of this.changed.get(group) ?? []) mark(known, user, admin)
      this.adminsByGroup.set(group, known)
    }
    const groups = new Map(loaded.adminOf ?? [])
    for (const user of needs.adminOf) {
      if (this.groupsByAdmin.has(user)) continue
      const known = new Set((groups.get(user) ?? []).filter((group) => !this.deletedGroups.has(group)))
      for (const [group, users] of this.changed) {
        const admin = users.get(user)
        if (admin !== undefined) mark(known, group, admin)
      }
      this.groupsByAdmin.set(user, known)
    }
  }

  unknown(needs: AdministrationNeeds): AdministrationNeeds | undefined {
    const groupTypes = needs.groupTypes === true && this.defined === undefined
    const groupAdmins = needs.groupAdmins?.filter((id) => !this.adminsByGroup.has(id)) ?? []
    const adminOf = needs.adminOf?.filter((id) => !this.groupsByAdmin.has(id)) ?? []
    const keys = needs.keys === true && this.liveKeys === undefined
    const oauthClients = needs.oauthClients === true && this.liveClients === undefined
    const webhooks = needs.webhooks === true && this.endpoints === undefined
    return groupTypes || keys || oauthClients || webhooks || groupAdmins.length > 0 || adminOf.length > 0
      ? { groupTypes, keys, oauthClients, webhooks, groupAdmins, adminOf }
      : undefined
  }

  /** All types in their order, the default one first. */
  get types(): ReadonlyArray<GroupType> {
    return [defaultGroupType, ...(this.defined ?? [])]
  }

  type(id: GroupTypeId): GroupType | undefined {
    return this.types.find((type) => type.id === id)
  }

  /** The type that a group has which was stored with one: that of a deleted type is the default. */
  standingType(type: GroupTypeId): GroupTypeId {
    return this.deletedTypes.has(type) ? defaultGroupType.id : type
  }

  get keys(): ReadonlyArray<AccessKey> {
    return [...(this.liveKeys?.values() ?? [])]
  }

  get webhooks(): ReadonlyMap<WebhookEndpointId, HeldEndpoint> {
    return this.endpoints ?? new Map()
  }

  get oauthClients(): ReadonlyMap<OAuthClientId, OAuthClient> {
    return this.liveClients ?? new Map()
  }

  admins(group: GroupId): ReadonlyArray<UserId> {
    return [...(this.adminsByGroup.get(group) ?? [])]
  }

  adminOf(user: UserId): ReadonlyArray<GroupId> {
    return [...(this.groupsByAdmin.get(user) ?? [])]
  }

  apply(change: Change): void {
    if (change.groupTypes !== undefined) this.defined = change.groupTypes
    if (change.deletedGroupType !== undefined) this.deletedTypes.add(change.deletedGroupType)
    if (change.key?.key.revokedAt === null) this.liveKeys?.set(change.key.key.id, change.key.key)
    else if (change.key !== undefined) this.liveKeys?.delete(change.key.key.id)
    if (change.oauth?.client.revokedAt === null) this.liveClients?.set(change.oauth.client.id, change.oauth.client)
    else if (change.oauth !== undefined) this.liveClients?.delete(change.oauth.client.id)
    if (change.webhook?.after !== undefined) this.endpoints?.set(change.webhook.id, change.webhook.after)
    else if (change.webhook !== undefined) this.endpoints?.delete(change.webhook.id)
    for (const { added, group, removed } of change.admins ?? []) {
      for (const user of added) this.set(group, user, true)
      for (const user of removed) this.set(group, user, false)
    }
    if (change.deletedGroup !== undefined) {
      this.deletedGroups.add(change.deletedGroup)
      this.changed.delete(change.deletedGroup)
      this.adminsByGroup.set(change.deletedGroup, new Set())
      for (const groups of this.groupsByAdmin.values()) groups.delete(change.deletedGroup)
    }
  }

  private set(group: GroupId, user: UserId, admin: boolean): void {
    const known = this.changed.get(group)
    if (known === undefined) this.changed.set(group, new Map([[user, admin]]))
    else known.set(user, admin)
    const admins = this.adminsByGroup.get(group)
    if (admins !== undefined) mark(admins, user, admin)
    const groups = this.groupsByAdmin.get(user)
    if (groups !== undefined) mark(groups, group, admin)
  }
}

const mark = <A>(set: Set<A>, value: A, present: boolean): void => {
  if (present) set.add(value)
  else set.delete(value)
}
