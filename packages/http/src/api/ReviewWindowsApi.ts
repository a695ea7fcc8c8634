import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

/** A time in which managers stay who they are (R-MGR-4). */
export const ReviewWindowView = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  state: Schema.Literals(["toCome", "open", "closed"]),
  opensAt: Moment,
  closesAt: Moment.annotate({ description: "The first moment after it" })
}).annotate({ identifier: "ReviewWindow" })

const Windows = Schema.Struct({ items: Schema.Array(ReviewWindowView) })

/** The review windows of the organisation (R-MGR-4). */
export class ReviewWindowsApi extends HttpApiGroup.make("reviewWindows")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Windows, error: problems })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "List the review windows in the order in which they open, past ones included"),
    HttpApiEndpoint.post("open", "/", {
      payload: Schema.Struct({
        name: Line,
        opensAt: Schema.optionalKey(Moment),
        closesAt: Moment
      }),
      success: ReviewWindowView.pipe(HttpApiSchema.status(201)),
      error: problems
    })
      .annotate(OpenTo, ["integrations"])
      .annotate(OpenApi.Summary, "Open a review window, at once or at `opensAt`; until it closes, managers are held"),
    HttpApiEndpoint.post("close", "/:id/close", { params: { id: Line }, success: Windows, error: problems })
      .annotate(OpenTo, ["integrations"])
      .annotate(
        OpenApi.Summary,
        "Close a review window now, or call it off before it opens; held managers are then applied"
      )
  )
  .prefix("/review-windows")
  .annotate(
    OpenApi.Description,
    "Times in which the organisation reviews its people and managers stay who they are."
  ) {}
