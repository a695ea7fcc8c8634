import { NodeCrypto, NodeHttpServer } from "@effect/platform-node"
import { layerClockJob } from "@rollcall/delivery/ClockJob"
import { eventRetentionDays, layerEventRetention } from "@rollcall/delivery/EventRetention"
import { federationAllowsPrivate } from "@rollcall/delivery/federation/IssuerDocuments"
import { layerFederatedIdentities } from "@rollcall/delivery/federation/SignedIdentities"
import { layerLogRetention, logRetentionDays } from "@rollcall/delivery/LogRetention"
import { readMailConfig } from "@rollcall/delivery/MailConfig"
import { layerWebhookRetention } from "@rollcall/delivery/WebhookRetention"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import { ResourceSearch } from "@rollcall/domain/directory/ResourceSearch"
import { EventReader } from "@rollcall/domain/events/EventReader"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { LogReading } from "@rollcall/domain/log/LogReading"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OAuthTokens } from "@rollcall/domain/organization/OAuthTokens"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { KeyHolders } from "@rollcall/http/auth/KeyHolders"
import { RateLimiter } from "@rollcall/http/auth/RateLimiter"
import { fallbackRoute } from "@rollcall/http/FallbackRoute"
import { healthRoutes } from "@rollcall/http/Health"
import { publicApiRoutes } from "@rollcall/http/handlers/PublicApiRoutes"
import { oauthRoutes } from "@rollcall/http/oauth/OAuthRoutes"
import { operatorRoute } from "@rollcall/http/operator/OperatorRoute"
import { layerPasswordsUntraced, passwordRoutes } from "@rollcall/http/password/PasswordRoutes"
import { routerConfig } from "@rollcall/http/RouterConfig"
import type { ServerConfig } from "@rollcall/http/ServerConfig"
import { Authentication } from "@rollcall/http/scim/Authentication"
import { ScimEndpoints } from "@rollcall/http/scim/ScimEndpoint"
import { scimRoutes } from "@rollcall/http/scim/ScimRoutes"
import * as Database from "@rollcall/sql/Database"
import { adviceOn, databaseTarget, describeTarget } from "@rollcall/sql/DatabaseConfig"
import * as DueUserStore from "@rollcall/sql/DueUserStore"
import * as EventStore from "@rollcall/sql/EventStore"
import * as GroupStore from "@rollcall/sql/GroupStore"
import * as InstallationSecretStore from "@rollcall/sql/InstallationSecretStore"
import * as LogStore from "@rollcall/sql/LogStore"
import * as OAuthStore from "@rollcall/sql/OAuthStore"
import * as OrganizationStore from "@rollcall/sql/OrganizationStore"
import * as OutboxStore from "@rollcall/sql/OutboxStore"
import * as OverviewStore from "@rollcall/sql/OverviewStore"
import { layerPasswordLinks, layerPasswords } from "@rollcall/sql/PasswordStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as RateBucketStore from "@rollcall/sql/RateBucketStore"
import * as RepeatableRequestStore from "@rollcall/sql/RepeatableRequestStore"
import * as SnapshotStore from "@rollcall/sql/SnapshotStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import * as UserStore from "@rollcall/sql/UserStore"
import * as WebhookEndpointStore from "@rollcall/sql/WebhookEndpointStore"
import * as WebhookQueueStore from "@rollcall/sql/WebhookQueueStore"
import { Effect, Layer } from "effect"
import { Digest } from "effect/crypto"
import { HttpRouter } from "effect/http"
import { makeDemonstration } from "./Demonstration.ts"
import { makeListener } from "./HttpListener.ts"
import { layerImports } from "./Imports.ts"
import { layerMail, layerPreviews } from "./Mail.ts"
import { layerOperator, layerOperatorFiles } from "./Operator.ts"
import { layerPeopleAndGroups } from "./PeopleAndGroups.ts"
import { layerPooledRandom } from "./PooledRandom.ts"
import { layerDrain, layerReadiness, Stopping, untilStopping } from "./Shutdown.ts"
import { layerWebhooks } from "./Webhooks.ts"

/** The layers from the database up to the open port, in the order in which they depend on each other. */
export const server = (config: ServerConfig) => {
  const types = makeResourceTypes(config.extensionUrn)
  const storage = Layer.mergeAll(
    UserStore.layer(types),
    GroupStore.layer,
    DueUserStore.layer,
    OrganizationStore.layer,
    OAuthStore.layer,
    OutboxStore.layer,
    OverviewStore.layer,
    LogStore.layer(),
    EventStore.layer,
    WebhookEndpointStore.layer,
    WebhookQueueStore.layer,
    SnapshotStore.layer(types),
    RateBucketStore.layer,
    InstallationSecretStore.layer,
    RepeatableRequestStore.layer,
    layerPasswordLinks,
    layerPasswords,
    layerSqlDirectory(types)
  )
  const useCases = Layer.merge(BulkProvisioning.layer(types), layerPeopleAndGroups(types)).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        UserProvisioning.layer(types),
        GroupProvisioning.layer(types),
        ResourceSearch.layer(types),
        OrganizationAdministration.layer,
        OAuthAdministration.layer,
        Layer.merge(LogReading.layer, Layer.provide(OutboxAdministration.layer, layerPreviews(config))).pipe(
          Layer.provide(PeopleLookupStore.layer)
        )
      )
    ),
    Layer.provide(PasswordSealing.layer),
    Layer.provideMerge(Layer.provide(PasswordHasher.layer(), NodeCrypto.layerKdf)),
    Layer.provideMerge(storage)
  )
  const pages = Layer.unwrap(
    Effect.map(readMailConfig, ({ productName }) => passwordRoutes({ baseDomain: config.baseDomain, productName }))
  ).pipe(Layer.provide(OwnPassword.layer))
  const oauth = oauthRoutes(config).pipe(
    Layer.provide(OAuthTokens.layer),
    Layer.provide(Layer.unwrap(Effect.map(federationAllowsPrivate, layerFederatedIdentities)))
  )
  const operator = operatorRoute.pipe(Layer.provide(layerOperator(config)), Layer.provide(layerOperatorFiles(types)))
  const routes = Layer.mergeAll(
    scimRoutes(types),
    oauth,
    publicApiRoutes(config, types),
    operator,
    pages,
    healthRoutes,
    fallbackRoute
  ).pipe(
    Layer.provide(ScimEndpoints.layer(config)),
    Layer.provide(Authentication.layer(config.baseDomain)),
    Layer.provide(layerEventReader),
    Layer.provide(Layer.merge(KeyHolders.layer, RateLimiter.layer(config.rateLimits))),
    Layer.provide(layerReadiness)
  )
  const listener = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true, routerConfig }).pipe(
    Layer.provide(layerPasswordsUntraced),
    Layer.provide(layerListener(config))
  )
  return layerDrain(config.drainSeconds).pipe(
    Layer.provideMerge(Layer.effectDiscard(announce(config))),
    Layer.provideMerge(listener),
    Layer.provideMerge(jobs),
    Layer.provideMerge(layerMail(config)),
    Layer.provideMerge(layerWebhooks),
    Layer.provideMerge(layerImports(types)),
    Layer.provideMerge(useCases),
    Layer.provideMerge(Database.layer({ address: `http://${config.host}:${config.port}` })),
    Layer.provideMerge(Layer.mergeAll(Stopping.layer, Digest.layerWebCrypto, layerPooledRandom))
  )
}

const jobs = Layer.mergeAll(
  layerClockJob(),
  Layer.unwrap(Effect.map(logRetentionDays, (days) => layerLogRetention(days))),
  Layer.unwrap(Effect.map(eventRetentionDays, (days) => layerEventRetention(days))),
  layerWebhookRetention()
)

/** Whoever waits for events is answered when the server is told to stop, and holds nobody up. */
const layerEventReader = Layer.unwrap(Effect.map(untilStopping, (stopping) => EventReader.layer({ stopping })))

const layerListener = (config: ServerConfig) =>
  Layer.unwrap(
    Effect.map(Stopping, ({ signal }) =>
      NodeHttpServer.layer(() => makeListener(signal), {
        host: config.host,
        port: config.port,
        gracefulShutdownTimeout: `${config.shutdownSeconds} seconds`
      })
    )
  )

const announce = Effect.fnUntraced(function* (config: ServerConfig) {
  const target = yield* databaseTarget
  // Whoever has a PostgreSQL server makes organisations by the command line.
  if (target.kind !== "server") yield* makeDemonstration(config)
  yield* Effect.logInfo(
    `Rollcall serves on http://${config.host}:${config.port}, on ${describeTarget(target)} (${adviceOn(target)})`
  )
})
