import type { Caller } from "@rollcall/domain/directory/Caller"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { Configuration } from "@rollcall/domain/organization/Configuration"
import { callsLooked, lastCalls } from "@rollcall/domain/organization/LastCalls"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import type { Integration } from "../api/IntegrationApi.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const viewOf = (caller: Caller, from: Configuration): typeof Integration.Type => ({
  subdomain: caller.organization.subdomain,
  name: from.name,
  timeZone: from.timeZone,
  scimBaseUrl: caller.baseUrl,
  scimEnabled: from.scimEnabled,
  csvAllowed: from.csvAllowed,
  singleSignOn: from.singleSignOn,
  settings: from.settings
})

export const integrationHandlers = HttpApiBuilder.group(
  PublicApi,
  "integration",
  Effect.fnUntraced(function* (handlers) {
    const administration = yield* OrganizationAdministration
    const organizations = yield* Organizations
    const log = yield* ProvisioningLog
    return handlers.handleAll({
      show: Effect.fnUntraced(function* () {
        const { caller } = yield* ApiCaller
        // The caller's is remembered with their key; what was changed a moment ago is read.
        const found = yield* orProblem(organizations.findBySubdomain(caller.organization.subdomain))
        return viewOf(caller, found ?? caller.organization)
      }),
      change: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        return viewOf(caller, yield* orProblem(administration.configure(caller, payload)))
      }),
      calls: Effect.fnUntraced(function* () {
        const { id } = (yield* ApiCaller).caller.organization
        const keys = yield* orProblem(organizations.listKeys(id))
        const { entries } = yield* orProblem(log.search(id, { limit: callsLooked }))
        return { items: lastCalls(keys, entries) }
      })
    })
  })
)
