import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment } from "./ApiTypes.ts"
import { problems } from "./Problem.ts"

const Count = Schema.Int

/** How the organisation stands, in figures; each is exact up to 100,000. */
export const OverviewView = Schema.Struct({
  people: Schema.Struct({ started: Count, scheduled: Count, deactivated: Count }),
  managers: Schema.Struct({
    unmatched: Count.annotate({ description: "People whose manager was sent and matches nobody yet" }),
    ambiguous: Count.annotate({ description: "People whose manager was sent and matches several" }),
    held: Count.annotate({ description: "Changes of managers that wait for a review window to close" })
  }),
  mails: Schema.Struct({ failed: Count, givenUp: Count, kept: Count }),
  calls: Schema.Array(Schema.Struct({ from: Moment, to: Moment, calls: Count, refused: Count })).annotate({
    description: "Entries of the log, and refusals among them, span by span"
  })
}).annotate({ identifier: "Overview" })

/** The first page of the console. */
export class OverviewApi extends HttpApiGroup.make("overview")
  .add(
    HttpApiEndpoint.get("show", "/", {
      query: {
        period: Schema.optionalKey(Schema.Literals(["day", "month"])).annotate({
          description: "day: 24 hours by the hour, the default; month: 30 days by the day, in UTC"
        })
      },
      success: OverviewView,
      error: problems
    })
      .annotate(OpenTo, ["integrations", "read"])
      .annotate(OpenApi.Summary, "Show people by state, managers and e-mails that need a look, and calls over time")
  )
  .prefix("/overview")
  .annotate(OpenApi.Description, "How the organisation stands, in figures.") {}
