import { AccessKey, AccessKeyKind, KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Configuration, ConfigurationPatch } from "@rollcall/domain/organization/Configuration"
import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"
import { from, fromOf, useCaseError } from "./RemoteCaller.ts"

/** The use cases of {@link OrganizationAdministration} as calls of the operator, one a method. */
export const administrationRpcs = RpcGroup.make(
  Rpc.make("configure", {
    payload: { ...from, patch: ConfigurationPatch },
    success: Configuration,
    error: useCaseError
  }),
  Rpc.make("openReviewWindow", {
    payload: { ...from, name: Schema.String, opensAt: Schema.UndefinedOr(Schema.Number), closesAt: Schema.Number },
    success: ReviewWindow,
    error: useCaseError
  }),
  Rpc.make("closeReviewWindow", {
    payload: { ...from, id: Schema.UndefinedOr(Schema.String) },
    success: Schema.Array(ReviewWindow),
    error: useCaseError
  }),
  Rpc.make("issueKey", {
    payload: {
      ...from,
      kind: AccessKeyKind,
      label: Schema.String,
      scopes: Schema.optionalKey(Schema.Array(KeyScope))
    },
    success: Schema.Struct({ key: AccessKey, secret: Schema.RedactedFromValue(Schema.String) }),
    error: useCaseError
  }),
  Rpc.make("revokeKey", {
    payload: { ...from, id: Schema.String, kind: Schema.UndefinedOr(AccessKeyKind) },
    success: AccessKey,
    error: useCaseError
  })
).prefix("administration.")

/** What the server does for each call. */
export const administrationHandlers = administrationRpcs.toLayer(
  Effect.map(OrganizationAdministration, (administration) =>
    administrationRpcs.of({
      "administration.configure": ({ organization, patch, ...request }) =>
        administration.configure(operatorCaller(organization, request), patch),
      "administration.openReviewWindow": ({ closesAt, name, opensAt, organization, ...request }) =>
        administration.openReviewWindow(operatorCaller(organization, request), { name, opensAt, closesAt }),
      "administration.closeReviewWindow": ({ id, organization, ...request }) =>
        administration.closeReviewWindow(operatorCaller(organization, request), id),
      "administration.issueKey": ({ line, organization, receivedAt, requestId, ...wanted }) =>
        administration.issueKey(operatorCaller(organization, { line, receivedAt, requestId }), wanted),
      "administration.revokeKey": ({ id, kind, organization, ...request }) =>
        administration.revokeKey(operatorCaller(organization, request), id, kind)
    })
  )
)

/** The use cases, answered by the server; whoever the caller is here, there it is the operator. */
export const remoteAdministration = (
  client: RemoteClient<typeof administrationRpcs>
): OrganizationAdministration["Service"] =>
  OrganizationAdministration.of({
    configure: (caller, patch) => answered("save", client["administration.configure"]({ ...fromOf(caller), patch })),
    openReviewWindow: (caller, { closesAt, name, opensAt }) =>
      answered("save", client["administration.openReviewWindow"]({ ...fromOf(caller), name, opensAt, closesAt })),
    closeReviewWindow: (caller, id) =>
      answered("save", client["administration.closeReviewWindow"]({ ...fromOf(caller), id })),
    issueKey: (caller, wanted) => answered("save", client["administration.issueKey"]({ ...fromOf(caller), ...wanted })),
    revokeKey: (caller, id, kind) =>
      answered("save", client["administration.revokeKey"]({ ...fromOf(caller), id, kind }))
  })
