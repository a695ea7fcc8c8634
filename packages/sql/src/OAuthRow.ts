import {
  type FederatedIdentity,
  type OAuthClient,
  OAuthClientId,
  OAuthCredentialId,
  type OAuthSecret
} from "@rollcall/domain/organization/OAuthClient"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const clientsOf = (
  condition: string
) => `SELECT c.id::text AS id, c.label, ${milliseconds("c.created_at")} AS created_at,
    ${milliseconds("c.revoked_at")} AS revoked_at
  FROM oauth_client c WHERE c.organization_id = $1${condition} ORDER BY c.created_at, c.id`

const credentialsOf = (condition: string) => `SELECT c.id::text AS id, c.client_id::text AS client_id, c.kind, c.label,
    c.hint, c.issuer, c.subject, c.audience, ${milliseconds("c.created_at")} AS created_at,
    ${milliseconds("c.last_used_at")} AS last_used_at, ${milliseconds("c.revoked_at")} AS revoked_at
  FROM oauth_credential c WHERE c.organization_id = $1${condition} ORDER BY c.created_at, c.id`

const isLive = " AND c.revoked_at IS NULL"

const statements = {
  all: [clientsOf(""), credentialsOf("")],
  live: [clientsOf(isLive), credentialsOf(isLive)]
} as const

const NullableText = Schema.NullOr(Schema.String)

const decodeClients = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: OAuthClientId,
      label: Schema.String,
      created_at: Schema.Number,
      revoked_at: Schema.NullOr(Schema.Number)
    })
  )
)
const CredentialRow = Schema.Struct({
  id: OAuthCredentialId,
  client_id: OAuthClientId,
  kind: Schema.Literals(["secret", "federation"]),
  label: Schema.String,
  hint: NullableText,
  issuer: NullableText,
  subject: NullableText,
  audience: NullableText,
  created_at: Schema.Number,
  last_used_at: Schema.NullOr(Schema.Number),
  revoked_at: Schema.NullOr(Schema.Number)
})
const decodeCredentials = Schema.decodeUnknownEffect(Schema.Array(CredentialRow))

const historyOf = (row: typeof CredentialRow.Type) => ({
  id: row.id,
  label: row.label,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at
})

const secretOf = (row: typeof CredentialRow.Type): OAuthSecret => ({ ...historyOf(row), hint: row.hint ?? "" })

export const identityOf = (row: {
  readonly issuer: string | null
  readonly subject: string | null
  readonly audience: string | null
}): FederatedIdentity => ({ issuer: row.issuer ?? "", subject: row.subject ?? "", audience: row.audience ?? "" })

/** The clients of an organisation with their credentials, revoked ones too or live ones only, in the order in which they were made. */
export const readClients = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  organization: OrganizationId,
  which: keyof typeof statements
) {
  const [clientsText, credentialsText] = statements[which]
  const clients = yield* Effect.orDie(decodeClients(yield* sql.unsafe(clientsText, [organization])))
  const rows = yield* Effect.orDie(decodeCredentials(yield* sql.unsafe(credentialsText, [organization])))
  return clients.map(({ created_at, id, label, revoked_at }): OAuthClient => {
    const own = rows.filter((row) => row.client_id === id)
    return {
      id,
      label,
      createdAt: created_at,
      revokedAt: revoked_at,
      secrets: own.flatMap((row) => (row.kind === "secret" ? [secretOf(row)] : [])),
      federations: own.flatMap((row) => (row.kind === "federation" ? [{ ...historyOf(row), ...identityOf(row) }] : []))
    }
  })
})
