import { ImportKind, type ImportRecord } from "@rollcall/domain/csv/ImportRecord"
import { ImportId } from "@rollcall/domain/csv/ImportStep"
import { Imports } from "@rollcall/domain/csv/Imports"
import { Clock, Effect, Layer, Schema } from "effect"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const columns = `id::text AS id, kind, name, fingerprint, begun_by, line::float8 AS line, created::float8 AS created,
  updated::float8 AS updated, unchanged::float8 AS unchanged, rejected::float8 AS rejected,
  (extract(epoch FROM started_at) * 1000)::float8 AS started_at,
  (extract(epoch FROM updated_at) * 1000)::float8 AS updated_at,
  (extract(epoch FROM finished_at) * 1000)::float8 AS finished_at`

/** Of two that begin the same at once, the second finds what the first has made: the index lets only one stand. */
const insertImport = `
  INSERT INTO csv_import (organization_id, id, kind, name, fingerprint, begun_by, started_at, updated_at)
  VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), to_timestamp($7::float8 / 1000))
  ON CONFLICT (organization_id, kind, fingerprint) WHERE finished_at IS NULL AND fingerprint IS NOT NULL
    DO UPDATE SET updated_at = csv_import.updated_at
  RETURNING ${columns}`

const finishImport = `
  UPDATE csv_import SET updated_at = to_timestamp($3::float8 / 1000), finished_at = to_timestamp($3::float8 / 1000)
  WHERE organization_id = $1 AND id = $2::uuid AND finished_at IS NULL`

const findImport = `SELECT ${columns} FROM csv_import WHERE organization_id = $1 AND id = $2::uuid`

const listImports = `SELECT ${columns} FROM csv_import
  WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2::uuid) ORDER BY id DESC LIMIT $3::int4`

const findRejects = `SELECT line::float8 AS line, detail FROM csv_import_reject
  WHERE organization_id = $1 AND import_id = $2::uuid AND line > $3::float8 AND line <= $4::float8 ORDER BY line`

const decodeRejects = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ line: Schema.Int, detail: Schema.String }))
)

const decodeRows = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: ImportId,
      kind: ImportKind,
      name: Schema.String,
      fingerprint: Schema.NullOr(Schema.String),
      begun_by: Schema.String,
      line: Schema.Int,
      created: Schema.Int,
      updated: Schema.Int,
      unchanged: Schema.Int,
      rejected: Schema.Int,
      started_at: Schema.Number,
      updated_at: Schema.Number,
      finished_at: Schema.NullOr(Schema.Number)
    })
  )
)

/** Imports in PostgreSQL; the line that each has reached is written by the directory, with its rows. */
export const layer: Layer.Layer<Imports, never, ReadSql | WriteSql> = Layer.effect(
  Imports,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql

    const records = (rows: unknown) =>
      Effect.map(Effect.orDie(decodeRows(rows)), (decoded) =>
        decoded.map(
          (row): ImportRecord => ({
            id: row.id,
            kind: row.kind,
            name: row.name,
            fingerprint: row.fingerprint ?? undefined,
            by: row.begun_by,
            line: row.line,
            counts: { created: row.created, updated: row.updated, unchanged: row.unchanged, rejected: row.rejected },
            startedAt: Math.round(row.started_at),
            updatedAt: Math.round(row.updated_at),
            finishedAt: row.finished_at === null ? undefined : Math.round(row.finished_at)
          })
        )
      )

    return Imports.of({
      begin: Effect.fnUntraced(function* (organization, { by, fingerprint, id, kind, name }) {
        const now = yield* Clock.currentTimeMillis
        const rows = yield* storeFailures(
          "begin import",
          writing.unsafe(insertImport, [organization, id, kind, name, fingerprint ?? null, by, now])
        )
        const [record] = yield* records(rows)
        return record ?? (yield* Effect.die(new Error("An import that was begun is not there")))
      }),
      finish: (organization, id) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.asVoid(storeFailures("finish import", writing.unsafe(finishImport, [organization, id, now])))
        ),
      find: (organization, id) =>
        storeFailures("find import", reading.unsafe(findImport, [organization, id])).pipe(
          Effect.flatMap(records),
          Effect.map(([record]) => record)
        ),
      rejects: (organization, id, { after, until }) =>
        Effect.flatMap(
          storeFailures("read rejects", reading.unsafe(findRejects, [organization, id, after, until])),
          (rows) => Effect.orDie(decodeRejects(rows))
        ),
      list: (organization, { before, limit }) =>
        Effect.flatMap(
          storeFailures("list imports", reading.unsafe(listImports, [organization, before ?? null, limit])),
          records
        )
    })
  })
)
