import type { NumberedEntry, NumberedEvent } from "@rollcall/domain/directory/Batch"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { GroupId } from "@rollcall/domain/group/Group"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import type { Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Settings } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/User"
import { Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { directoryContract } from "../../domain/test/contract/Directory.ts"
import { DirectoryProbe, seedWrites, snapshot } from "../../domain/test/contract/DirectoryProbe.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { loadNeeds } from "../src/directory/DirectoryLoad.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import * as GroupStore from "../src/GroupStore.ts"
import type { ReadSql } from "../src/ReadSql.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as UserStore from "../src/UserStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { databases } from "./BothDatabases.ts"

const saveOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
    created_at)
  VALUES ($1::uuid, $2, $3, 'UTC', $4::jsonb, true, $5::jsonb, to_timestamp(0))
  ON CONFLICT (organization_id)
    DO UPDATE SET settings = excluded.settings, revision = organization.revision + 1`

const readOrganization = `SELECT settings::text AS settings, custom_attributes::text AS custom_attributes,
    revision::float8 AS revision, event_sequence::float8 AS event_sequence, log_sequence::float8 AS log_sequence,
    user_sequence::float8 AS user_sequence, group_sequence::float8 AS group_sequence,
    user_count::float8 AS user_count, group_count::float8 AS group_count
  FROM organization WHERE organization_id = $1`

const OrganizationRow = Schema.Struct({
  revision: Schema.Number,
  settings: Schema.fromJsonString(Settings),
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
const layerProbe: Layer.Layer<DirectoryProbe, never, WriteSql> = Layer.effect(
  DirectoryProbe,
  Effect.gen(function* () {
    const sql = yield* WriteSql

    const state = Effect.fnUntraced(function* (id: OrganizationId) {
      const [row] = yield* Effect.flatMap(sql.unsafe(readOrganization, [id]), decodeOrganization)
      return {
        revision: row.revision,
        settings: row.settings,
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
        const statement = writeStatement(id, revision, resourceTypes.user, writes, 0, SecureRandom.uuidV4Unsafe)
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
      }
      const loaded = yield* loadNeeds(sql, id, needs)
      const log = yield* sql.unsafe<{ readonly sequence: number; readonly entry: string }>(
        "SELECT sequence::float8 AS sequence, entry FROM log_entry WHERE organization_id = $1",
        [id]
      )
      const events = yield* sql.unsafe<{ readonly sequence: number; readonly type: string; readonly data: string }>(
        "SELECT sequence::float8 AS sequence, type, data FROM event WHERE organization_id = $1",
        [id]
      )
      const { revision: _, ...standing } = yield* state(id)
      return snapshot({
        state: standing,
        users: loaded.users ?? [],
        groups: loaded.groups ?? [],
        members: loaded.members ?? [],
        log: log.map(({ entry, sequence }): NumberedEntry => ({ sequence, entry: JSON.parse(entry) })),
        events: events.map(
          ({ data, sequence, type }): NumberedEvent => ({ sequence, event: { type, ...JSON.parse(data) } })
        )
      })
    })

    return DirectoryProbe.of({
      save: ({ id, name, settings, singleSignOn }: Organization) =>
        Effect.orDie(
          sql.unsafe(saveOrganization, [id, id, name, JSON.stringify(singleSignOn), JSON.stringify(settings)])
        ),
      seed: (organization, wanted) => Effect.orDie(seed(organization.id, wanted)),
      read: (organization) => Effect.orDie(read(organization.id))
    })
  })
)

const adapters = (database: Layer.Layer<ReadSql | WriteSql>) =>
  Layer.mergeAll(layerSqlDirectory(resourceTypes), UserStore.layer(resourceTypes), GroupStore.layer, layerProbe).pipe(
    Layer.provide(database)
  )

for (const [kind, database] of databases) directoryContract(kind, adapters(database))
