import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import {
  type AttemptSubject,
  attemptWindow,
  type CountedAttempts,
  PasswordAttempts
} from "@rollcall/domain/user/PasswordAttempts"
import { Effect, Layer } from "effect"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** One attempt counted, under the lock of its row: of two servers that count at once, one waits for the other. */
const countAttempt = `
  INSERT INTO password_attempt AS held (organization_id, subject, since, attempts)
  VALUES ($1::uuid, $2, to_timestamp($3::float8 / 1000), 1)
  ON CONFLICT (organization_id, subject) DO UPDATE SET
    attempts = CASE WHEN held.since <= to_timestamp($4::float8 / 1000) THEN 1 ELSE held.attempts + 1 END,
    since = CASE WHEN held.since <= to_timestamp($4::float8 / 1000) THEN excluded.since ELSE held.since END
  RETURNING attempts, (extract(epoch FROM since) * 1000)::float8 AS since`

/** A few rows of windows that are over, none that somebody else holds: it never waits for a lock. */
const removeOver = `
  DELETE FROM password_attempt a USING (
    SELECT subject FROM password_attempt WHERE organization_id = $1 AND since <= to_timestamp($2::float8 / 1000)
    ORDER BY since LIMIT 10 FOR UPDATE SKIP LOCKED
  ) AS over WHERE a.organization_id = $1 AND a.subject = over.subject`

const forgiveAttempts = `
  WITH forgotten AS (DELETE FROM password_attempt WHERE organization_id = $1 AND subject = $2)
  UPDATE password_attempt SET attempts = attempts - 1 WHERE organization_id = $1 AND subject = $3 AND attempts > 0`

const textOf = ({ id, kind }: AttemptSubject): string => `${kind} ${id}`

/** Counting attempts at passwords, for all servers together. */
export const layer: Layer.Layer<PasswordAttempts, never, WriteSql> = Layer.effect(
  PasswordAttempts,
  Effect.map(WriteSql, (sql) => {
    const take = Effect.fnUntraced(function* (organization: OrganizationId, subject: AttemptSubject, now: number) {
      const params = [organization, textOf(subject), now, now - attemptWindow]
      const [row] = yield* sql.unsafe<CountedAttempts>(countAttempt, params)
      if (row === undefined) return yield* Effect.die(new Error("An attempt is always counted"))
      // Whoever begins a window makes a row, and so removes some.
      if (row.attempts === 1) yield* sql.unsafe(removeOver, [organization, now - attemptWindow])
      return { attempts: row.attempts, since: row.since }
    })
    return PasswordAttempts.of({
      take: (organization, subject, now) => storeFailures("count password attempt", take(organization, subject, now)),
      forgive: (organization, person, key) =>
        storeFailures(
          "forgive password attempts",
          Effect.asVoid(sql.unsafe(forgiveAttempts, [organization, textOf(person), textOf(key)]))
        )
    })
  })
)
