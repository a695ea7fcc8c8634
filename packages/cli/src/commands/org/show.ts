import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import { Clock, Effect } from "effect"
import { Command } from "effect/cli"
import { answer, table } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { onOff, reviewText, settingFlags, singleSignOnText, windowView } from "../../OrganizationView.ts"
import { addressSettings } from "../../ServedAddress.ts"

/** `rollcall org show`: all that is set of an organisation. */
export const show = Command.make(
  "show",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const address = yield* addressSettings
    const organization = yield* findOrganization(subdomain)
    const now = yield* Clock.currentTimeMillis
    const baseUrl = scimBaseUrl(address, organization.subdomain)
    const { csvAllowed, name, reviewWindows, scimEnabled, settings, singleSignOn, timeZone } = organization
    yield* answer(
      {
        subdomain: organization.subdomain,
        name,
        timeZone,
        scimBaseUrl: baseUrl,
        scimEnabled,
        csvAllowed,
        singleSignOn,
        settings,
        reviewWindows: reviewWindows.map(windowView)
      },
      table([
        ["subdomain", organization.subdomain],
        ["name", name],
        ["time zone", timeZone],
        ["SCIM base URL", baseUrl],
        ["SCIM", onOff(scimEnabled)],
        ["CSV while SCIM is on", csvAllowed ? "allowed" : "not allowed"],
        ["single sign-on", singleSignOnText(singleSignOn)],
        ["review", reviewText(reviewWindows, now)],
        ...settingFlags(settings)
      ])
    )
  })
).pipe(
  Command.withDescription("Show an organisation: its address, settings, single sign-on and review window"),
  Command.withExamples([{ command: "rollcall org show acme" }])
)
