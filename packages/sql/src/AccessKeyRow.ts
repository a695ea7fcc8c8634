import { type AccessKey, AccessKeyKind, KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Schema } from "effect"

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

export const keysOfOrganization = `
  SELECT k.id::text AS id, k.kind, k.label, k.scopes, k.hint, ${milliseconds("k.created_at")} AS created_at,
    ${milliseconds("k.last_used_at")} AS last_used_at, ${milliseconds("k.revoked_at")} AS revoked_at
  FROM access_key k WHERE k.organization_id = $1 ORDER BY k.created_at, k.id`

export const liveKeysOfOrganization = keysOfOrganization.replace(" ORDER BY", " AND k.revoked_at IS NULL ORDER BY")

const KeyRow = Schema.Struct({
  id: Schema.String,
  kind: AccessKeyKind,
  label: Schema.String,
  scopes: Schema.Array(KeyScope),
  hint: Schema.String,
  created_at: Schema.Number,
  last_used_at: Schema.NullOr(Schema.Number),
  revoked_at: Schema.NullOr(Schema.Number)
})
export const decodeKeys = Schema.decodeUnknownEffect(Schema.Array(KeyRow))

export const toKey = (row: typeof KeyRow.Type): AccessKey => ({
  id: row.id,
  kind: row.kind,
  label: row.label,
  scopes: row.scopes,
  hint: row.hint,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at
})
