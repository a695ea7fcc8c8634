import { SingleSignOn } from "@rollcall/domain/organization/Organization"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
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

/** The integration of the organisation with its identity provider (R-ORG-6, R-ORG-8). */
export class IntegrationApi extends HttpApiGroup.make("integration")
  .add(
    HttpApiEndpoint.get("show", "/", { success: Integration, error: problems })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Show the integration: SCIM address and switch, single sign-on, settings")
  )
  .prefix("/integration")
  .annotate(OpenApi.Description, "The organisation's integration with its identity provider.") {}
