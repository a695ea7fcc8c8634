import { MailState } from "@rollcall/domain/mail/OutboxMail"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

const fields = {
  key: Schema.String,
  user: Schema.String.annotate({ description: "The SCIM ID of the person" }),
  occasion: Schema.Literals(["welcome", "startDay", "welcomeBack", "passwordReset"]),
  state: MailState.annotate({
    description:
      "failed: tried again; givenUp: the dead letters; kept: no mail server is configured; withdrawn: not wanted any more"
  }),
  recipient: Schema.NullOr(Schema.String),
  owedAt: Moment,
  attempts: Schema.Int,
  lastAttemptAt: Schema.NullOr(Moment),
  dueAt: Schema.NullOr(Moment),
  endedAt: Schema.NullOr(Moment),
  error: Schema.NullOr(Schema.String)
}

/** An e-mail that is or was owed to a person (R-MAIL-3). */
export const Mail = Schema.Struct(fields).annotate({ identifier: "Mail" })

/** An e-mail with what it would say if it were sent now; its link has a placeholder where the token will be. */
export const PreviewedMail = Schema.Struct({
  ...fields,
  preview: Schema.NullOr(Schema.Struct({ subject: Schema.String, text: Schema.String, html: Schema.String }))
}).annotate({ identifier: "PreviewedMail" })

const Resending = Schema.Struct({
  state: Schema.Literals(["failed", "givenUp", "kept"]),
  confirm: Schema.optionalKey(Schema.Boolean).annotate({
    description: "true sends them; otherwise it is told how many there are, and none is sent"
  })
})

/** The e-mails of the organisation (R-MAIL-3, R-MAIL-4). */
export class OutboxApi extends HttpApiGroup.make("outbox")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...pageQuery, state: Schema.optionalKey(MailState), user: Schema.optionalKey(Line) },
      success: pageOf(Mail),
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "List the e-mails, the latest first"),
    HttpApiEndpoint.get("show", "/:key", { params: { key: Line }, success: PreviewedMail, error: problems })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Show an e-mail with what it would say if it were sent now"),
    HttpApiEndpoint.post("resend", "/:key/resend", { params: { key: Line }, success: Mail, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Send one e-mail again"),
    HttpApiEndpoint.post("resendAll", "/resend", {
      payload: Resending,
      success: Schema.Struct({ count: Schema.Int, sent: Schema.Boolean }),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Tell how many e-mails of a state would be sent again, or send them")
  )
  .prefix("/outbox")
  .annotate(OpenApi.Description, "E-mails to people: owed, sent, failing, given up.") {}
