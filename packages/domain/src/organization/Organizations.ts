import { Context, type Effect } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { AccessKey } from "./AccessKey.ts"
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
  readonly key: Pick<AccessKey, "id" | "kind" | "label" | "scopes">
}

/**
 * Organisations and their keys (port). Creating one is atomic with nothing left behind where it fails;
 * two servers creating the same subdomain at once make one organisation and one refusal. What is set of an organisation,
 * and its keys, are changed by commands in its queue (`OrganizationAdministration`); here they are read.
 */
export class Organizations extends Context.Service<
  Organizations,
  {
    create(organization: NewOrganization): Effect.Effect<Organization, OrganizationRefused | StoreUnavailable>
    findBySubdomain(subdomain: string): Effect.Effect<Organization | undefined, StoreUnavailable>
    readonly list: Effect.Effect<ReadonlyArray<Organization>, StoreUnavailable>
    /** In the order in which they were made, revoked ones too. */
    listKeys(id: OrganizationId): Effect.Effect<ReadonlyArray<AccessKey>, StoreUnavailable>
    /** The holder of a live key, looked up by the hash of its secret. */
    findKeyHolder(secretHash: string): Effect.Effect<KeyHolder | undefined, StoreUnavailable>
    /** Notes that keys were used; times in milliseconds. */
    touchKeys(
      uses: ReadonlyArray<{ readonly organizationId: OrganizationId; readonly keyId: string; readonly at: number }>
    ): Effect.Effect<void, StoreUnavailable>
  }
>()("@rollcall/domain/organization/Organizations") {}
