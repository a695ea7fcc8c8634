import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import { texts, uuids } from "./ColumnArrays.ts"
import { type Bind, guarded, type Part } from "./WriteParts.ts"

/**
 * Writes passwords. What an identity provider sent is both the one that counts and the one that it sent last; what a person
 * has set leaves known what was sent last (R-MAIL-2).
 */
export const writePasswords = (part: Part, bind: Bind, at: string, passwords: BatchWrites["passwords"]): void => {
  part(
    `INSERT INTO user_password (organization_id, user_id, hash, synced_hash, set_at, set_by)
     SELECT $1, user_id, hash, synced_hash, to_timestamp(${at}::float8 / 1000),
       CASE WHEN hash = synced_hash THEN 'scim' ELSE 'link' END
     FROM unnest(${bind(uuids(passwords.map(({ user }) => user)))}::uuid[],
       ${bind(texts(passwords.map(({ hash }) => hash)))}::text[],
       ${bind(texts(passwords.map(({ synced }) => synced ?? null)))}::text[])
       AS line (user_id, hash, synced_hash) WHERE ${guarded}
     ON CONFLICT (organization_id, user_id) DO UPDATE SET hash = excluded.hash,
       synced_hash = coalesce(excluded.synced_hash, user_password.synced_hash), set_at = excluded.set_at,
       set_by = excluded.set_by`
  )
}

/** A link by which a password was set is used, and every other open one of its person void. */
export const writeUsedLinks = (
  part: Part,
  bind: Bind,
  at: string,
  used: NonNullable<BatchWrites["usedLinks"]>
): void => {
  part(
    `UPDATE password_link l SET
       used_at = CASE WHEN l.token_hash = line.token_hash THEN to_timestamp(${at}::float8 / 1000) END,
       void_at = CASE WHEN l.token_hash <> line.token_hash THEN to_timestamp(${at}::float8 / 1000) END
     FROM unnest(${bind(uuids(used.map(({ user }) => user)))}::uuid[],
       ${bind(texts(used.map(({ tokenHash }) => tokenHash)))}::text[]) AS line (user_id, token_hash)
     WHERE l.organization_id = $1 AND l.user_id = line.user_id AND l.used_at IS NULL AND l.void_at IS NULL
       AND ${guarded}`
  )
}
