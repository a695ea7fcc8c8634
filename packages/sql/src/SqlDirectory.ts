import type { Answer } from "@rollcall/domain/directory/Answer"
import { Batch } from "@rollcall/domain/directory/Batch"
import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"
import type { Request } from "@rollcall/domain/directory/Command"
import { Directory } from "@rollcall/domain/directory/Directory"
import { makeHand } from "@rollcall/domain/directory/Hand"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { Clock, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { loadNeeds } from "./directory/DirectoryLoad.ts"
import { writeStatement } from "./directory/DirectoryWrite.ts"
import { lockOrganization, type Standing, standingOf } from "./directory/OrganizationStanding.ts"
import { keepStatistics } from "./directory/Statistics.ts"
import { EmbeddedUpkeep } from "./EmbeddedUpkeep.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** A batch that was written, and how the organisation stands after it. */
interface Written {
  readonly answers: ReadonlyArray<Answer>
  readonly writes: BatchWrites
  readonly standing: Standing
}

/** For so long after somebody was found whom a batch took to be absent, the organisation's batches look first, in milliseconds. */
const looking = 1_000

/** For so long after somebody else wrote to an organisation, its batches take the lock at once, in milliseconds. */
const contention = 1_000

/** Of so many organisations the standing is remembered. */
const mostRemembered = 10_000

/**
 * The directory on PostgreSQL, a server's or the embedded one. What isolates a write is the organisation's row, in one
 * of two ways:
 *
 * - Where this process wrote last, it knows how the organisation stands. It loads, decides, and writes by one statement
 *   that holds only at that revision. What was loaded after revision r was reached, and is written at revision r, has
 *   not changed in between: nobody writes without counting the revision up.
 * - Where somebody else has written meanwhile, or nothing is known, a transaction holds the lock on the row from before
 *   it reads anything until it commits. Then nothing can get in between, and nobody starves.
 *
 * The first takes two round trips and no waiting, the second works for any number of servers at once.
 *
 * Batches of newcomers save the look: they are decided as if nobody had their userNames and e-mails or waited for them,
 * which is mostly so, and the statement writes only if that is true. Otherwise they are loaded and decided anew.
 */
export const layerSqlDirectory = (resourceTypes: ResourceTypes): Layer.Layer<Directory, never, ReadSql | WriteSql> =>
  Layer.effect(
    Directory,
    Effect.gen(function* () {
      const sql = yield* WriteSql
      const known = new Map<OrganizationId, Standing>()
      const contendedUntil = new Map<OrganizationId, number>()
      const lookingUntil = new Map<OrganizationId, number>()
      const fork = Effect.runForkWith(yield* Effect.context<never>())
      const oneSession = sql === (yield* ReadSql)
      const noteGrowth = yield* keepStatistics(sql, {
        oneSession,
        upkeep: yield* EmbeddedUpkeep
      })

      /** Decides the batch on that standing and writes it; undefined where the standing is no longer so. */
      const attempt = Effect.fnUntraced(function* (
        id: OrganizationId,
        requests: ReadonlyArray<Request>,
        standing: Standing,
        meanwhile?: () => void
      ): Effect.fn.Return<Written | undefined, SqlError.SqlError> {
        // In the next turn, when the first statement is on its way.
        if (meanwhile !== undefined) fork(Effect.andThen(Effect.yieldNow, Effect.sync(meanwhile)))
        const now = yield* Clock.currentTimeMillis
        const batch = new Batch(requests, standing.state, resourceTypes, now)
        let decided = batch.decideAll()
        const isLooking = (lookingUntil.get(id) ?? 0) > now
        const absent = !isLooking && !("writes" in decided) && decided.isOfNewcomers ? decided : undefined
        if (absent !== undefined) {
          batch.load(absent, {})
          decided = batch.decideAll()
        }
        while (!("writes" in decided)) {
          batch.load(decided, yield* loadNeeds(sql, id, decided))
          decided = batch.decideAll()
        }
        const { answers, writes } = decided
        const { params, text } = writeStatement(id, standing.revision, resourceTypes, writes, now, absent)
        const rows = yield* sql.unsafe(text, params)
        if (rows.length === 0) {
          if (absent === undefined) return undefined
          // Somebody is there, or the standing is no longer so: the next try looks, and finds out which.
          lookingUntil.set(id, (yield* Clock.currentTimeMillis) + looking)
          return yield* attempt(id, requests, standing)
        }
        return {
          answers,
          writes,
          standing: {
            revision: standing.revision + 1,
            state: {
              ...standing.state,
              ...writes.configuration,
              counters: writes.counters,
              customAttributes: writes.customAttributes ?? standing.state.customAttributes
            }
          }
        }
      })

      const underLock = (id: OrganizationId, requests: ReadonlyArray<Request>) =>
        sql.withTransaction(
          Effect.gen(function* () {
            const [row] = yield* sql.unsafe(lockOrganization, [id])
            const standing = standingOf(row)
            const written = yield* attempt(id, requests, standing)
            return written === undefined
              ? yield* Effect.die(new Error("An organisation changed under its lock"))
              : { before: standing, written }
          })
        )

      const runBatch = Effect.fnUntraced(function* (
        id: OrganizationId,
        requests: ReadonlyArray<Request>,
        meanwhile: () => void
      ) {
        // The embedded database works in this process, which can do nothing else while it writes.
        if (oneSession) meanwhile()
        const now = yield* Clock.currentTimeMillis
        const last = known.get(id)
        // Until it is known how this ends, nothing is known: a lost connection may have lost the answer alone.
        known.delete(id)
        if (last !== undefined && (contendedUntil.get(id) ?? 0) <= now) {
          const written = yield* attempt(id, requests, last, meanwhile)
          if (written !== undefined) return yield* remember(id, written)
        }
        // Somebody else may have the lock.
        meanwhile()
        const { before, written } = yield* underLock(id, requests)
        if (last !== undefined && last.revision !== before.revision) contendedUntil.set(id, now + contention)
        return yield* remember(id, written)
      })

      const remember = (id: OrganizationId, { answers, standing, writes }: Written) => {
        if (known.size >= mostRemembered) {
          known.clear()
          contendedUntil.clear()
          lookingUntil.clear()
        }
        known.set(id, standing)
        return Effect.as(noteGrowth(writes), answers)
      }

      return yield* makeHand((id, requests, meanwhile) => storeFailures("write", runBatch(id, requests, meanwhile)))
    })
  )
