import { HttpApi, OpenApi } from "effect/http-api"
import { AccessCheckApi } from "./AccessCheckApi.ts"
import { ApiAccess, ApiRecords, ApiRepeats, ApiRequests } from "./ApiAccess.ts"
import { EventsApi } from "./EventsApi.ts"
import { GroupsApi } from "./GroupsApi.ts"
import { GroupTypesApi } from "./GroupTypesApi.ts"
import { ImportsApi } from "./ImportsApi.ts"
import { IntegrationApi } from "./IntegrationApi.ts"
import { KeysApi } from "./KeysApi.ts"
import { LogApi } from "./LogApi.ts"
import { OAuthClientsApi } from "./OAuthClientsApi.ts"
import { OutboxApi } from "./OutboxApi.ts"
import { OverviewApi } from "./OverviewApi.ts"
import { openResponses } from "./openResponses.ts"
import { ReviewWindowsApi } from "./ReviewWindowsApi.ts"
import { CurrentSessionApi, SessionApi } from "./SessionApi.ts"
import { UsersApi } from "./UsersApi.ts"
import { WebhooksApi } from "./WebhooksApi.ts"

/**
 * The Public API (R-API-1): everything that the console and the product next door do. Handlers, typed client and OpenAPI
 * document derive from this value.
 */
export class PublicApi extends HttpApi.make("rollcall")
  .add(IntegrationApi)
  .add(OAuthClientsApi)
  .add(EventsApi)
  .add(WebhooksApi)
  .add(CurrentSessionApi)
  .add(UsersApi, GroupsApi, GroupTypesApi, AccessCheckApi)
  .add(KeysApi, ReviewWindowsApi, LogApi, OutboxApi, OverviewApi)
  .add(ImportsApi)
  // Outermost last: what goes around a request covers the refusals of access, too.
  .middleware(ApiRecords)
  .middleware(ApiRepeats)
  .middleware(ApiAccess)
  // Who signs in is not known yet.
  .add(SessionApi)
  .middleware(ApiRequests)
  .prefix("/api/v1")
  .annotate(OpenApi.Title, "Rollcall Public API")
  .annotate(OpenApi.Transform, openResponses)
  .annotate(OpenApi.Version, "1.0.0")
  .annotate(
    OpenApi.Description,
    "People, groups, events and settings of one organisation. Send an API key of 32 characters as a bearer token. Errors " +
      "are problems (RFC 9457) with a stable `type`; times are ISO 8601 in UTC; lists are pages whose `next` goes into `after`."
  ) {}
