import type { AccessKey, AccessKeyKind } from "@rollcall/domain/organization/AccessKey"
import { type NewKey, OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const tokenOf = ({ createdAt, hint, id, label, lastUsedAt, revokedAt }: AccessKey) => ({
  id,
  label,
  hint,
  createdAt,
  lastUsedAt,
  revokedAt
})

const keyOf = (key: AccessKey) => ({ ...tokenOf(key), scopes: key.scopes })

export const keysHandlers = HttpApiBuilder.group(
  PublicApi,
  "keys",
  Effect.fnUntraced(function* (handlers) {
    const administration = yield* OrganizationAdministration
    const organizations = yield* Organizations

    const list = Effect.fnUntraced(function* (kind: AccessKeyKind) {
      const { caller } = yield* ApiCaller
      const keys = yield* orProblem(organizations.listKeys(caller.organization.id))
      return keys.filter((key) => key.kind === kind)
    })
    const issue = Effect.fnUntraced(function* (wanted: NewKey) {
      const { caller } = yield* ApiCaller
      const { key, secret } = yield* orProblem(administration.issueKey(caller, wanted))
      return { key, secret: Redacted.value(secret) }
    })
    const revoke = Effect.fnUntraced(function* (id: string, kind: AccessKeyKind) {
      const { caller } = yield* ApiCaller
      return yield* orProblem(administration.revokeKey(caller, id, kind))
    })

    return handlers.handleAll({
      listScimTokens: () => Effect.map(list("scim"), (keys) => ({ items: keys.map(tokenOf) })),
      createScimToken: ({ payload }) =>
        Effect.map(issue({ kind: "scim", label: payload.label }), ({ key, secret }) => ({ ...tokenOf(key), secret })),
      revokeScimToken: ({ params }) => Effect.map(revoke(params.id, "scim"), tokenOf),
      listApiKeys: () => Effect.map(list("api"), (keys) => ({ items: keys.map(keyOf) })),
      createApiKey: ({ payload: { label, scopes } }) =>
        Effect.map(issue({ kind: "api", label, scopes: [...new Set(scopes)] }), ({ key, secret }) => ({
          ...keyOf(key),
          secret
        })),
      revokeApiKey: ({ params }) => Effect.map(revoke(params.id, "api"), keyOf)
    })
  })
)
