import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Clock, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { answer, isoTime } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { windowView } from "../../OrganizationView.ts"
import { readTime } from "../../readTime.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const command = "rollcall review-window open"

/** `rollcall review-window open`: managers stay who they are until it closes (R-MGR-4). */
export const open = Command.make(
  "open",
  {
    subdomain: organizationArgument,
    name: Flag.String("name").pipe(
      Flag.withSchema(PlainName),
      Flag.withDescription("What the review is called"),
      Flag.withMetavar("NAME")
    ),
    until: Flag.String("until").pipe(
      Flag.withDescription("When it closes: 2027-03-01T00:00Z, or without an offset by the organisation's clocks"),
      Flag.withMetavar("TIME")
    )
  },
  Effect.fnUntraced(function* ({ name, subdomain, until }) {
    const organization = yield* findOrganization(subdomain)
    const closesAt = readTime(until, organization.timeZone)
    const shown = JSON.stringify(until.slice(0, 64))
    if (closesAt === undefined) {
      return yield* new WrongUsage({ problem: `--until ${shown} is no time such as 2027-03-01T00:00Z`, command })
    }
    if (closesAt <= (yield* Clock.currentTimeMillis)) {
      return yield* new WrongUsage({ problem: `--until ${shown} lies in the past; give a time to come`, command })
    }
    const caller = yield* asOperator(organization, "review-window open")
    const window = yield* (yield* OrganizationAdministration).openReviewWindow(caller, { name, closesAt })
    yield* answer({ subdomain: organization.subdomain, ...windowView(window) }, [
      `The review window ${window.name} of ${organization.subdomain} is open until ${isoTime(window.closesAt)}.`,
      "Until then changes of managers are held."
    ])
  })
).pipe(
  Command.withDescription("Open a review window: until it closes, changes of managers are held"),
  Command.withExamples([
    { command: 'rollcall review-window open acme --name "Best-Self 2027" --until 2027-03-01T00:00Z' },
    { command: 'rollcall review-window open acme --name "Best-Self 2027" --until 2027-03-01' }
  ])
)
