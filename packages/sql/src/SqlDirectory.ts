import { Batch, type OrganizationState } from "@rollcall/domain/directory/Batch"
import type { Request } from "@rollcall/domain/directory/Command"
import { Directory } from "@rollcall/domain/directory/Directory"
import { makeHand } from "@rollcall/domain/directory/Hand"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Settings } from "@rollcall/domain/organization/Settings"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { Clock, Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { loadNeeds } from "./directory/DirectoryLoad.ts"
import { writeStatement } from "./directory/DirectoryWrite.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** The lock: whoever holds the organisation's row is its one hand. Everything read after it is the last word. */
const lockOrganization = `
  SELECT settings::text AS settings, custom_attributes::text AS custom_attributes,
    event_sequence::float8 AS event_sequence, log_sequence::float8 AS log_sequence,
    user_sequence::float8 AS user_sequence, group_sequence::float8 AS group_sequence,
    user_count::float8 AS user_count, group_count::float8 AS group_count
  FROM organization WHERE organization_id = $1 FOR UPDATE`

const OrganizationRow = Schema.Struct({
  settings: Schema.fromJsonString(Settings),
  custom_attributes: Schema.fromJsonString(Schema.Array(CustomAttribute)),
  event_sequence: Schema.Number,
  log_sequence: Schema.Number,
  user_sequence: Schema.Number,
  group_sequence: Schema.Number,
  user_count: Schema.Number,
  group_count: Schema.Number
})
const decodeRow = Schema.decodeUnknownSync(OrganizationRow)

const toState = (row: typeof OrganizationRow.Type): OrganizationState => ({
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
})

/**
 * The directory on PostgreSQL, a server's or the embedded one. What isolates a write: the transaction holds the lock on
 * the organisation's row from before it reads anything until it commits, so whatever a batch reads cannot change
 * under it, on any number of servers.
 */
export const layerSqlDirectory = (resourceTypes: ResourceTypes): Layer.Layer<Directory, never, WriteSql> =>
  Layer.effect(
    Directory,
    Effect.gen(function* () {
      const sql = yield* WriteSql
      const runBatch = Effect.fnUntraced(function* (id: OrganizationId, requests: ReadonlyArray<Request>) {
        const [row] = yield* sql.unsafe(lockOrganization, [id])
        const state = toState(decodeRow(row))
        const now = yield* Clock.currentTimeMillis
        const batch = new Batch(requests, state, resourceTypes, now)
        for (let needs = batch.needs(); needs !== undefined; needs = batch.needs()) {
          batch.load(needs, yield* loadNeeds(sql, id, needs))
        }
        for (;;) {
          const decided = batch.decideAll()
          if ("writes" in decided) {
            const statement = writeStatement(id, resourceTypes.user, decided.writes, now, SecureRandom.uuidV4Unsafe)
            yield* sql.unsafe(statement.text, statement.params)
            return decided.answers
          }
          batch.load(decided, yield* loadNeeds(sql, id, decided))
        }
      })
      return yield* makeHand((id, requests) => storeFailures("write", sql.withTransaction(runBatch(id, requests))))
    })
  )
