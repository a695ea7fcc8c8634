import type { NumberedEntry } from "@rollcall/domain/directory/Batch"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import type { KeptEvent } from "@rollcall/domain/events/EventPayload"
import { GroupId } from "@rollcall/domain/group/Group"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import { type Organization, type OrganizationId, SingleSignOn } from "@rollcall/domain/organization/Organization"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Settings } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Schema } from "effect"
import { DirectoryProbe, seedWrites, snapshot } from "../../domain/test/contract/DirectoryProbe.ts"
import { ConsumerProbe } from "../../domain/test/contract/EventContract.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import { WriteSql } from "../src/WriteSql.ts"

const saveOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, single_sign_on, scim_enabled, settings,
    created_at, time_zone, review_windows, csv_allowed)
  VALUES ($1::uuid, $2, $3, $4::jsonb, $8, $5::jsonb, to_timestamp(0), $6, $7::jsonb, $9)
  ON CONFLICT (organization_id)
    DO UPDATE SET settings = excluded.settings, single_sign_on = excluded.single_sign_on,
      time_zone = excluded.time_zone, review_windows = excluded.review_windows,
      scim_enabled = excluded.scim_enabled, csv_allowed = excluded.csv_allowed, revision = organization.revision + 1`

const readOrganization = `SELECT name, settings::text AS settings, time_zone, single_sign_on::text AS single_sign_on,
    scim_enabled, csv_allowed, review_windows::text AS review_windows, custom_attributes::text AS custom_attributes,
    revision::float8 AS revision, event_sequence::float8 AS event_sequence, log_sequence::float8 AS log_sequence,
    user_sequence::float8 AS user_sequence, group_sequence::float8 AS group_sequence,
    user_count::float8 AS user_count, group_count::float8 AS group_count
  FROM organization WHERE organization_id = $1`

const OrganizationRow = Schema.Struct({
  revision: Schema.Number,
  name: Schema.String,
  settings: Schema.fromJsonString(Settings),
  time_zone: Schema.String,
  single_sign_on: Schema.fromJsonString(SingleSignOn),
  scim_enabled: Schema.Boolean,
  csv_allowed: Schema.Boolean,
  review_windows: Schema.fromJsonString(Schema.Array(ReviewWindow)),
  custom_attributes: Schema.fromJsonString(Schema.Array(CustomAttribute)),
  event_sequence: Schema.Number,
  log_sequence: Schema.Number,
  user_sequence: Schema.Number,
  group_sequence: Schema.Number,
  user_count: Schema.Number,
  group_count: Schema.Number
})
const decodeOrganization = Schema.decodeUnknownEffect(Schema.Tuple([OrganizationRow]))

const idsOf = (table: string) => `SELECT id::text AS id FROM ${table} WHERE organization_id = $1`

/** The directory as the tables hold it, and past the hand into them. */
export const layerDirectoryProbe: Layer.Layer<DirectoryProbe, never, WriteSql> = Layer.effect(
  DirectoryProbe,
  Effect.gen(function* () {
    const sql = yield* WriteSql

    const state = Effect.fnUntraced(function* (id: OrganizationId) {
      const [row] = yield* Effect.flatMap(sql.unsafe(readOrganization, [id]), decodeOrganization)
      return {
        revision: row.revision,
        name: row.name,
        settings: row.settings,
        timeZone: row.time_zone,
        singleSignOn: row.single_sign_on,
        scimEnabled: row.scim_enabled,
        csvAllowed: row.csv_allowed,
        reviewWindows: row.review_windows,
        customAttributes: row.custom_attributes,
        counters: {
          eventSequence: row.event_sequence,
          logSequence: row.log_sequence,
          userSequence: row.user_sequence,
          groupSequence: row.group_sequence,
          userCount: row.user_count,
          groupCount: row.group_count
        }
      }
    })

    const seed = Effect.fnUntraced(function* (id: OrganizationId, wanted: Parameters<typeof seedWrites>[1]) {
      // The tables refer to each other: people and groups first, then who is a member.
      for (const part of [{ ...wanted, members: [] }, { members: wanted.members ?? [] }]) {
        const { revision, ...standing } = yield* state(id)
        const writes = seedWrites(standing, part)
        const statement = writeStatement(id, revision, resourceTypes.user, writes, 0)
        yield* sql.unsafe(statement.text, statement.params)
      }
    })

    const read = Effect.fnUntraced(function* (id: OrganizationId) {
      const needs = new NeedsUnion()
      for (const row of yield* sql.unsafe<{ readonly id: string }>(idsOf("user_account"), [id])) {
        needs.users.add(UserId.make(row.id))
      }
      for (const row of yield* sql.unsafe<{ readonly id: string }>(idsOf("user_group"), [id])) {
        needs.groups.add(GroupId.make(row.id))
        needs.members.add(GroupId.make(row.id))
        needs.groupAdmins.add(GroupId.make(row.id))
      }
      needs.groupTypes = true
      const loaded = yield* loadNeeds(sql, id, needs)
      const log = yield* sql.unsafe<{ readonly sequence: number; readonly entry: string }>(
        "SELECT sequence::float8 AS sequence, entry FROM log_entry WHERE organization_id = $1",
        [id]
      )
      const events = yield* sql.unsafe<Record<"type" | "data" | "subject", string> & Record<"sequence" | "at", number>>(
        `SELECT sequence::float8 AS sequence, (extract(epoch FROM at) * 1000)::float8 AS at, type, data, subject
         FROM event WHERE organization_id = $1`,
        [id]
      )
      const { revision: _, ...standing } = yield* state(id)
      return snapshot({
        state: standing,
        users: loaded.users ?? [],
        groups: loaded.groups ?? [],
        members: loaded.members ?? [],
        groupTypes: loaded.groupTypes ?? [],
        admins: loaded.groupAdmins ?? [],
        log: log.map(({ entry, sequence }): NumberedEntry => ({ sequence, entry: JSON.parse(entry) })),
        events: events.map(
          ({ at, data, sequence, subject, type }): KeptEvent => ({
            sequence,
            at,
            event: { type, ...JSON.parse(data) },
            subject: JSON.parse(subject)
          })
        )
      })
    })

    return DirectoryProbe.of({
      save: ({ csvAllowed, id, name, reviewWindows, scimEnabled, settings, singleSignOn, timeZone }: Organization) =>
        Effect.orDie(
          sql.unsafe(saveOrganization, [
            id,
            id,
            name,
            JSON.stringify(singleSignOn),
            JSON.stringify(settings),
            timeZone,
            JSON.stringify(reviewWindows),
            scimEnabled,
            csvAllowed
          ])
        ),
      seed: (organization, wanted) => Effect.orDie(seed(organization.id, wanted)),
      read: (organization) => Effect.orDie(read(organization.id))
    })
  })
)

export const layerConsumers = Layer.effect(
  ConsumerProbe,
  Effect.map(WriteSql, (sql) =>
    ConsumerProbe.of({
      set: (organization, consumer, position) =>
        Effect.orDie(
          sql.unsafe(
            `INSERT INTO event_consumer (organization_id, consumer, position) VALUES ($1::uuid, $2, $3::float8)
             ON CONFLICT (organization_id, consumer) DO UPDATE SET position = excluded.position`,
            [organization, consumer, position]
          )
        )
    })
  )
)
