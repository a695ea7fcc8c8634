import type { OAuthChange } from "@rollcall/domain/organization/OAuthChange"
import { doubles, texts, uuids } from "./ColumnArrays.ts"
import { type Bind, guarded, type Part } from "./WriteParts.ts"

/**
 * Writes what became of OAuth clients. What was made in this batch is added with what became of it; of what was there
 * before, a revocation is all that can be written. A token that is made meanwhile waits for its credential's row, or the
 * revocation for it: none outlives it (ABUSE-24).
 */
export const writeOAuth = (part: Part, bind: Bind, changes: ReadonlyArray<OAuthChange>): void => {
  const ends = new Map<string, number>()
  const made = new Set<string>()
  for (const { at, client, ended, federation, isNew, secret } of changes) {
    if (isNew) made.add(client.id)
    if (secret !== undefined) made.add(secret.entry.id)
    if (federation !== undefined) made.add(federation.id)
    for (const id of client.revokedAt === null ? ended : [...ended, client.id]) ends.set(id, at)
  }
  const revokedAt = (rows: ReadonlyArray<{ readonly id: string }>) =>
    bind(doubles(rows.map(({ id }) => ends.get(id) ?? null)))
  insertClients(part, bind, changes, revokedAt)
  insertCredentials(part, bind, changes, revokedAt)
  const revoke = (table: string, ids: ReadonlyArray<string>): void => {
    const known = ids.filter((id) => ends.has(id) && !made.has(id)).map((id) => ({ id }))
    if (known.length === 0) return
    part(
      `UPDATE ${table} c SET revoked_at = to_timestamp(line.revoked_at / 1000)
       FROM unnest(${bind(uuids(known.map(({ id }) => id)))}::uuid[], ${revokedAt(known)}::float8[])
         AS line (id, revoked_at)
       WHERE c.organization_id = $1 AND c.id = line.id AND ${guarded}`
    )
  }
  revoke("oauth_client", [...new Set(changes.map(({ client }) => client.id))])
  revoke(
    "oauth_credential",
    changes.flatMap(({ ended }) => ended)
  )
}

type RevokedAt = (rows: ReadonlyArray<{ readonly id: string }>) => string

const insertClients = (part: Part, bind: Bind, changes: ReadonlyArray<OAuthChange>, revokedAt: RevokedAt): void => {
  const clients = changes.flatMap(({ client, isNew }) => (isNew ? [client] : []))
  if (clients.length === 0) return
  part(
    `INSERT INTO oauth_client (organization_id, id, label, created_at, revoked_at)
     SELECT $1, id, label, to_timestamp(created_at / 1000), to_timestamp(revoked_at / 1000)
     FROM unnest(${bind(uuids(clients.map(({ id }) => id)))}::uuid[],
       ${bind(texts(clients.map(({ label }) => label)))}::text[],
       ${bind(doubles(clients.map(({ createdAt }) => createdAt)))}::float8[], ${revokedAt(clients)}::float8[])
       AS line (id, label, created_at, revoked_at) WHERE ${guarded}`
  )
}

const insertCredentials = (part: Part, bind: Bind, changes: ReadonlyArray<OAuthChange>, revokedAt: RevokedAt): void => {
  const nobody = { issuer: null, subject: null, audience: null }
  const rows = changes.flatMap(({ client, federation, secret }) => [
    ...(secret === undefined
      ? []
      : [{ client: client.id, kind: "secret", ...secret.entry, ...nobody, hash: secret.hash }]),
    ...(federation === undefined
      ? []
      : [{ client: client.id, kind: "federation", ...federation, hint: null, hash: null }])
  ])
  if (rows.length === 0) return
  const column = (name: "kind" | "label" | "hint" | "hash" | "issuer" | "subject" | "audience") =>
    `${bind(texts(rows.map((row) => row[name])))}::text[]`
  part(
    `INSERT INTO oauth_credential (organization_id, id, client_id, kind, label, hint, secret_hash, issuer, subject,
       audience, created_at, revoked_at)
     SELECT $1, id, client_id, kind, label, hint, secret_hash, issuer, subject, audience,
       to_timestamp(created_at / 1000), to_timestamp(revoked_at / 1000)
     FROM unnest(${bind(uuids(rows.map(({ id }) => id)))}::uuid[], ${bind(uuids(rows.map(({ client }) => client)))}::uuid[],
       ${column("kind")}, ${column("label")}, ${column("hint")}, ${column("hash")}, ${column("issuer")},
       ${column("subject")}, ${column("audience")},
       ${bind(doubles(rows.map(({ createdAt }) => createdAt)))}::float8[], ${revokedAt(rows)}::float8[])
       AS line (id, client_id, kind, label, hint, secret_hash, issuer, subject, audience, created_at, revoked_at)
     WHERE ${guarded}`
  )
}
