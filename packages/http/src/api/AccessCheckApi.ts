import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OnlyAsks, OpenTo } from "./ApiAccess.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

const whom = Schema.NullOr(Schema.Struct({ id: Schema.String, userId: Schema.Int }))

/** The day on which somebody who has not started yet starts, where one is set: an ISO 8601 date. */
const startsOn = Schema.NullOr(Schema.String.annotate({ format: "date" }))

const signIn = Schema.Struct({
  by: Schema.Literals(["sso", "password"]),
  /** The page of the single sign-on, where there is one. */
  url: Schema.NullOr(Schema.String)
})

/** Whether a person may sign in and be notified; of somebody unknown it has the same members. */
export const Access = Schema.Struct({
  maySignIn: Schema.Boolean,
  mayBeNotified: Schema.Boolean,
  reason: Schema.NullOr(Schema.Literals(["unknown", "notStarted", "deactivated"])),
  startsOn,
  signIn,
  person: whom
}).annotate({ identifier: "Access" })

/** Whether a person may sign in with a password. */
export const PasswordAnswer = Schema.Struct({
  maySignIn: Schema.Boolean,
  /**
   * `wrongPassword` also for somebody unknown and for somebody without a password; what else speaks against a person is
   * said only to whoever knows their password. `singleSignOn`: passwords let nobody in here.
   */
  reason: Schema.NullOr(Schema.Literals(["wrongPassword", "notStarted", "deactivated", "singleSignOn"])),
  startsOn,
  signIn,
  person: whom
}).annotate({ identifier: "PasswordAnswer" })

/** What the product next door asks before it lets somebody in (R-API-2). */
export class AccessCheckApi extends HttpApiGroup.make("accessCheck")
  .add(
    HttpApiEndpoint.post("check", "/", { payload: Schema.Struct({ email: Line }), success: Access, error: problems })
      .annotate(OpenTo, ["access-check"])
      .annotate(OnlyAsks, true)
      .annotate(OpenApi.Summary, "May the person with this e-mail sign in, and be notified?"),
    HttpApiEndpoint.post("password", "/password", {
      payload: Schema.Struct({
        email: Line,
        password: Schema.Redacted(Schema.String.check(Schema.isMaxLength(4_096)))
      }),
      success: PasswordAnswer,
      error: problems
    })
      .annotate(OpenTo, ["access-check"])
      .annotate(OnlyAsks, true)
      .annotate(
        OpenApi.Summary,
        "May the person with this e-mail sign in with this password? At most ten tries in 15 minutes"
      )
  )
  .prefix("/access-check")
  .annotate(OpenApi.Description, "What the product next door asks before it lets somebody in, or writes to them.") {}
