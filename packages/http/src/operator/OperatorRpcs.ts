import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Context, Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { administrationRpcs } from "./AdministrationRpcs.ts"
import { exportRpcs } from "./ExportRpcs.ts"
import { importRpcs } from "./ImportRpcs.ts"
import { logRpcs } from "./LogRpcs.ts"
import { oauthAdministrationRpcs } from "./OAuthAdministrationRpcs.ts"
import { oauthRpcs } from "./OAuthRpcs.ts"
import { organizationsRpcs } from "./OrganizationsRpcs.ts"
import { outboxRpcs } from "./OutboxRpcs.ts"
import { peopleRpcs } from "./PeopleRpcs.ts"

/** What the server says of itself. */
export const ServerFacts = Schema.Struct({
  pid: Schema.Int,
  /** The latest migration that its database has. */
  version: Schema.Int,
  /** What the addresses of its organisations are made of. */
  address: Schema.Struct({
    baseDomain: Schema.String,
    publicUrl: Schema.UndefinedOr(Schema.String),
    host: Schema.String,
    port: Schema.Int
  })
})
export type ServerFacts = typeof ServerFacts.Type

/** The server as an operator asks for it; the app that composes it says so. */
export class RunningServer extends Context.Service<
  RunningServer,
  { readonly facts: Effect.Effect<ServerFacts, StoreUnavailable> }
>()("@rollcall/http/operator/RunningServer") {}

const serverRpcs = RpcGroup.make(Rpc.make("server.facts", { success: ServerFacts, error: StoreUnavailable }))

export const serverHandlers = serverRpcs.toLayer(
  Effect.map(RunningServer, ({ facts }) => serverRpcs.of({ "server.facts": () => facts }))
)

/** Every call that the operator's command line makes of the server that holds the data directory. */
export const operatorRpcs = serverRpcs.merge(
  organizationsRpcs,
  oauthRpcs,
  oauthAdministrationRpcs,
  administrationRpcs,
  importRpcs,
  exportRpcs,
  peopleRpcs,
  logRpcs,
  outboxRpcs
)
