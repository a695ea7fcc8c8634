import { columnsOf } from "@rollcall/domain/csv/DirectoryExport"
import type { ImportRecord } from "@rollcall/domain/csv/ImportRecord"
import { reportHeader, reportRow } from "@rollcall/domain/csv/ImportReport"
import { ImportId } from "@rollcall/domain/csv/ImportStep"
import { Imports } from "@rollcall/domain/csv/Imports"
import { type ImportUpload, ImportUploadId, type TaskKind } from "@rollcall/domain/csv/ImportUpload"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { UploadedImports } from "@rollcall/domain/csv/UploadedImports"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { badRequest, ScimError } from "@rollcall/domain/scim/ScimError"
import { Effect, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import type { Import, ImportedRow, ImportFile } from "../api/ImportsApi.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const importOf = (record: ImportRecord): typeof Import.Type => ({
  id: record.id,
  kind: record.kind,
  name: record.name,
  by: record.by,
  line: record.line,
  counts: record.counts,
  startedAt: record.startedAt,
  updatedAt: record.updatedAt,
  finishedAt: record.finishedAt ?? null
})

const taskOf = ({ endedAt, error, kind, progress, startedAt, state, wish }: NonNullable<ImportUpload["task"]>) => {
  const { fingerprint: _, ...told } = progress
  const { createGroups, invite } = wish
  return { kind, state, createGroups, invite, ...told, error: error ?? null, startedAt, endedAt: endedAt ?? null }
}

const fileOf = (upload: ImportUpload): typeof ImportFile.Type => ({
  id: upload.id,
  name: upload.name,
  size: upload.size,
  received: upload.received,
  sha256: upload.sha256 ?? null,
  by: upload.by,
  kept: upload.isKept,
  createdAt: upload.createdAt,
  task: upload.task === undefined ? null : taskOf(upload.task)
})

const rowOf = ({ changes, error, rule, user, ...row }: RowOutcome): typeof ImportedRow.Type => ({
  line: row.line,
  outcome: row.outcome,
  user: user === undefined ? null : { id: user.id ?? null, userId: user.userId ?? null, userName: user.userName },
  rule: rule ?? null,
  changes: changes.map(({ after, attribute, before }) => ({
    attribute,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after })
  })),
  notes: row.notes,
  error:
    error === undefined
      ? null
      : { column: error.column ?? null, detail: error.detail, caseCode: error.caseCode ?? null },
  cells: row.cells
})

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** Where a page goes on: the id of the last on the page before. */
const readAfter = (after: string | undefined) =>
  after === undefined || isUuid(after)
    ? Effect.succeed(after)
    : Effect.fail(
        badRequest("invalidCursor", "This after is no next of a page of this list. Begin from the first page.")
      )

/** A page of what is listed by id, one more of which was asked for than it has. */
const pageIn = <A extends { readonly id: string }, B>(found: ReadonlyArray<A>, limit: number, view: (one: A) => B) => ({
  items: found.slice(0, limit).map(view),
  next: found.length > limit ? (found[limit - 1]?.id ?? null) : null
})

const encoder = new TextEncoder()

// The head of the answer is sent by then: storage that fails in the middle breaks the transfer off.
const download = <E>(text: Stream.Stream<string, E>) => Stream.orDie(Stream.map(text, (row) => encoder.encode(row)))

/** Imports of files through the Public API; the columns are those of the attributes that this server has. */
export const importsHandlers = (types: ResourceTypes) =>
  HttpApiBuilder.group(
    PublicApi,
    "imports",
    Effect.fnUntraced(function* (handlers) {
      const files = yield* UploadedImports
      const imports = yield* Imports
      const organizations = yield* Organizations
      const start = (kind: TaskKind) =>
        Effect.fnUntraced(function* ({
          params,
          payload: { createGroups = false, invite = false, resume = true }
        }: {
          readonly params: { readonly id: string }
          readonly payload: { readonly createGroups?: boolean; readonly invite?: boolean; readonly resume?: boolean }
        }) {
          const { caller } = yield* ApiCaller
          return fileOf(yield* orProblem(files.start(caller, params.id, { kind, createGroups, invite, resume })))
        })
      return handlers.handleAll({
        list: Effect.fnUntraced(function* ({ query: { after, limit = defaultPageLimit } }) {
          const { caller } = yield* ApiCaller
          const place = yield* orProblem(readAfter(after))
          const before = place === undefined ? undefined : ImportId.make(place)
          const found = yield* orProblem(imports.list(caller.organization.id, { before, limit: limit + 1 }))
          return pageIn(found, limit, importOf)
        }),
        show: Effect.fnUntraced(function* ({ params }) {
          const { caller } = yield* ApiCaller
          const found = isUuid(params.id)
            ? yield* orProblem(imports.find(caller.organization.id, ImportId.make(params.id.toLowerCase())))
            : undefined
          return found === undefined ? yield* orProblem(Effect.fail(noImport(params.id))) : importOf(found)
        }),
        listFiles: Effect.fnUntraced(function* ({ query: { after, limit = defaultPageLimit, sha256 } }) {
          const { caller } = yield* ApiCaller
          const place = yield* orProblem(readAfter(after))
          const before = place === undefined ? undefined : ImportUploadId.make(place)
          return pageIn(yield* orProblem(files.list(caller, { before, sha256, limit: limit + 1 })), limit, fileOf)
        }),
        columns: Effect.fnUntraced(function* () {
          const { caller } = yield* ApiCaller
          const { subdomain } = caller.organization
          // Looked up anew: who asks may be known from a moment ago, before the last import added columns.
          const found = yield* orProblem(organizations.findBySubdomain(subdomain))
          const { customAttributes } = found ?? caller.organization
          return { subdomain, columns: columnsOf(types, customAttributes).map(({ name }) => name) }
        }),
        beginFile: ({ payload: { name, sha256, size } }) =>
          Effect.flatMap(ApiCaller, ({ caller }) =>
            Effect.map(orProblem(files.begin(caller, { name, size, sha256 })), fileOf)
          ),
        showFile: ({ params }) =>
          Effect.flatMap(ApiCaller, ({ caller }) => Effect.map(orProblem(files.show(caller, params.id)), fileOf)),
        sendPart: ({ params, payload }) =>
          Effect.flatMap(ApiCaller, ({ caller }) =>
            Effect.map(orProblem(files.append(caller, params.id, params.offset, payload)), fileOf)
          ),
        removeFile: ({ params }) =>
          Effect.flatMap(ApiCaller, ({ caller }) => orProblem(files.remove(caller, params.id))),
        preview: start("preview"),
        run: start("run"),
        stop: ({ params }) =>
          Effect.flatMap(ApiCaller, ({ caller }) => Effect.map(orProblem(files.stop(caller, params.id)), fileOf)),
        progress: Effect.fnUntraced(function* ({ params }) {
          const { caller } = yield* ApiCaller
          const told = yield* orProblem(files.follow(caller, params.id))
          return Stream.orDie(Stream.map(told, fileOf))
        }),
        reportCsv: Effect.fnUntraced(function* ({ params }) {
          const { caller } = yield* ApiCaller
          const rows = yield* orProblem(files.report(caller, params.id, 0))
          return download(Stream.concat(Stream.make(reportHeader), Stream.map(rows, reportRow)))
        }),
        reportJson: Effect.fnUntraced(function* ({ params, query: { after = 0 } }) {
          const { caller } = yield* ApiCaller
          return Stream.orDie(Stream.map(yield* orProblem(files.report(caller, params.id, after)), rowOf))
        }),
        rejectsCsv: Effect.fnUntraced(function* ({ params }) {
          const { caller } = yield* ApiCaller
          return download(yield* orProblem(files.rejects(caller, params.id)))
        })
      })
    })
  )

const noImport = (id: string) =>
  new ScimError({ status: 404, detail: `There is no import ${id.slice(0, 100)}. See the list of imports.` })
