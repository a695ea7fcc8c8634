import { Outcome } from "@rollcall/domain/log/LogEntry"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

/** What a request came to. */
export const OutcomeName = Outcome.annotate({ identifier: "Outcome" })

const Subject = Schema.Struct({
  type: Schema.Literals(["User", "Group", "GroupType", "Organization", "ReviewWindow", "AccessKey"]),
  id: Schema.String,
  name: Schema.NullOr(Schema.String)
})

const summary = {
  caseCode: Schema.String,
  at: Moment,
  outcome: OutcomeName,
  status: Schema.Int.annotate({ description: "The HTTP status that was answered" }),
  request: Schema.String.annotate({ description: "The request line, without the query" }),
  client: Schema.String.annotate({ description: "What the client calls itself" }),
  key: Schema.Struct({ id: Schema.String, label: Schema.String }),
  via: Schema.Literals(["scim", "csv", "hand"]),
  subject: Schema.NullOr(Subject).annotate({ description: "Whom or what it was about" }),
  error: Schema.NullOr(Schema.String)
}

/** An entry in a list. */
export const LogLine = Schema.Struct(summary).annotate({ identifier: "LogLine" })

/** An entry in full, with its telling for support people. */
export const LogDetail = Schema.Struct({
  ...summary,
  requestId: Schema.String,
  milliseconds: Schema.Finite.annotate({ description: "From the receipt of the request to the decision" }),
  changes: Schema.Array(
    Schema.Struct({ attribute: Schema.String, before: Schema.NullOr(Schema.Json), after: Schema.NullOr(Schema.Json) })
  ),
  notes: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(["tolerated", "ignored", "told"]),
      attribute: Schema.NullOr(Schema.String),
      text: Schema.String
    })
  ),
  matched: Schema.Array(
    Schema.Struct({
      attribute: Schema.String,
      reference: Schema.String,
      rule: Schema.NullOr(Schema.String),
      user: Schema.NullOr(Schema.String)
    })
  ),
  cause: Schema.NullOr(Schema.String).annotate({ description: "The case of the write that brought this about" }),
  headline: Schema.String,
  sentences: Schema.Array(Schema.String)
}).annotate({ identifier: "LogDetail" })

const conditions = {
  subject: Schema.optionalKey(Line).annotate({
    description: "The id of a person, a group, or whatever else it is about"
  }),
  person: Schema.optionalKey(Line).annotate({
    description:
      "Whom it is about: a SCIM ID, User ID, e-mail or employee number; a 404 where that names nobody, or several. In place of subject"
  }),
  outcome: Schema.optionalKey(OutcomeName),
  from: Schema.optionalKey(Moment),
  to: Schema.optionalKey(Moment).annotate({ description: "The first moment that does not count any more" }),
  text: Schema.optionalKey(Line).annotate({
    description: "A text anywhere in the entry; A to Z without regard to case"
  }),
  key: Schema.optionalKey(Line).annotate({ description: "The id of the token or key it came with" })
}

/** The provisioning log (R-LOG-1, R-LOG-2, R-LOG-3). */
export class LogApi extends HttpApiGroup.make("log")
  .add(
    HttpApiEndpoint.get("search", "/", {
      query: { ...conditions, ...pageQuery },
      success: pageOf(LogLine),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(
        OpenApi.Summary,
        "Search the log, the newest first; a page may have fewer entries than asked for and not be the last"
      ),
    HttpApiEndpoint.get("exportCsv", "/export/csv", {
      query: conditions,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/csv" }),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Export what a search finds as CSV; cells that a spreadsheet would run are quoted"),
    HttpApiEndpoint.get("exportJson", "/export/jsonl", {
      query: conditions,
      success: HttpApiSchema.StreamNdjson({ schema: LogDetail, contentType: "application/x-ndjson" }),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Export what a search finds, an entry in full a line of JSON"),
    HttpApiEndpoint.get("show", "/entries/:case", { params: { case: Line }, success: LogDetail, error: problems })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Open the entry of a case code, such as K7Q2M9, in full and told in sentences")
  )
  .prefix("/log")
  .annotate(OpenApi.Description, "What was asked of this organisation, by whom, and what came of it.") {}
