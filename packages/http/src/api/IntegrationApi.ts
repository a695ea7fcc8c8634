import { ConfigurationPatch } from "@rollcall/domain/organization/Configuration"
import { SingleSignOn } from "@rollcall/domain/organization/Organization"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Schema, Struct } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment } from "./ApiTypes.ts"
import { OutcomeName } from "./LogApi.ts"
import { problems } from "./Problem.ts"

/** How an organisation is integrated: what an admin of it looks at first. */
export const Integration = Schema.Struct({
  subdomain: Schema.String,
  name: Schema.String,
  /** An IANA time zone. */
  timeZone: Schema.String,
  scimBaseUrl: Schema.String,
  scimEnabled: Schema.Boolean,
  /** Whether the operator allows CSV imports while SCIM is on (R-ORG-7). */
  csvAllowed: Schema.Boolean,
  singleSignOn: SingleSignOn,
  settings: Settings
}).annotate({ identifier: "Integration" })

/** What is to change. Whether CSV imports are allowed is not among it: the operator decides that (R-ORG-7). */
export const IntegrationChange = ConfigurationPatch.mapFields(Struct.omit(["csvAllowed"])).annotate({
  identifier: "IntegrationChange",
  description: "What is given changes, all or nothing; the settings of a preset first, those in `settings` over them"
})

/** When somebody who provisions by SCIM was last heard of. */
export const IntegrationCall = Schema.Struct({
  id: Schema.String.annotate({ description: "The id of the SCIM token or of the OAuth client" }),
  label: Schema.String,
  lastUsedAt: Schema.NullOr(Moment).annotate({
    description: "When the token was last used, reads included, to the minute; null where it never was, or is no token"
  }),
  last: Schema.NullOr(
    Schema.Struct({ at: Moment, client: Schema.String, outcome: OutcomeName, caseCode: Schema.String })
  ).annotate({ description: "The last write or refusal, among the latest entries of the log" })
}).annotate({ identifier: "IntegrationCall" })

/** The integration of the organisation with its identity provider (R-ORG-6, R-ORG-8). */
export class IntegrationApi extends HttpApiGroup.make("integration")
  .add(
    HttpApiEndpoint.get("show", "/", { success: Integration, error: problems })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Show the integration: SCIM address and switch, single sign-on, settings"),
    HttpApiEndpoint.patch("change", "/", { payload: IntegrationChange, success: Integration, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Change the integration; SCIM switched off leaves people and groups as they are"),
    HttpApiEndpoint.get("calls", "/calls", {
      success: Schema.Struct({ items: Schema.Array(IntegrationCall) }),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Tell when each SCIM token and client was last heard of, and what came of it")
  )
  .prefix("/integration")
  .annotate(OpenApi.Description, "The organisation's integration with its identity provider.") {}
