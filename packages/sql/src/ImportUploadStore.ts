import type { ImportUpload } from "@rollcall/domain/csv/ImportUpload"
import {
  ImportUploadId,
  noProgress,
  TaskKind,
  TaskProgress,
  TaskState,
  TaskWish
} from "@rollcall/domain/csv/ImportUpload"
import { ImportUploads, type TaskClaim } from "@rollcall/domain/csv/ImportUploads"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Clock, Effect, Layer, Schema } from "effect"
import { booleans, doubles, texts } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const millis = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8 AS ${column}`

const columns = `u.id::text AS id, u.name, u.size::float8 AS size, u.received::float8 AS received, u.sha256, u.uploaded_by, u.is_kept,
  ${millis("created_at")}, ${millis("used_at")}, u.task_id::text AS task_id, u.task_kind, u.task_state, u.task_wish,
  u.task_progress, u.task_error, u.is_stopping, ${millis("task_started_at")}, ${millis("task_ended_at")}`

const time = (parameter: string) => `to_timestamp(${parameter}::float8 / 1000)`

const insertUpload = `INSERT INTO csv_upload AS u (organization_id, id, name, size, uploaded_by, created_at, used_at, sha256)
  VALUES ($1::uuid, $2::uuid, $3, $4::float8, $5, ${time("$6")}, ${time("$6")}, $7) RETURNING ${columns}`

const findUpload = `SELECT ${columns} FROM csv_upload u WHERE u.organization_id = $1 AND u.id = $2::uuid`

const listUploads = `SELECT ${columns} FROM csv_upload u
  WHERE u.organization_id = $1 AND ($2::uuid IS NULL OR u.id < $2::uuid) ORDER BY u.id DESC LIMIT $3::int4`

const listSame = `SELECT ${columns} FROM csv_upload u WHERE u.organization_id = $1 AND u.sha256 = $4
  AND ($2::uuid IS NULL OR u.id < $2::uuid) ORDER BY u.id DESC LIMIT $3::int4`

const promisedBytes = `SELECT coalesce(sum(size), 0)::float8 AS bytes FROM csv_upload WHERE organization_id = $1 AND is_kept`

const isIdle = "(task_state IS NULL OR task_state IN ('ended', 'failed', 'stopped'))"

/** Of two that append at once one waits for the other's row, looks again, and finds that the end is elsewhere. */
const appendPart = `
  WITH grown AS (
    UPDATE csv_upload SET received = received + $4::float8, used_at = ${time("$6")}
    WHERE organization_id = $1 AND id = $2::uuid AND received = $3::float8 AND received + $4::float8 <= size AND is_kept
    RETURNING id
  ) INSERT INTO csv_upload_part (organization_id, upload_id, position, bytes)
  SELECT $1::uuid, id, $3::float8, $5::bytea FROM grown RETURNING 1 AS taken`

const readPart = `SELECT bytes FROM csv_upload_part
  WHERE organization_id = $1 AND upload_id = $2::uuid AND position = $3::float8::bigint`

const removeUpload = `
  WITH gone AS (
    DELETE FROM csv_upload WHERE organization_id = $1 AND id = $2::uuid AND ${isIdle} RETURNING id, task_id
  ), untold AS (
    DELETE FROM csv_report_row r USING gone WHERE r.organization_id = $1 AND r.report_id = gone.task_id
  ) SELECT 1 AS gone FROM gone`

// The last task is looked up apart: what the update returns is the new one.
const startTask = `
  WITH last AS (
    SELECT task_id FROM csv_upload
    WHERE organization_id = $1 AND id = $2::uuid AND received = size AND is_kept AND ${isIdle} FOR UPDATE
  ), started AS (
    UPDATE csv_upload SET task_id = $3::uuid, task_kind = $4, task_state = 'waiting', task_wish = $5, task_progress = $6,
      task_error = NULL, is_stopping = false, task_started_at = ${time("$7")}, task_ended_at = NULL, used_at = ${time("$7")},
      claim_token = NULL, claimed_until = NULL
    FROM last WHERE organization_id = $1 AND id = $2::uuid RETURNING 1
  ), untold AS (
    DELETE FROM csv_report_row r USING last WHERE r.organization_id = $1 AND r.report_id = last.task_id
  ) SELECT 1 AS started FROM started`

const isFree = (now: string) => `task_state IN ('waiting', 'running')
  AND (claimed_until IS NULL OR claimed_until <= ${time(now)})`

const openTasks = `SELECT organization_id::text AS organization, id::text AS upload FROM csv_upload
  WHERE ${isFree("$1")} ORDER BY task_started_at`

const claimTask = `UPDATE csv_upload u SET claim_token = $3::uuid, claimed_until = ${time("$5")}, task_state = 'running'
  WHERE organization_id = $1 AND id = $2::uuid AND ${isFree("$4")} RETURNING ${columns}`

const isMine = "organization_id = $1 AND id = $2::uuid AND claim_token = $3::uuid"

const holdTask = `UPDATE csv_upload SET claimed_until = ${time("$4")}, task_progress = $5, used_at = ${time("$6")}
  WHERE ${isMine} RETURNING is_stopping`

const stopTask = `UPDATE csv_upload SET is_stopping = true
  WHERE organization_id = $1 AND id = $2::uuid AND task_state IN ('waiting', 'running') RETURNING 1 AS asked`

const releaseTask = `UPDATE csv_upload SET claim_token = NULL, claimed_until = ${time("$4")}, task_progress = $5
  WHERE ${isMine}`

const endTask = `
  WITH ended AS (
    UPDATE csv_upload SET claim_token = NULL, claimed_until = NULL, task_state = $4, task_progress = $5, task_error = $6,
      task_ended_at = ${time("$7")}, used_at = ${time("$7")}, is_kept = NOT (task_kind = 'run' AND $4 = 'ended')
    WHERE ${isMine} RETURNING id, is_kept
  ) DELETE FROM csv_upload_part p USING ended
  WHERE p.organization_id = $1 AND p.upload_id = ended.id AND NOT ended.is_kept`

const tellRows = `
  INSERT INTO csv_report_row (organization_id, report_id, line, rejected, told)
  SELECT $1::uuid, u.task_id, row.line, row.rejected, row.told
  FROM csv_upload u, unnest($4::float8[], $5::bool[], $6::text[]) AS row (line, rejected, told)
  WHERE u.organization_id = $1 AND u.id = $2::uuid AND u.claim_token = $3::uuid ON CONFLICT DO NOTHING`

const untellRows = `DELETE FROM csv_report_row r USING csv_upload u
  WHERE u.organization_id = $1 AND u.id = $2::uuid AND u.claim_token = $3::uuid
    AND r.organization_id = $1 AND r.report_id = u.task_id`

const readReport = `SELECT line::float8 AS line, rejected, told FROM csv_report_row
  WHERE organization_id = $1 AND report_id = $2::uuid AND line > $3::float8::bigint AND (rejected OR NOT $4::bool)
  ORDER BY line LIMIT $5::int4`

const forgetFiles = `
  WITH old AS (
    SELECT id FROM csv_upload
    WHERE organization_id = $1 AND used_at < ${time("$2")} AND is_kept AND ${isIdle}
    ORDER BY used_at LIMIT $3::int4 FOR UPDATE SKIP LOCKED
  ), parts AS (
    DELETE FROM csv_upload_part p USING old WHERE p.organization_id = $1 AND p.upload_id = old.id
  ) UPDATE csv_upload u SET is_kept = false FROM old WHERE u.organization_id = $1 AND u.id = old.id RETURNING 1 AS gone`

const forgetRows = `
  DELETE FROM csv_report_row r USING (
    SELECT r.report_id, r.line FROM csv_upload u JOIN csv_report_row r
      ON r.organization_id = u.organization_id AND r.report_id = u.task_id
    WHERE u.organization_id = $1 AND u.used_at < ${time("$2")} AND ${isIdle} LIMIT $3::int4
  ) AS old WHERE r.organization_id = $1 AND r.report_id = old.report_id AND r.line = old.line RETURNING 1 AS gone`

const forgetUploads = `
  DELETE FROM csv_upload u USING (
    SELECT id FROM csv_upload u WHERE organization_id = $1 AND used_at < ${time("$2")} AND ${isIdle}
      AND NOT EXISTS (SELECT FROM csv_report_row r WHERE r.organization_id = $1 AND r.report_id = u.task_id)
    LIMIT $3::int4 FOR UPDATE SKIP LOCKED
  ) AS old WHERE u.organization_id = $1 AND u.id = old.id RETURNING 1 AS gone`

const Row = Schema.Struct({
  id: ImportUploadId,
  name: Schema.String,
  size: Schema.Int,
  received: Schema.Int,
  sha256: Schema.NullOr(Schema.String),
  uploaded_by: Schema.String,
  is_kept: Schema.Boolean,
  created_at: Schema.Number,
  used_at: Schema.Number,
  task_id: Schema.NullOr(Schema.String),
  task_kind: Schema.NullOr(TaskKind),
  task_state: Schema.NullOr(TaskState),
  task_wish: Schema.NullOr(Schema.fromJsonString(TaskWish)),
  task_progress: Schema.NullOr(Schema.fromJsonString(TaskProgress)),
  task_error: Schema.NullOr(Schema.String),
  is_stopping: Schema.Boolean,
  task_started_at: Schema.NullOr(Schema.Number),
  task_ended_at: Schema.NullOr(Schema.Number)
})
const decodeUploads = Schema.decodeUnknownEffect(Schema.Array(Row))
const decodeWork = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ organization: OrganizationId, upload: ImportUploadId }))
)
const decodeHold = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ is_stopping: Schema.Boolean })))
const decodeBytes = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ bytes: Schema.Finite })]))
const decodeParts = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ bytes: Schema.Uint8Array })))
const decodeRows = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ line: Schema.Int, rejected: Schema.Boolean, told: Schema.String }))
)

const toUpload = (row: typeof Row.Type): ImportUpload => ({
  id: row.id,
  name: row.name,
  size: row.size,
  received: row.received,
  sha256: row.sha256 ?? undefined,
  by: row.uploaded_by,
  isKept: row.is_kept,
  createdAt: Math.round(row.created_at),
  usedAt: Math.round(row.used_at),
  task:
    row.task_id === null || row.task_kind === null || row.task_state === null || row.task_wish === null
      ? undefined
      : {
          id: row.task_id,
          kind: row.task_kind,
          state: row.task_state,
          wish: row.task_wish,
          progress: row.task_progress ?? noProgress,
          isStopping: row.is_stopping,
          error: row.task_error ?? undefined,
          startedAt: Math.round(row.task_started_at ?? 0),
          endedAt: row.task_ended_at === null ? undefined : Math.round(row.task_ended_at)
        }
})

const uploadsIn = (rows: unknown) => Effect.map(Effect.orDie(decodeUploads(rows)), (decoded) => decoded.map(toUpload))

const keyOf = ({ organization, token, upload }: TaskClaim) => [organization, upload, token]

/** Files to import in PostgreSQL, a server's or the embedded one: in parts of a table of their own. */
export const layer: Layer.Layer<ImportUploads, never, ReadSql | WriteSql> = Layer.effect(
  ImportUploads,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql

    const write = (operation: string, text: string, params: ReadonlyArray<unknown>) =>
      storeFailures(operation, writing.unsafe(text, params))
    const read = (operation: string, text: string, params: ReadonlyArray<unknown>) =>
      storeFailures(operation, reading.unsafe(text, params))
    const isDone = (rows: ReadonlyArray<unknown>) => rows.length > 0

    return ImportUploads.of({
      begin: Effect.fnUntraced(function* (organization, { by, id, name, sha256, size }) {
        const now = yield* Clock.currentTimeMillis
        const rows = yield* write("begin upload", insertUpload, [organization, id, name, size, by, now, sha256 ?? null])
        const [upload] = yield* uploadsIn(rows)
        return upload ?? (yield* Effect.die(new Error("A file that was begun is not there")))
      }),
      find: (organization, id) =>
        read("find upload", findUpload, [organization, id]).pipe(
          Effect.flatMap(uploadsIn),
          Effect.map(([upload]) => upload)
        ),
      list: (organization, { before, limit, sha256 }) => {
        const page = [organization, before ?? null, limit]
        const rows =
          sha256 === undefined
            ? read("list uploads", listUploads, page)
            : read("find uploads", listSame, [...page, sha256])
        return Effect.flatMap(rows, uploadsIn)
      },
      promised: (organization) =>
        read("count uploads", promisedBytes, [organization]).pipe(
          Effect.flatMap((rows) => Effect.orDie(decodeBytes(rows))),
          Effect.map(([{ bytes }]) => bytes)
        ),
      append: Effect.fnUntraced(function* (organization, id, { bytes, offset }) {
        const now = yield* Clock.currentTimeMillis
        return isDone(yield* write("append part", appendPart, [organization, id, offset, bytes.length, bytes, now]))
      }),
      part: (organization, id, offset) =>
        read("read part", readPart, [organization, id, offset]).pipe(
          Effect.flatMap((rows) => Effect.orDie(decodeParts(rows))),
          Effect.map(([part]) => part?.bytes)
        ),
      remove: (organization, id) => Effect.map(write("remove upload", removeUpload, [organization, id]), isDone),
      start: Effect.fnUntraced(function* (organization, id, { id: task, kind, wish }) {
        const now = yield* Clock.currentTimeMillis
        const texts = [JSON.stringify(wish), JSON.stringify(noProgress)]
        return isDone(yield* write("start task", startTask, [organization, id, task, kind, ...texts, now]))
      }),
      stop: (organization, id) => Effect.map(write("stop task", stopTask, [organization, id]), isDone),
      work: Effect.gen(function* () {
        const rows = yield* read("find tasks", openTasks, [yield* Clock.currentTimeMillis])
        return yield* Effect.orDie(decodeWork(rows))
      }),
      claim: Effect.fnUntraced(function* (claim, lease) {
        const now = yield* Clock.currentTimeMillis
        const rows = yield* write("claim task", claimTask, [...keyOf(claim), now, now + lease])
        return (yield* uploadsIn(rows))[0]
      }),
      hold: Effect.fnUntraced(function* (claim, lease, progress) {
        const now = yield* Clock.currentTimeMillis
        const params = [...keyOf(claim), now + lease, JSON.stringify(progress), now]
        const [row] = yield* Effect.orDie(decodeHold(yield* write("hold task", holdTask, params)))
        return row === undefined ? "lost" : row.is_stopping ? "stopping" : "held"
      }),
      release: Effect.fnUntraced(function* (claim, pause, progress) {
        const now = yield* Clock.currentTimeMillis
        yield* write("release task", releaseTask, [...keyOf(claim), now + pause, JSON.stringify(progress)])
      }),
      end: Effect.fnUntraced(function* (claim, { error, progress, state }) {
        const now = yield* Clock.currentTimeMillis
        yield* write("end task", endTask, [...keyOf(claim), state, JSON.stringify(progress), error ?? null, now])
      }),
      tell: (claim, rows) =>
        Effect.asVoid(
          write("tell rows", tellRows, [
            ...keyOf(claim),
            doubles(rows.map(({ line }) => line)),
            booleans(rows.map(({ rejected }) => rejected)),
            texts(rows.map(({ text }) => text))
          ])
        ),
      untell: (claim) => Effect.asVoid(write("forget rows", untellRows, keyOf(claim))),
      report: (organization, task, { after, limit, onlyRejected }) =>
        read("read report", readReport, [organization, task, after, onlyRejected, limit]).pipe(
          Effect.flatMap((rows) => Effect.orDie(decodeRows(rows))),
          Effect.map((rows) => rows.map(({ line, rejected, told }) => ({ line, rejected, text: told })))
        ),
      forgetFiles: (organization, before, limit) =>
        Effect.map(write("forget files", forgetFiles, [organization, before, limit]), (rows) => rows.length),
      forgetReports: Effect.fnUntraced(function* (organization, before, limit) {
        const rows = yield* write("forget reports", forgetRows, [organization, before, limit])
        if (rows.length > 0) return rows.length
        return (yield* write("forget uploads", forgetUploads, [organization, before, limit])).length
      })
    })
  })
)
