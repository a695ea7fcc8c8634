import type { BatchWrites, UserChange } from "@rollcall/domain/directory/BatchWrites"
import { attributesText } from "@rollcall/domain/directory/Representation"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { searchDocument } from "@rollcall/domain/scim/SearchDocument"
import { waitingKey } from "@rollcall/domain/user/ManagerLink"
import { readReference } from "@rollcall/domain/user/PersonReference"
import { isActive } from "@rollcall/domain/user/User"
import type { UserId } from "@rollcall/domain/user/UserId"
import { type UserKeys, userKeys } from "@rollcall/domain/user/UserKeys"
import { dueDates } from "@rollcall/domain/user/UserLifecycle"
import { userColumns } from "../filter/UserPlaces.ts"
import { doubles, ints, texts, uuids } from "./ColumnArrays.ts"
import { standingText } from "./StandingText.ts"
import { type Bind, guarded, type Part } from "./WriteParts.ts"

/** A person as a row of `user_account`. */
interface Row extends UserChange {
  readonly keys: UserKeys
  readonly due: ReturnType<typeof dueDates>
}

/** The search document of a person's attributes. */
type Shadow = (attributes: JsonObject) => JsonObject

/** A column as the statement takes it: the values of all rows as one array parameter of the type, and what becomes of each. */
interface Column {
  readonly name: string
  readonly type: "uuid" | "text" | "int4" | "float8"
  readonly read: (row: Row, shadow: Shadow) => unknown
  /** What the column gets of a value; the value itself where it is left out. */
  readonly as?: (value: string) => string
}

const time = (value: string): string => `to_timestamp(${value} / 1000)`

/** What never changes of a person. */
const fixedColumns: ReadonlyArray<Column> = [
  { name: "number", type: "float8", read: ({ user }) => user.number },
  { name: "origin", type: "text", read: ({ user }) => user.origin },
  { name: "created_at", type: "float8", read: ({ user }) => user.createdAt, as: time }
]

const changingColumns: ReadonlyArray<Column> = [
  { name: "resource", type: "text", read: ({ user }) => attributesText(user.attributes) },
  {
    name: "search",
    type: "text",
    read: ({ user }, shadow) => JSON.stringify(shadow(user.attributes)),
    as: (value) => `${value}::jsonb`
  },
  { name: "sources", type: "text", read: ({ user }) => JSON.stringify(user.sources), as: (value) => `${value}::jsonb` },
  { name: "user_name_key", type: "text", read: ({ keys }) => keys.userName },
  { name: "email_key", type: "text", read: ({ keys }) => keys.email ?? null },
  { name: "external_id", type: "text", read: ({ keys }) => keys.externalId ?? null },
  { name: "display_name_key", type: "text", read: ({ keys }) => keys.displayName ?? null },
  { name: "employee_number_key", type: "text", read: ({ keys }) => keys.employeeNumber ?? null },
  { name: "version", type: "int4", read: ({ user }) => user.version },
  { name: "last_modified_at", type: "float8", read: ({ user }) => user.lastModifiedAt, as: time },
  { name: "deleted_at", type: "float8", read: ({ user }) => user.deletedAt ?? null, as: time },
  { name: "standing", type: "text", read: ({ user }) => standingText(user) },
  { name: "manager_id", type: "uuid", read: ({ user }) => user.manager.id ?? null },
  { name: "manager_pending", type: "text", read: ({ user }) => user.manager.pending?.reason ?? null },
  { name: "starts_on", type: "text", read: ({ due }) => due.startsOn ?? null, as: (value) => `${value}::date` },
  { name: "ends_on", type: "text", read: ({ due }) => due.endsOn ?? null, as: (value) => `${value}::date` }
]

const idColumn: Column = { name: "id", type: "uuid", read: ({ user }) => user.id }

const arrays = { uuid: uuids, text: texts, int4: ints, float8: doubles }

/** `unnest(…) AS line (…)`: the rows by these columns. */
const lines = (bind: Bind, shadow: Shadow, columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>): string => {
  const values = columns.map(
    ({ read, type }) => `${bind(arrays[type](rows.map((row) => read(row, shadow))))}::${type}[]`
  )
  return `unnest(${values.join(", ")}) AS line (${columns.map(({ name }) => name).join(", ")})`
}

const assigned = ({ as, name }: Column): string => (as === undefined ? `line.${name}` : as(`line.${name}`))

/**
 * Writes people: rows for those who are new, changed rows for the others, each with its e-mails and the reference to a
 * manager who is not there yet (R-MGR-2). An insert that might become an update would lock each row before it changes
 * it, and work its keys out twice.
 *
 * PostgreSQL carries the parts of a statement out from the last to the first. Rows are changed before new ones are made,
 * therefore: somebody new may have the userName that another gives up in the same batch.
 */
export const writeUsers = (part: Part, bind: Bind, types: ResourceTypes, users: BatchWrites["users"]): void => {
  const elsewhere = userColumns(types.extensionUrn)
  const shadow: Shadow = (attributes) => searchDocument(types.user, attributes, elsewhere)
  const rows = users.map((change): Row => {
    const { attributes, deletedAt, standing } = change.user
    const due = dueDates({ standing, active: isActive(attributes), deleted: deletedAt !== undefined })
    return { ...change, keys: userKeys(attributes), due }
  })
  const made = rows.filter(({ isNew }) => isNew)
  const changed = rows.filter(({ isNew }) => !isNew)
  if (made.length > 0) {
    const columns = [idColumn, ...fixedColumns, ...changingColumns]
    part(
      `INSERT INTO user_account (organization_id, ${columns.map(({ name }) => name).join(", ")})
       SELECT $1, ${columns.map(assigned).join(", ")} FROM ${lines(bind, shadow, columns, made)} WHERE ${guarded}`
    )
  }
  if (changed.length > 0) {
    part(
      `UPDATE user_account u SET ${changingColumns.map((column) => `${column.name} = ${assigned(column)}`).join(", ")}
       FROM ${lines(bind, shadow, [idColumn, ...changingColumns], changed)},
         LATERAL (SELECT r.ctid AS place FROM user_account r
           WHERE r.organization_id = $1 AND r.id = line.id OFFSET 0) AS found
       WHERE u.ctid = found.place AND ${guarded}`
    )
  }
  writeEmails(part, bind, rows)
  writeReferences(part, bind, users)
}

type KeyOf = readonly [UserId, string]

/** Keeps under which e-mails those who live are found. */
const writeEmails = (part: Part, bind: Bind, rows: ReadonlyArray<Row>): void => {
  const added: Array<KeyOf> = []
  const removed: Array<KeyOf> = []
  for (const { before, keys, user } of rows) {
    const now = new Set(user.deletedAt === undefined ? keys.emails : [])
    const old = new Set(before === undefined ? [] : userKeys(before.attributes).emails)
    for (const key of now) if (!old.has(key)) added.push([user.id, key])
    for (const key of old) if (!now.has(key)) removed.push([user.id, key])
  }
  if (added.length > 0) {
    part(
      `INSERT INTO user_email (organization_id, email_key, user_id) SELECT $1, email_key, user_id
       FROM unnest(${bind(uuids(added.map(([id]) => id)))}::uuid[], ${bind(texts(added.map(([, key]) => key)))}::text[])
         AS line (user_id, email_key) WHERE ${guarded}`
    )
  }
  if (removed.length > 0) {
    part(
      `DELETE FROM user_email e
       USING unnest(${bind(uuids(removed.map(([id]) => id)))}::uuid[],
         ${bind(texts(removed.map(([, key]) => key)))}::text[]) AS line (user_id, email_key),
         LATERAL (SELECT r.ctid AS place FROM user_email r WHERE r.organization_id = $1
           AND r.email_key = line.email_key AND r.user_id = line.user_id OFFSET 0) AS found
       WHERE e.ctid = found.place AND ${guarded}`
    )
  }
}

/** Keeps who waits for a manager who is not there yet (R-MGR-2). */
const writeReferences = (part: Part, bind: Bind, users: ReadonlyArray<UserChange>): void => {
  const added: Array<KeyOf> = []
  const removed: Array<KeyOf> = []
  for (const { user, before } of users) {
    const now = user.deletedAt === undefined ? waitingKey(user.manager) : undefined
    const old = before === undefined ? undefined : waitingKey(before.manager)
    if (now === old) continue
    if (now !== undefined) added.push([user.id, now])
    if (old !== undefined) removed.push([user.id, old])
  }
  if (added.length > 0) {
    part(
      `INSERT INTO manager_reference (organization_id, reference_key, reference_number, user_id)
       SELECT $1, reference_key, reference_number, user_id
       FROM unnest(${bind(uuids(added.map(([id]) => id)))}::uuid[], ${bind(texts(added.map(([, key]) => key)))}::text[],
         ${bind(doubles(added.map(([, key]) => readReference(key).userId ?? null)))}::float8[])
         AS line (user_id, reference_key, reference_number) WHERE ${guarded}`
    )
  }
  if (removed.length > 0) {
    part(
      `DELETE FROM manager_reference r
       USING unnest(${bind(uuids(removed.map(([id]) => id)))}::uuid[],
         ${bind(texts(removed.map(([, key]) => key)))}::text[]) AS line (user_id, reference_key)
       WHERE r.organization_id = $1 AND r.reference_key = line.reference_key AND r.user_id = line.user_id
         AND ${guarded}`
    )
  }
}
