import { Context, type Effect, type Redacted } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { AccessKey, AccessKeyKind, KeyScope } from "./AccessKey.ts"
import type { Organization, OrganizationId, OrganizationRefused, SingleSignOn } from "./Organization.ts"
import type { ReviewWindow } from "./ReviewWindow.ts"
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
 * two servers creating the same subdomain at once make one organisation and one refusal. Whatever changes what decisions
 * take into account is seen by every write decided after it was answered. Of an unknown organisation nothing is changed.
 */
export class Organizations extends Context.Service<
  Organizations,
  {
    create(organization: NewOrganization): Effect.Effect<Organization, OrganizationRefused | StoreUnavailable>
    findBySubdomain(subdomain: string): Effect.Effect<Organization | undefined, StoreUnavailable>
    readonly list: Effect.Effect<ReadonlyArray<Organization>, StoreUnavailable>
    /** Switches SCIM on or off; people and groups stay as they are (R-ORG-6). */
    setScimEnabled(id: OrganizationId, enabled: boolean): Effect.Effect<void, StoreUnavailable>
    /** Allows CSV imports while SCIM is on, or no longer does (R-ORG-7). */
    setCsvAllowed(id: OrganizationId, allowed: boolean): Effect.Effect<void, StoreUnavailable>
    /** Settings that are not given stay as they are, also where somebody else changes them at the same moment. */
    saveSettings(id: OrganizationId, settings: Partial<Settings>): Effect.Effect<void, StoreUnavailable>
    /** Single sign-on off, or on with the address of its page, which must be https (R-ORG-1). */
    saveSingleSignOn(
      id: OrganizationId,
      singleSignOn: SingleSignOn
    ): Effect.Effect<void, OrganizationRefused | StoreUnavailable>
    /** An IANA time zone; the refusal of another names it. */
    saveTimeZone(id: OrganizationId, timeZone: string): Effect.Effect<void, OrganizationRefused | StoreUnavailable>
    saveName(id: OrganizationId, name: string): Effect.Effect<void, OrganizationRefused | StoreUnavailable>
    /** All review windows, in place of those that stood there (R-MGR-4); they are kept in the order of opening. */
    saveReviewWindows(
      id: OrganizationId,
      windows: ReadonlyArray<ReviewWindow>
    ): Effect.Effect<void, OrganizationRefused | StoreUnavailable>
    /** Opens a window from now until a time in milliseconds; where several open theirs at once, all stand. */
    openReviewWindow(
      id: OrganizationId,
      name: string,
      closesAt: number
    ): Effect.Effect<ReviewWindow, OrganizationRefused | StoreUnavailable>
    /** Closes the open window of that id now, or all that are open where none is named; answers those it closed. */
    closeReviewWindow(
      id: OrganizationId,
      windowId: string | undefined
    ): Effect.Effect<ReadonlyArray<ReviewWindow>, StoreUnavailable>
    /**
     * Makes a key and returns its secret, the only time that it can be seen (R-ORG-3). An API key without scopes given is
     * for everything.
     */
    issueKey(
      id: OrganizationId,
      kind: AccessKeyKind,
      label: string,
      scopes?: ReadonlyArray<KeyScope>
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
