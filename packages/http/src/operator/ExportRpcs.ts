import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupId } from "@rollcall/domain/group/Group"
import { GroupTypeId } from "@rollcall/domain/group/GroupType"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Schema, Stream } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { LogConditions, loggedEntry, SentEntry, sentEntry } from "./LogRpcs.ts"
import { answeredStream, type RemoteClient } from "./RemoteCall.ts"

const organization = OrganizationId
const error = StoreUnavailable

const SentUser = Schema.Struct({
  id: UserId,
  number: Schema.Int,
  json: Schema.String,
  version: Schema.Int,
  createdAt: Schema.Number,
  lastModifiedAt: Schema.Number,
  groups: Schema.UndefinedOr(Schema.Array(Schema.Struct({ id: GroupId, displayName: Schema.String }))),
  manager: Schema.UndefinedOr(Schema.Struct({ id: UserId, displayName: Schema.String }))
})

const SentGroup = Schema.Struct({
  id: GroupId,
  displayName: Schema.String,
  type: GroupTypeId,
  typeName: Schema.String,
  admins: Schema.Array(Schema.Struct({ id: UserId, display: Schema.String }))
})

/** The use case {@link DirectoryExport} as calls whose answers stream. */
export const exportRpcs = RpcGroup.make(
  Rpc.make("users", {
    payload: { organization, withGroups: Schema.Boolean },
    success: SentUser,
    error,
    stream: true
  }),
  Rpc.make("groups", { payload: { organization }, success: SentGroup, error, stream: true }),
  Rpc.make("log", { payload: { organization, search: LogConditions }, success: SentEntry, error, stream: true })
).prefix("exports.")

/** What the server does for each call. */
export const exportHandlers = exportRpcs.toLayer(
  Effect.map(DirectoryExport, (exports) =>
    exportRpcs.of({
      "exports.users": ({ organization, withGroups }) => exports.users(organization, withGroups),
      "exports.groups": ({ organization }) => exports.groups(organization),
      "exports.log": ({ organization, search }) => Stream.map(exports.log(organization, search), sentEntry)
    })
  )
)

/** The use case, answered by the server. */
export const remoteExport = (client: RemoteClient<typeof exportRpcs>): DirectoryExport["Service"] =>
  DirectoryExport.of({
    users: (organization, withGroups = true) =>
      answeredStream("read", client["exports.users"]({ organization, withGroups })),
    groups: (organization) => answeredStream("read", client["exports.groups"]({ organization })),
    log: (organization, search = {}) =>
      Stream.map(answeredStream("read", client["exports.log"]({ organization, search })), loggedEntry)
  })
