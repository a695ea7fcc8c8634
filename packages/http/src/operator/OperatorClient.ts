import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { LogReading } from "@rollcall/domain/log/LogReading"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { RpcClient, RpcSerialization } from "effect/rpc"
import { remoteAdministration } from "./AdministrationRpcs.ts"
import { remoteExport } from "./ExportRpcs.ts"
import { remoteGroupTypeImport, remoteUserImport } from "./ImportRpcs.ts"
import { remoteLogReading } from "./LogRpcs.ts"
import { remoteOAuthAdministration } from "./OAuthAdministrationRpcs.ts"
import { remoteOAuthClients } from "./OAuthRpcs.ts"
import { operatorPath } from "./OperatorRoute.ts"
import { operatorRpcs, type ServerFacts } from "./OperatorRpcs.ts"
import { remoteOrganizations } from "./OrganizationsRpcs.ts"
import { remoteOutboxAdministration } from "./OutboxRpcs.ts"
import { remotePeopleReading } from "./PeopleRpcs.ts"
import type { RemoteClient } from "./RemoteCall.ts"

/** Where the server is, and what the operator proves themselves by. */
export interface OperatorTarget {
  /** Such as `http://127.0.0.1:3000`. */
  readonly address: string
  readonly key: Redacted.Redacted<string>
}

/** The server that holds the data directory lets nobody in, or does not answer. */
export class ServerNotReached extends Schema.TaggedError<ServerNotReached>()("ServerNotReached", {
  address: Schema.String
}) {}

/** A server that answers, by its calls. */
export class OperatorClient extends Context.Service<
  OperatorClient,
  { readonly facts: ServerFacts; readonly calls: RemoteClient<typeof operatorRpcs> }
>()("@rollcall/http/operator/OperatorClient") {
  /** Asks the server first who it is, so that whoever cannot be reached is told before anything is done. */
  static readonly layer = ({
    address,
    key
  }: OperatorTarget): Layer.Layer<OperatorClient, ServerNotReached, HttpClient.HttpClient> =>
    Layer.effect(
      OperatorClient,
      Effect.gen(function* () {
        const calls = yield* RpcClient.make(operatorRpcs, { disableTracing: true })
        const facts = yield* Effect.mapError(calls["server.facts"](undefined), () => new ServerNotReached({ address }))
        return { calls, facts }
      })
    ).pipe(
      Layer.provide(
        RpcClient.layerProtocolHttp({
          url: `${address}${operatorPath}`,
          transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(Redacted.value(key)))
        })
      ),
      // Whatever is no answer to a call, such as a refusal, is a failure and not a message to be read.
      Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk))),
      Layer.provide(RpcSerialization.layerNdjson)
    )
}

/** The ports of storage, and what works on them, answered by the server. */
export const remoteStores: Layer.Layer<
  | Organizations
  | OAuthClients
  | OAuthAdministration
  | OrganizationAdministration
  | UserImport
  | GroupTypeImport
  | DirectoryExport
  | RosterComparison
  | PeopleReading
  | LogReading
  | OutboxAdministration,
  never,
  OperatorClient
> = RosterComparison.layer.pipe(
  Layer.provideMerge(
    Layer.effectContext(
      Effect.map(OperatorClient, ({ calls }) =>
        Context.make(Organizations, remoteOrganizations(calls)).pipe(
          Context.add(OAuthClients, remoteOAuthClients(calls)),
          Context.add(OAuthAdministration, remoteOAuthAdministration(calls)),
          Context.add(OrganizationAdministration, remoteAdministration(calls)),
          Context.add(UserImport, remoteUserImport(calls)),
          Context.add(GroupTypeImport, remoteGroupTypeImport(calls)),
          Context.add(DirectoryExport, remoteExport(calls)),
          Context.add(PeopleReading, remotePeopleReading(calls)),
          Context.add(LogReading, remoteLogReading(calls)),
          Context.add(OutboxAdministration, remoteOutboxAdministration(calls))
        )
      )
    )
  )
)
