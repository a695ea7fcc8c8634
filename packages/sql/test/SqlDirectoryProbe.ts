import type { NumberedEntry } from "@rollcall/domain/directory/BatchWrites"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import type { KeptEvent } from "@rollcall/domain/events/EventPayload"
import { GroupId } from "@rollcall/domain/group/Group"
import type { Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { DirectoryProbe, seedWrites, snapshot } from "../../domain/test/contract/DirectoryProbe.ts"
import { ConsumerProbe } from "../../domain/test/contract/EventContract.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import { readOrganization, standingOf } from "../src/directory/OrganizationStanding.ts"
import { WriteSql } from "../src/WriteSql.ts"

const saveOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, single_sign_on, scim_enabled, settings,
    created_at, time_zone, review_windows, csv_allowed)
  VALUES ($1::uuid, $2, $3, $4::jsonb, $8, $5::jsonb, to_timestamp(0), $6, $7::jsonb, $9)
  ON CONFLICT (organization_id)
    DO UPDATE SET settings = excluded.settings, single_sign_on = excluded.single_sign_on,
      time_zone = excluded.time_zone, review_windows = excluded.review_windows,
      scim_enabled = excluded.scim_enabled, csv_allowed = excluded.csv_allowed, revision = organization.revision + 1`

const idsOf = (table: string) => `SELECT id::text AS id FROM ${table} WHERE organization_id = $1`

/** The directory as the tables hold it, and past the hand into them. */
export const layerDirectoryProbe: Layer.Layer<DirectoryProbe, never, WriteSql> = Layer.effect(
  DirectoryProbe,
  Effect.gen(function* () {
    const sql = yield* WriteSql

    const standing = Effect.fnUntraced(function* (id: OrganizationId) {
      const [row] = yield* sql.unsafe(readOrganization, [id])
      return standingOf(row)
    })

    const seed = Effect.fnUntraced(function* (id: OrganizationId, wanted: Parameters<typeof seedWrites>[1]) {
      // The tables refer to each other: people and groups first, then who is a member.
      for (const part of [{ ...wanted, members: [] }, { members: wanted.members ?? [] }]) {
        const { revision, state } = yield* standing(id)
        const writes = seedWrites(state, part)
        const statement = writeStatement(id, revision, resourceTypes, writes, 0)
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
      const { state } = yield* standing(id)
      return snapshot({
        state,
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
