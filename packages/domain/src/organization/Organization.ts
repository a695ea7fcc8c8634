import { Schema } from "effect"
import { CustomAttribute } from "./CustomAttribute.ts"
import { ReviewWindow } from "./ReviewWindow.ts"
import { Settings } from "./Settings.ts"
import { Subdomain } from "./Subdomain.ts"

export const OrganizationId = Schema.String.pipe(Schema.brand("OrganizationId"))
export type OrganizationId = typeof OrganizationId.Type

/** Single sign-on: off, or on with the page where people sign in (R-ORG-1). */
export const SingleSignOn = Schema.Struct({ enabled: Schema.Boolean, signInUrl: Schema.NullOr(Schema.String) })
export type SingleSignOn = typeof SingleSignOn.Type

/** A customer of the product: the wall that nothing crosses (R-ORG-1). */
export const Organization = Schema.Struct({
  id: OrganizationId,
  subdomain: Subdomain,
  name: Schema.String,
  /** An IANA time zone; "today" is the organisation's today. */
  timeZone: Schema.String,
  singleSignOn: SingleSignOn,
  /** Whether an admin has switched SCIM on (R-ORG-6). */
  scimEnabled: Schema.Boolean,
  /** Whether the operator allows CSV imports while SCIM is on (R-ORG-7). */
  csvAllowed: Schema.Boolean,
  settings: Settings,
  /** The custom attributes in use, in the order in which they first came (R-USER-4). */
  customAttributes: Schema.Array(CustomAttribute),
  /** The times in which managers stay who they are, past ones included (R-MGR-4). */
  reviewWindows: Schema.Array(ReviewWindow)
})
export type Organization = typeof Organization.Type

/** The subdomain is taken, or the values given make no organisation. */
export class OrganizationRefused extends Schema.TaggedError<OrganizationRefused>()("OrganizationRefused", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}
