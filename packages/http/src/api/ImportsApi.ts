import { ImportKind } from "@rollcall/domain/csv/ImportRecord"
import { ImportCounts } from "@rollcall/domain/csv/ImportStep"
import { TaskKind, TaskState } from "@rollcall/domain/csv/ImportUpload"
import { uploadLimits } from "@rollcall/domain/csv/UploadedImports"
import { MatchingRule } from "@rollcall/domain/user/MatchingRule"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

/** An import that was begun, wherever: here, or by the command line (R-CSV-4). */
export const Import = Schema.Struct({
  id: Schema.String,
  kind: ImportKind,
  name: Schema.String.annotate({ description: "The name of the file" }),
  by: Schema.String.annotate({ description: "Who began it" }),
  line: Schema.Int.annotate({ description: "The last line whose row is done, with all before it" }),
  counts: ImportCounts,
  startedAt: Moment,
  updatedAt: Moment,
  finishedAt: Schema.NullOr(Moment).annotate({ description: "null as long as the end of the file was not reached" })
}).annotate({ identifier: "Import" })

const Task = Schema.Struct({
  kind: TaskKind,
  state: TaskState,
  createGroups: Schema.Boolean,
  invite: Schema.Boolean,
  import: Schema.NullOr(Schema.String).annotate({ description: "The id of the import, once it was begun" }),
  columns: Schema.NullOr(Schema.Array(Schema.String)),
  ignoredColumns: Schema.Array(Schema.Struct({ name: Schema.String, meant: Schema.NullOr(Schema.String) })),
  resumedAfter: Schema.Int.annotate({ description: "Up to this line an earlier import of the same file had come" }),
  before: ImportCounts.annotate({ description: "What the rows of that one came to" }),
  counts: ImportCounts.annotate({ description: "What the rows behind it came to" }),
  line: Schema.Int,
  error: Schema.NullOr(Schema.String).annotate({ description: "Why it failed, and what to do" }),
  startedAt: Moment,
  endedAt: Schema.NullOr(Moment)
}).annotate({ identifier: "ImportTask" })

/** A file that was sent, and what is or was last done with it. */
export const ImportFile = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  size: Schema.Int,
  received: Schema.Int.annotate({ description: "So many bytes are here: the next part begins there" }),
  sha256: Schema.NullOr(Schema.String).annotate({ description: "What it was announced to be, or null" }),
  by: Schema.String,
  kept: Schema.Boolean.annotate({
    description: "Whether the bytes are kept: until the file was imported, and no longer than a day unused"
  }),
  createdAt: Moment,
  task: Schema.NullOr(Task)
}).annotate({ identifier: "ImportFile" })

/** What a row came to, or would come to. */
export const ImportedRow = Schema.Struct({
  line: Schema.Int,
  outcome: Schema.Literals(["created", "revived", "updated", "unchanged", "rejected"]),
  user: Schema.NullOr(
    Schema.Struct({
      id: Schema.NullOr(Schema.String),
      userId: Schema.NullOr(Schema.Int),
      userName: Schema.String
    })
  ),
  rule: Schema.NullOr(MatchingRule),
  changes: Schema.Array(
    Schema.Struct({
      attribute: Schema.String,
      before: Schema.optionalKey(Schema.Json),
      after: Schema.optionalKey(Schema.Json)
    })
  ),
  notes: Schema.Array(Schema.String),
  error: Schema.NullOr(
    Schema.Struct({
      column: Schema.NullOr(Schema.String),
      detail: Schema.String,
      caseCode: Schema.NullOr(Schema.String)
    })
  ),
  cells: Schema.Array(Schema.String).annotate({ description: "Of a rejected row the cells as the file has them" })
}).annotate({ identifier: "ImportedRow" })

/** By what a file is found again. */
const Sha256 = Schema.String.check(
  Schema.makeFilter((text: string) => /^[0-9a-f]{64}$/.test(text), {
    message: "must be a SHA-256 of 64 hexadecimal digits in lower case"
  })
)

/** What files may have in the organisation of the key. */
export const ImportColumns = Schema.Struct({
  subdomain: Schema.String.annotate({ description: "The organisation that the key is of" }),
  columns: Schema.Array(Schema.String).annotate({ description: "A custom_… that is not among them is made by a file" })
}).annotate({ identifier: "ImportColumns" })

const Options = Schema.Struct({
  createGroups: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Make the groups that rows name and that are missing"
  }),
  invite: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Send the welcome e-mail to those who start by this import"
  }),
  resume: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Go on with an import of the same file that was ended before its end; true if it is not said"
  })
})

/** It stands in the log and in the names of downloads. */
const FileName = Schema.String.check(
  Schema.isMinLength(1),
  Schema.isMaxLength(255),
  Schema.makeFilter((text: string) => text.isWellFormed() && !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(text), {
    message: "must be the name of a file, without control characters"
  })
)

const id = { id: Line }
const Bytes = Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array())
const scopes = ["import"] as const
const started = ImportFile.pipe(HttpApiSchema.status(202))

/** Bulk import of people from CSV files that are sent here (R-CSV, R-ORG-7). */
export class ImportsApi extends HttpApiGroup.make("imports")
  .add(
    HttpApiEndpoint.get("list", "/imports", { query: pageQuery, success: pageOf(Import), error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "List the imports, the latest first"),
    HttpApiEndpoint.get("show", "/imports/:id", { params: id, success: Import, error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Show how far an import has come"),
    HttpApiEndpoint.get("columns", "/import-columns", { success: ImportColumns, error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Name the columns that a file may have, and the organisation that it goes into"),
    HttpApiEndpoint.get("listFiles", "/import-files", {
      query: {
        ...pageQuery,
        sha256: Schema.optionalKey(Sha256).annotate({ description: "Only files that were announced to be these bytes" })
      },
      success: pageOf(ImportFile),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "List the files that were sent, the latest first"),
    HttpApiEndpoint.post("beginFile", "/import-files", {
      payload: Schema.Struct({
        name: FileName,
        size: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({
          description: `Bytes of the file, ${uploadLimits.file} at most`
        }),
        sha256: Schema.optionalKey(Sha256).annotate({
          description: "The SHA-256 of its bytes: the file is found by it again, and refused where other bytes came"
        })
      }),
      success: ImportFile.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Begin to send a file"),
    HttpApiEndpoint.get("showFile", "/import-files/:id", { params: id, success: ImportFile, error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Show how much of a file is here, and what is done with it"),
    HttpApiEndpoint.put("sendPart", "/import-files/:id/parts/:offset", {
      params: { ...id, offset: Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0)) },
      payload: Bytes,
      success: ImportFile,
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Send the part of a file that begins at an offset")
      .annotate(
        OpenApi.Description,
        `Parts come one behind the other, ${uploadLimits.smallestPart} bytes to 1 MiB each; only the last may be smaller. ` +
          "A part that is here already is not taken again: after a lost answer send it once more, or go on at `received`."
      ),
    HttpApiEndpoint.delete("removeFile", "/import-files/:id", { params: id, error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Remove a file with its report; what was imported stays"),
    HttpApiEndpoint.post("preview", "/import-files/:id/preview", {
      params: id,
      payload: Options,
      success: started,
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Tell what would happen to each row, and store nothing of it"),
    HttpApiEndpoint.post("run", "/import-files/:id/run", {
      params: id,
      payload: Options,
      success: started,
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Import a file")
      .annotate(
        OpenApi.Description,
        "It goes on whether anybody looks or not, on another server where one is lost. A row that cannot go in stays out alone."
      ),
    HttpApiEndpoint.post("stop", "/import-files/:id/stop", { params: id, success: started, error: problems })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Stop what is done with a file after the rows on their way")
      .annotate(
        OpenApi.Description,
        "What went in stays; progress tells when it has stopped. Run the file again to go on behind the last row."
      ),
    HttpApiEndpoint.get("progress", "/import-files/:id/progress", {
      params: id,
      success: HttpApiSchema.StreamSse({ data: ImportFile }),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "Follow what is done with a file, as server-sent events, to its end"),
    HttpApiEndpoint.get("reportCsv", "/import-files/:id/report/csv", {
      params: id,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/csv" }),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "What each row came to, as CSV; cells that a spreadsheet would run are quoted"),
    HttpApiEndpoint.get("reportJson", "/import-files/:id/report/jsonl", {
      params: id,
      query: {
        after: Schema.optionalKey(
          Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0)).annotate({
            description: "Only rows behind this line"
          })
        )
      },
      success: HttpApiSchema.StreamNdjson({ schema: ImportedRow, maxElementBytes: "32 MiB" }),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "What each row came to, a row a line of JSON"),
    HttpApiEndpoint.get("rejectsCsv", "/import-files/:id/rejects/csv", {
      params: id,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/csv" }),
      error: problems
    })
      .annotate(OpenTo, scopes)
      .annotate(OpenApi.Summary, "The rows that stayed out, with what was wrong: correct them and import that file")
  )
  .annotate(OpenApi.Description, "People from CSV files: looked at before, imported, and told row by row.") {}
