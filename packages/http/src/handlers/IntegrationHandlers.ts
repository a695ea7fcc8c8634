import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { PublicApi } from "../api/PublicApi.ts"

export const integrationHandlers = HttpApiBuilder.group(PublicApi, "integration", (handlers) =>
  handlers.handleAll({
    show: () =>
      Effect.map(ApiCaller, ({ caller: { baseUrl, organization } }) => ({
        subdomain: organization.subdomain,
        name: organization.name,
        timeZone: organization.timeZone,
        scimBaseUrl: baseUrl,
        scimEnabled: organization.scimEnabled,
        csvAllowed: organization.csvAllowed,
        singleSignOn: organization.singleSignOn,
        settings: organization.settings
      }))
  })
)
