import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { Layer } from "effect"
import { Mac } from "effect/crypto"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { PublicApi } from "../api/PublicApi.ts"
import { Sessions } from "../auth/Sessions.ts"
import { everyMethod } from "../RouterConfig.ts"
import type { ServerConfig } from "../ServerConfig.ts"
import { accessCheckHandlers } from "./AccessCheckHandlers.ts"
import { layerApiAccess } from "./ApiAccessLayer.ts"
import { ApiKeys } from "./ApiKeys.ts"
import { layerApiRecords } from "./ApiRecordsLayer.ts"
import { layerApiRepeats } from "./ApiRepeatsLayer.ts"
import { layerApiRequests } from "./ApiRequestsLayer.ts"
import { eventsHandlers } from "./EventsHandlers.ts"
import { groupsHandlers } from "./GroupsHandlers.ts"
import { groupTypesHandlers } from "./GroupTypesHandlers.ts"
import { importsHandlers } from "./ImportsHandlers.ts"
import { integrationHandlers } from "./IntegrationHandlers.ts"
import { keysHandlers } from "./KeysHandlers.ts"
import { logHandlers } from "./LogHandlers.ts"
import { nothingHere } from "./NothingHere.ts"
import { oauthClientsHandlers } from "./OAuthClientsHandlers.ts"
import { outboxHandlers } from "./OutboxHandlers.ts"
import { overviewHandlers } from "./OverviewHandlers.ts"
import { reviewWindowsHandlers } from "./ReviewWindowsHandlers.ts"

import { currentSessionHandlers, sessionHandlers } from "./SessionHandlers.ts"
import { usersHandlers } from "./UsersHandlers.ts"
import { webhooksHandlers } from "./WebhooksHandlers.ts"

/** What is below `/api` and no endpoint: a problem as well. */
const apiFallback = HttpRouter.addAll(everyMethod.map((method) => HttpRouter.route(method, "/api/*", nothingHere)))

/** The Public API, its OpenAPI document at `/api/v1/openapi.json`, and the reference page at `/docs` (R-API-1). */
export const publicApiRoutes = (config: ServerConfig, types: ResourceTypes) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(PublicApi, { openapiPath: "/api/v1/openapi.json" }),
    HttpApiScalar.layer(PublicApi, { path: "/docs" }),
    apiFallback
  ).pipe(
    Layer.provide(
      Layer.mergeAll(
        integrationHandlers,
        oauthClientsHandlers,
        eventsHandlers,
        webhooksHandlers,
        sessionHandlers,
        currentSessionHandlers,
        usersHandlers,
        groupsHandlers,
        groupTypesHandlers,
        accessCheckHandlers,
        keysHandlers,
        reviewWindowsHandlers,
        logHandlers,
        outboxHandlers,
        overviewHandlers,
        importsHandlers(types)
      )
    ),
    Layer.provide(layerApiRecords),
    Layer.provide(layerApiRepeats),
    Layer.provide(layerApiAccess(config)),
    Layer.provide(ApiKeys.layer(config.baseDomain)),
    Layer.provide(Sessions.layer),
    Layer.provide(Mac.layerWebCrypto),
    Layer.provide(layerApiRequests)
  )
