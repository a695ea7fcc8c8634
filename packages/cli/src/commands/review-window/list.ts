import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { windowView } from "../../OrganizationView.ts"

/** `rollcall review-window list`: the review windows of an organisation, past ones included. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const { reviewWindows, subdomain: name } = yield* findOrganization(subdomain)
    const now = yield* Clock.currentTimeMillis
    const rows = reviewWindows.map((window) => ({
      ...windowView(window),
      state: now < window.opensAt ? "to come" : now < window.closesAt ? "open" : "closed"
    }))
    const lines = reviewWindows.map((window, i) => [
      window.id,
      rows[i]?.state ?? "",
      isoTime(window.opensAt) ?? "",
      isoTime(window.closesAt) ?? "",
      window.name
    ])
    yield* answer(
      rows,
      rows.length === 0
        ? [`${name} has no review window. \`rollcall review-window open ${name}\` opens one.`]
        : table([["ID", "STATE", "OPENS", "CLOSES", "NAME"], ...lines])
    )
  })
).pipe(
  Command.withDescription("List the review windows of an organisation, past ones included"),
  Command.withExamples([{ command: "rollcall review-window list acme" }])
)
