import { Installation } from "@rollcall/cli/Installation"
import { keyVariable } from "@rollcall/cli/import/server/ServerAccess"
import { fileFingerprint } from "@rollcall/delivery/csv/fileFingerprint"
import { eventRetentionVariables } from "@rollcall/delivery/EventRetention"
import { federationVariables } from "@rollcall/delivery/federation/IssuerDocuments"
import { logRetentionVariables } from "@rollcall/delivery/LogRetention"
import { mailVariables } from "@rollcall/delivery/MailConfig"
import { webhookVariables } from "@rollcall/delivery/WebhookConfig"
import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { serverVariables } from "@rollcall/http/ServerConfig"
import { environment } from "@rollcall/sql/DatabaseConfig"
import { Effect, Layer, Stream } from "effect"
import { checks } from "./Checks.ts"
import { migrate, migrationStatus } from "./Migration.ts"
import { openBar } from "./ProgressBar.ts"
import { resourceTypes, serverConfig } from "./Storage.ts"

const facts = Layer.succeed(Installation, {
  variables: [
    ...environment,
    ...serverVariables,
    ...mailVariables,
    ...logRetentionVariables,
    ...eventRetentionVariables,
    ...federationVariables,
    ...webhookVariables,
    {
      name: keyVariable,
      default: undefined,
      description: "API key of the command line for a server that --server names",
      secret: true
    }
  ],
  address: serverConfig,
  resourceTypes,
  fingerprint: fileFingerprint,
  openBar,
  checks,
  migrate,
  migrationStatus
})

const loadReader = Effect.promise(() => import("@rollcall/delivery/csv/CsvParseReader"))

/** Reads CSV files; the parser is loaded with the first of them. */
const csvReader = Layer.succeed(CsvReader, {
  read: (bytes) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { layerCsvReader } = yield* loadReader
        return (yield* Effect.provide(CsvReader, layerCsvReader)).read(bytes)
      })
    )
})

/** What the commands are told of this program, and what they read files with. */
export const installation = Layer.merge(facts, csvReader)
