import type { Organization } from "@rollcall/domain/organization/Organization"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import { Preset, presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Effect, Redacted } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { Refused } from "../../Refused.ts"
import { addressSettings } from "../../ServedAddress.ts"
import { TimeZone } from "../../TimeZone.ts"

const issueKeys = Effect.fnUntraced(function* (organization: Organization) {
  const administration = yield* OrganizationAdministration
  const caller = yield* asOperator(organization, "org create")
  const token = yield* administration.issueKey(caller, { kind: "scim", label: "first token" })
  const key = yield* administration.issueKey(caller, { kind: "api", label: "first key" })
  return { scimToken: Redacted.value(token.secret), apiKey: Redacted.value(key.secret) }
})

/** `rollcall org create`: makes an organisation with a SCIM token and an API key, which are shown this once (R-ORG-3). */
export const create = Command.make(
  "create",
  {
    subdomain: Argument.String("subdomain").pipe(
      Argument.withSchema(Subdomain),
      Argument.withDescription("Its part of the host name: lower-case letters, digits and hyphens")
    ),
    name: Flag.String("name").pipe(
      Flag.withSchema(PlainName),
      Flag.withDescription("Its name, at most 200 characters"),
      Flag.withMetavar("NAME")
    ),
    preset: Flag.Literals("preset", Preset.literals).pipe(
      Flag.withDefault("product"),
      Flag.withDescription("Settings to begin with: product, or rfc as vendors' conformance tools expect")
    ),
    scim: Flag.Boolean("scim").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Switch SCIM on at once")
    ),
    timeZone: Flag.String("time-zone").pipe(
      Flag.withSchema(TimeZone),
      Flag.withDefault("UTC"),
      Flag.withDescription("IANA time zone by which its days begin"),
      Flag.withMetavar("ZONE")
    )
  },
  Effect.fnUntraced(function* ({ name, preset, scim, subdomain, timeZone }) {
    // Before anything is made: its address must be known in the end.
    const address = yield* addressSettings
    const organizations = yield* Organizations
    const settings = presets[preset]
    const organization = yield* organizations.create({ subdomain, name, timeZone, scimEnabled: scim, settings })
    const keys = yield* Effect.mapError(
      issueKeys(organization),
      () =>
        new Refused({
          problem: `The organisation ${subdomain} was made, but the database failed before its keys were`,
          remedy: `Make them with \`rollcall token create ${subdomain}\`, and again with --api`
        })
    )
    const created = { subdomain, scimBaseUrl: scimBaseUrl(address, subdomain), ...keys }
    yield* answer(created, [
      `The organisation ${subdomain} (${name}) is made. ${
        scim ? "SCIM is on." : `SCIM is off; \`rollcall org scim on ${subdomain}\` switches it on.`
      }`,
      "",
      `SCIM base URL  ${created.scimBaseUrl}`,
      `SCIM token     ${created.scimToken}`,
      `API key        ${created.apiKey}`,
      "",
      "The token and the key are shown only now."
    ])
  })
).pipe(
  Command.withDescription("Make an organisation, with its first SCIM token and API key"),
  Command.withExamples([
    { command: 'rollcall org create acme --name "Acme" --scim', description: "Ready for an identity provider" },
    {
      command: 'rollcall org create acme --name "Acme" --preset rfc --scim --json',
      description: "For a vendor's conformance tool, as JSON"
    }
  ])
)
