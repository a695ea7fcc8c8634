import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { windowView } from "../../OrganizationView.ts"
import { Refused } from "../../Refused.ts"

/** `rollcall review-window close`: closes what is open; the held changes of managers are then applied (R-MGR-4). */
export const close = Command.make(
  "close",
  {
    subdomain: organizationArgument,
    id: Flag.String("id").pipe(
      Flag.optional,
      Flag.withDescription("Which of several open ones, as `rollcall review-window list` shows it; else all"),
      Flag.withMetavar("ID")
    )
  },
  Effect.fnUntraced(function* ({ id, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "review-window close")
    const { closeReviewWindow } = yield* OrganizationAdministration
    const closed = yield* Effect.catchTag(closeReviewWindow(caller, Option.getOrUndefined(id)), "ScimError", () =>
      Effect.fail(
        new Refused({
          problem: Option.isSome(id)
            ? `${organization.subdomain} has no open review window with the id that --id names`
            : `No review window of ${organization.subdomain} is open`,
          remedy: `\`rollcall review-window list ${organization.subdomain}\` lists them`
        })
      )
    )
    yield* answer(
      { subdomain: organization.subdomain, closed: closed.map(windowView) },
      closed.map(({ name }) => `The review window ${name} of ${organization.subdomain} is closed.`)
    )
  })
).pipe(
  Command.withDescription("Close the review windows that are open now"),
  Command.withExamples([{ command: "rollcall review-window close acme" }])
)
