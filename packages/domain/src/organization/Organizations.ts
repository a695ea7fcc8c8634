import { Context, type Effect, type Redacted } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { AccessKey, AccessKeyKind } from "./AccessKey.ts"
import type { Organization, OrganizationId, OrganizationRefused } from "./Organization.ts"
import type { Settings } from "./Settings.ts"
import type { Subdomain } from "./Subdomain.ts"

/** What makes a new organisation. */
export interface NewOrganization {
  readonly subdomain: Subdomain
  readonly name: string
  readonly timeZone: string
  readonly scimEnabled: boolean
  readonly settings: Settings
}

/** Who a secret belongs to. */
export interface KeyHolder {
  readonly organization: Organization
  readonly key: Pick<AccessKey, "id" | "kind" | "label">
}

/**
 * Organisations and their keys (port). Creating one is atomic with nothing left behind where it fails;
 * two servers creating the same subdomain at once make one organisation and one refusal.
 */
export class Organizations extends Context.Service<
  Organizations,
  {
    create(organization: NewOrganization): Effect.Effect<Organization, OrganizationRefused | StoreUnavailable>
    findBySubdomain(subdomain: string): Effect.Effect<Organization | undefined, StoreUnavailable>
    readonly list: Effect.Effect<ReadonlyArray<Organization>, StoreUnavailable>
    /** Switches SCIM on or off; people and groups stay as they are (R-ORG-6). */
    setScimEnabled(id: OrganizationId, enabled: boolean): Effect.Effect<void, StoreUnavailable>
    saveSettings(id: OrganizationId, settings: Settings): Effect.Effect<void, StoreUnavailable>
    /** Makes a key and returns its secret, the only time that it can be seen (R-ORG-3). */
    issueKey(
      id: OrganizationId,
      kind: AccessKeyKind,
      label: string
    ): Effect.Effect<{ readonly key: AccessKey; readonly secret: Redacted.Redacted<string> }, StoreUnavailable>
    listKeys(id: OrganizationId): Effect.Effect<ReadonlyArray<AccessKey>, StoreUnavailable>
    /** Revokes a live key; false where the organisation has no such live key. */
    revokeKey(id: OrganizationId, keyId: string): Effect.Effect<boolean, StoreUnavailable>
    /** The holder of a live key, looked up by the hash of its secret. */
    findKeyHolder(secretHash: string): Effect.Effect<KeyHolder | undefined, StoreUnavailable>
    /** Notes that keys were used; times in milliseconds. */
    touchKeys(
      uses: ReadonlyArray<{ readonly organizationId: OrganizationId; readonly keyId: string; readonly at: number }>
    ): Effect.Effect<void, StoreUnavailable>
  }
>()("@rollcall/domain/organization/Organizations") {}
