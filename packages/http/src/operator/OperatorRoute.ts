import { limits } from "@rollcall/domain/scim/Limits"
import { ByteSize, Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { RpcSerialization, RpcServer } from "effect/rpc"
import { administrationHandlers } from "./AdministrationRpcs.ts"
import { exportHandlers } from "./ExportRpcs.ts"
import { importHandlers } from "./ImportRpcs.ts"
import { ImportSessions } from "./ImportSessions.ts"
import { logHandlers } from "./LogRpcs.ts"
import { oauthAdministrationHandlers } from "./OAuthAdministrationRpcs.ts"
import { oauthHandlers } from "./OAuthRpcs.ts"
import { forOperator, OperatorAccess } from "./OperatorAccess.ts"
import { operatorRpcs, serverHandlers } from "./OperatorRpcs.ts"
import { organizationsHandlers } from "./OrganizationsRpcs.ts"
import { outboxHandlers } from "./OutboxRpcs.ts"
import { peopleHandlers } from "./PeopleRpcs.ts"

/** Where the calls go; it is no part of the Public API, and both ends are of one release. */
export const operatorPath = "/api/operator"

/**
 * The way in for the operator's command line while this server holds the data directory, which belongs to one process at a
 * time: its ports, a call a method.
 */
export const operatorRoute = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const access = yield* OperatorAccess
    const calls = yield* RpcServer.toHttpEffect(operatorRpcs, { disableTracing: true })
    const handled = Effect.provideService(calls, HttpServerRequest.MaxBodySize, ByteSize.bytes(limits.bodySize))
    yield* router.add("POST", operatorPath, forOperator(access, handled))
  })
).pipe(
  Layer.provide(
    Layer.mergeAll(
      serverHandlers,
      organizationsHandlers,
      oauthHandlers,
      oauthAdministrationHandlers,
      administrationHandlers,
      importHandlers,
      exportHandlers,
      peopleHandlers,
      logHandlers,
      outboxHandlers
    )
  ),
  Layer.provide(ImportSessions.layer),
  Layer.provide(RpcSerialization.layerNdjson)
)
