import { Installation } from "@rollcall/cli/Installation"
import { eventRetentionVariables } from "@rollcall/delivery/EventRetention"
import { federationVariables } from "@rollcall/delivery/federation/IssuerDocuments"
import { logRetentionVariables } from "@rollcall/delivery/LogRetention"
import { mailVariables } from "@rollcall/delivery/MailConfig"
import { webhookVariables } from "@rollcall/delivery/WebhookConfig"
import { serverVariables } from "@rollcall/http/ServerConfig"
import { describeTarget, environment } from "@rollcall/sql/DatabaseConfig"
import { Effect, Layer } from "effect"
import { loadDatabase, refused, serverConfig } from "./Storage.ts"

/** What the commands are told of this program. */
export const installation = Layer.succeed(Installation, {
  variables: [
    ...environment,
    ...serverVariables,
    ...mailVariables,
    ...logRetentionVariables,
    ...eventRetentionVariables,
    ...federationVariables,
    ...webhookVariables
  ],
  address: serverConfig,
  migrate: loadDatabase.pipe(
    Effect.flatMap(({ migrateDatabase }) => migrateDatabase),
    Effect.mapError(refused),
    Effect.map(({ migrated: { done, version }, target }) => ({ database: describeTarget(target), done, version }))
  )
})
