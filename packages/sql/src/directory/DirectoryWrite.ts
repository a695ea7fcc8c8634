import type { ImportAdvance } from "@rollcall/domain/csv/ImportStep"
import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import type { MembershipDelta } from "@rollcall/domain/directory/Decision"
import type { NeedsUnion } from "@rollcall/domain/directory/Needs"
import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { groupNameKey, groupNearKey } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import type { Configuration } from "@rollcall/domain/organization/Configuration"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { booleans, doubles, ints, texts, uuids } from "./ColumnArrays.ts"
import { nobodyFound } from "./DirectoryLoad.ts"
import { writeOAuth } from "./OAuthWrite.ts"
import { writePasswords, writeUsedLinks } from "./PasswordWrite.ts"
import { writeUsers } from "./UserWrite.ts"
import { writeWebhooks } from "./WebhookWrite.ts"
import { type Bind, guarded, type Part } from "./WriteParts.ts"

/** A statement and its parameters. */
export interface WriteStatement {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

/**
 * Everything that a batch changes as one statement: state, log entries, events and the organisation's counters, so
 * that one round trip writes them together, or nothing. Each part takes whole columns as array parameters; parts with
 * nothing to write are left out, which leaves few different texts, all of which stay prepared.
 *
 * The guard comes first: it locks the organisation's row and counts it up, if the revision is still the one on which
 * the batch was decided. Where somebody else has written meanwhile it finds no row, every part finds no guard, and the
 * statement writes nothing and returns no row; PostgreSQL checks the revision again after it waited for the lock.
 *
 * Where people were taken to be absent without a look (`assumedAbsent`), the guard looks, and holds only if they are.
 *
 * No two parts touch the same row: what a part removes and what another adds are disjoint.
 */
export const writeStatement = (
  organization: OrganizationId,
  revision: number,
  types: ResourceTypes,
  writes: BatchWrites,
  now: number,
  assumedAbsent?: NeedsUnion
): WriteStatement => {
  const params: Array<unknown> = [organization]
  const parts: Array<string> = []
  const bind: Bind = (value) => `$${params.push(value)}`
  const part: Part = (text) => {
    const name = `part${parts.length}`
    parts.push(`${name} AS (${text})`)
    return name
  }
  const { counters, customAttributes, events, log } = writes
  const custom =
    customAttributes === undefined ? "" : `, custom_attributes = ${bind(JSON.stringify(customAttributes))}::jsonb`
  const configured = writes.configuration === undefined ? "" : configurationSet(bind, writes.configuration)
  const guard = `guard AS (UPDATE organization SET revision = revision + 1,
      event_sequence = ${bind(counters.eventSequence)}::float8, log_sequence = ${bind(counters.logSequence)}::float8,
      user_sequence = ${bind(counters.userSequence)}::float8, group_sequence = ${bind(counters.groupSequence)}::float8,
      user_count = ${bind(counters.userCount)}::float8, group_count = ${bind(counters.groupCount)}::float8${custom}${configured}
    WHERE organization_id = $1 AND revision = ${bind(revision)}::float8${
      assumedAbsent === undefined ? "" : ` AND ${nobodyFound(assumedAbsent, bind)}`
    } RETURNING organization_id)`
  if (writes.users.length > 0) {
    writeUsers(part, bind, types, writes.users)
  }
  if (writes.groups.length > 0) writeGroups(part, bind, writes.groups)
  writeDeltas(part, bind, "membership", writes.memberships)
  writeAdministration(part, bind, writes)
  if (writes.keys !== undefined && writes.keys.length > 0) writeKeys(part, bind, writes.keys)
  if (writes.oauth !== undefined && writes.oauth.length > 0) writeOAuth(part, bind, writes.oauth)
  if (writes.webhooks !== undefined && writes.webhooks.length > 0) writeWebhooks(part, bind, writes.webhooks)
  if (writes.deletedGroups.length > 0) {
    const ids = bind(uuids(writes.deletedGroups))
    part(`DELETE FROM membership WHERE organization_id = $1 AND group_id = ANY (${ids}) AND ${guarded}`)
    part(`DELETE FROM group_admin WHERE organization_id = $1 AND group_id = ANY (${ids}) AND ${guarded}`)
    part(`DELETE FROM user_group WHERE organization_id = $1 AND id = ANY (${ids}) AND ${guarded}`)
  }
  const at = bind(now)
  if (writes.passwords.length > 0) writePasswords(part, bind, at, writes.passwords)
  if (writes.usedLinks !== undefined && writes.usedLinks.length > 0) writeUsedLinks(part, bind, at, writes.usedLinks)
  if (log.length > 0) {
    part(
      `INSERT INTO log_entry (organization_id, sequence, at, outcome, subject_id, entry)
       SELECT $1, sequence, to_timestamp(${at}::float8 / 1000), outcome, subject_id, entry
       FROM unnest(${bind(doubles(log.map((line) => line.sequence)))}::float8[],
         ${bind(texts(log.map((line) => line.entry.outcome)))}::text[],
         ${bind(texts(log.map((line) => line.entry.subject?.id ?? null)))}::text[],
         ${bind(texts(log.map((line) => JSON.stringify(line.entry))))}::text[])
         AS line (sequence, outcome, subject_id, entry) WHERE ${guarded}`
    )
  }
  if (events.length > 0) {
    part(
      `INSERT INTO event (organization_id, sequence, at, type, data, subject)
       SELECT $1, sequence, to_timestamp(${at}::float8 / 1000), type, data, subject
       FROM unnest(${bind(doubles(events.map((line) => line.sequence)))}::float8[],
         ${bind(texts(events.map((line) => line.event.type)))}::text[],
         ${bind(texts(events.map((line) => eventData(line.event))))}::text[],
         ${bind(texts(subjectTexts(events)))}::text[])
         AS line (sequence, type, data, subject) WHERE ${guarded}`
    )
  }
  for (const advance of writes.imports ?? []) advanceImport(part, bind, at, advance)
  return { text: `WITH ${[guard, ...parts].join(", ")} SELECT organization_id::text FROM guard`, params }
}

/** The events of one decision share what they are about, each person or group: it is printed once for all of them. */
const subjectTexts = (events: BatchWrites["events"]): ReadonlyArray<string> => {
  const printed = new Map<object, string>()
  return events.map(({ subject }) => {
    const text = printed.get(subject) ?? JSON.stringify(subject)
    printed.set(subject, text)
    return text
  })
}

const eventData = ({ type: _, ...data }: DomainEvent): string => JSON.stringify(data)

/** The columns of the organisation's row that hold what is set of it, all of them: a text of its own, and not one for each. */
const configurationSet = (bind: Bind, configuration: Configuration): string =>
  `, name = ${bind(configuration.name)}, time_zone = ${bind(configuration.timeZone)},
      scim_enabled = ${bind(configuration.scimEnabled)}, csv_allowed = ${bind(configuration.csvAllowed)},
      single_sign_on = ${bind(JSON.stringify(configuration.singleSignOn))}::jsonb,
      settings = ${bind(JSON.stringify(configuration.settings))}::jsonb,
      review_windows = ${bind(JSON.stringify(configuration.reviewWindows))}::jsonb`

/** Keys that were made in this batch are added with what became of them; others can only have been revoked. */
const writeKeys = (part: Part, bind: Bind, keys: NonNullable<BatchWrites["keys"]>): void => {
  const made = keys.flatMap(({ key, secretHash }) => (secretHash === undefined ? [] : [{ ...key, secretHash }]))
  const revoked = keys.flatMap(({ key, secretHash }) => (secretHash === undefined ? [key] : []))
  if (made.length > 0) {
    const ids = bind(uuids(made.map((key) => key.id)))
    part(
      `INSERT INTO access_key (organization_id, id, kind, label, hint, scopes, created_at, revoked_at)
       SELECT $1, id, kind, label, hint, scopes::jsonb, to_timestamp(created_at / 1000), to_timestamp(revoked_at / 1000)
       FROM unnest(${ids}::uuid[], ${bind(texts(made.map((key) => key.kind)))}::text[],
         ${bind(texts(made.map((key) => key.label)))}::text[], ${bind(texts(made.map((key) => key.hint)))}::text[],
         ${bind(texts(made.map((key) => JSON.stringify(key.scopes))))}::text[],
         ${bind(doubles(made.map((key) => key.createdAt)))}::float8[],
         ${bind(doubles(made.map((key) => key.revokedAt)))}::float8[])
         AS line (id, kind, label, hint, scopes, created_at, revoked_at) WHERE ${guarded}`
    )
    part(
      `INSERT INTO access_key_hash (secret_hash, organization_id, access_key_id) SELECT secret_hash, $1, id
       FROM unnest(${bind(texts(made.map((key) => key.secretHash)))}::text[], ${ids}::uuid[])
         AS line (secret_hash, id) WHERE ${guarded}`
    )
  }
  if (revoked.length > 0) {
    part(
      `UPDATE access_key k SET revoked_at = to_timestamp(line.revoked_at / 1000)
       FROM unnest(${bind(uuids(revoked.map((key) => key.id)))}::uuid[],
         ${bind(doubles(revoked.map((key) => key.revokedAt)))}::float8[]) AS line (id, revoked_at)
       WHERE k.organization_id = $1 AND k.id = line.id AND ${guarded}`
    )
  }
}

/**
 * How far an import has come, with the rows that brought it there. Only whoever stands where the rows begin moves it: of two
 * that import the same file at once the one that is ahead counts.
 */
const advanceImport = (part: Part, bind: Bind, at: string, advance: ImportAdvance): void => {
  const { after, counts, line, rejects, report } = advance
  const id = bind(advance.import)
  const from = bind(after)
  part(
    `UPDATE csv_import SET line = ${bind(line)}::float8, updated_at = to_timestamp(${at}::float8 / 1000),
       created = created + ${bind(counts.created)}::float8, updated = updated + ${bind(counts.updated)}::float8,
       unchanged = unchanged + ${bind(counts.unchanged)}::float8, rejected = rejected + ${bind(counts.rejected)}::float8
     WHERE organization_id = $1 AND id = ${id}::uuid AND line = ${from}::float8 AND ${guarded}`
  )
  const isAhead = `EXISTS (SELECT FROM csv_import c
       WHERE c.organization_id = $1 AND c.id = ${id}::uuid AND c.line = ${from}::float8) AND ${guarded}`
  if (rejects.length > 0) {
    part(
      `INSERT INTO csv_import_reject (organization_id, import_id, line, detail)
       SELECT $1, ${id}::uuid, line, detail
       FROM unnest(${bind(doubles(rejects.map((reject) => reject.line)))}::float8[],
         ${bind(texts(rejects.map((reject) => reject.detail)))}::text[]) AS reject (line, detail) WHERE ${isAhead}`
    )
  }
  if (report === undefined) return
  part(
    `INSERT INTO csv_report_row (organization_id, report_id, line, rejected, told)
     SELECT $1, ${bind(report.id)}::uuid, line, rejected, told
     FROM unnest(${bind(doubles(report.rows.map((row) => row.line)))}::float8[],
       ${bind(booleans(report.rows.map((row) => row.rejected)))}::bool[],
       ${bind(texts(report.rows.map((row) => row.text)))}::text[]) AS row (line, rejected, told) WHERE ${isAhead}`
  )
}

const writeGroups = (part: Part, bind: Bind, groups: BatchWrites["groups"]): void => {
  part(
    `INSERT INTO user_group (organization_id, id, number, display_name, display_name_key, display_name_near_key,
       external_id, type_id, origin, version, created_at, last_modified_at)
     SELECT $1, id, number, display_name, display_name_key, display_name_near_key, external_id, type_id, origin, version,
       to_timestamp(created_at / 1000), to_timestamp(last_modified_at / 1000)
     FROM unnest(${bind(uuids(groups.map((group) => group.id)))}::uuid[],
       ${bind(doubles(groups.map((group) => group.number)))}::float8[],
       ${bind(texts(groups.map((group) => group.displayName)))}::text[],
       ${bind(texts(groups.map((group) => groupNameKey(group.displayName))))}::text[],
       ${bind(texts(groups.map((group) => groupNearKey(group.displayName))))}::text[],
       ${bind(texts(groups.map((group) => group.externalId ?? null)))}::text[],
       ${bind(uuids(groups.map((group) => (group.type === defaultGroupType.id ? null : group.type))))}::uuid[],
       ${bind(texts(groups.map((group) => group.origin)))}::text[],
       ${bind(ints(groups.map((group) => group.version)))}::int4[],
       ${bind(doubles(groups.map((group) => group.createdAt)))}::float8[],
       ${bind(doubles(groups.map((group) => group.lastModifiedAt)))}::float8[])
       AS line (id, number, display_name, display_name_key, display_name_near_key, external_id, type_id, origin, version,
         created_at, last_modified_at)
     WHERE ${guarded}
     ON CONFLICT (organization_id, id) DO UPDATE SET display_name = excluded.display_name,
       display_name_key = excluded.display_name_key, display_name_near_key = excluded.display_name_near_key,
       external_id = excluded.external_id, type_id = excluded.type_id, version = excluded.version,
       last_modified_at = excluded.last_modified_at`
  )
}

const writeDeltas = (
  part: Part,
  bind: Bind,
  table: "membership" | "group_admin",
  deltas: ReadonlyArray<MembershipDelta>
): void => {
  const added = deltas.flatMap((delta) => delta.added.map((id) => [delta.group, id] as const))
  const removed = deltas.flatMap((delta) => delta.removed.map((id) => [delta.group, id] as const))
  if (added.length > 0) {
    part(
      `INSERT INTO ${table} (organization_id, group_id, user_id) SELECT $1, group_id, user_id
       FROM unnest(${bind(uuids(added.map(([group]) => group)))}::uuid[], ${bind(uuids(added.map(([, id]) => id)))}::uuid[])
         AS line (group_id, user_id) WHERE ${guarded}`
    )
  }
  if (removed.length > 0) {
    part(
      `DELETE FROM ${table} m
       USING unnest(${bind(uuids(removed.map(([group]) => group)))}::uuid[],
         ${bind(uuids(removed.map(([, id]) => id)))}::uuid[]) AS line (group_id, user_id),
         LATERAL (SELECT r.ctid AS place FROM ${table} r WHERE r.organization_id = $1
           AND r.group_id = line.group_id AND r.user_id = line.user_id OFFSET 0) AS found
       WHERE m.ctid = found.place AND ${guarded}`
    )
  }
}

/** Group types and admins (R-GROUP-3). Groups that the batch writes or deletes itself are left to those parts. */
const writeAdministration = (part: Part, bind: Bind, { administration, deletedGroups, groups }: BatchWrites): void => {
  if (administration === undefined) return
  const { admins, deletedTypes, types } = administration
  writeDeltas(part, bind, "group_admin", admins)
  if (types !== undefined && types.length > 0) {
    part(
      `INSERT INTO group_type (organization_id, id, name, position) SELECT $1, id, name, position
       FROM unnest(${bind(uuids(types.map((type) => type.id)))}::uuid[],
         ${bind(texts(types.map((type) => type.name)))}::text[],
         ${bind(ints(types.map((type) => type.position)))}::int4[]) AS line (id, name, position) WHERE ${guarded}
       ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, position = excluded.position`
    )
  }
  if (deletedTypes.length > 0) {
    const ids = bind(uuids(deletedTypes))
    const others = bind(uuids([...groups.map((group) => group.id), ...deletedGroups]))
    part(
      `UPDATE user_group SET type_id = NULL
       WHERE organization_id = $1 AND type_id = ANY (${ids}) AND NOT id = ANY (${others}) AND ${guarded}`
    )
    part(`DELETE FROM group_type WHERE organization_id = $1 AND id = ANY (${ids}) AND ${guarded}`)
  }
}
