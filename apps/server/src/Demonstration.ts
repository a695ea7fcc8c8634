import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { ServerConfig } from "@rollcall/http/ServerConfig"
import { Clock, Console, Effect, Redacted } from "effect"

/**
 * On an empty database makes the organisation `demo` with SCIM switched on, and prints what an identity provider asks
 * for. The secrets are shown this once.
 */
export const makeDemonstration = Effect.fn("makeDemonstration")(function* (config: ServerConfig) {
  const organizations = yield* Organizations
  if ((yield* organizations.list).length > 0) return
  const organization = yield* organizations.create({
    subdomain: Subdomain.make("demo"),
    name: "Demo",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const { issueKey } = yield* OrganizationAdministration
  const receivedAt = yield* Clock.currentTimeMillis
  const caller = operatorCaller(organization, { line: "first start", requestId: "first start", receivedAt })
  const token = yield* issueKey(caller, { kind: "scim", label: "first token" })
  const key = yield* issueKey(caller, { kind: "api", label: "first key" })
  yield* Console.log(
    [
      "",
      "The organisation demo is ready. Enter these in Okta or Microsoft Entra ID; they are shown only now.",
      "",
      `  SCIM base URL  ${scimBaseUrl(config, organization.subdomain)}`,
      `  SCIM token     ${Redacted.value(token.secret)}`,
      `  API key        ${Redacted.value(key.secret)}`,
      ""
    ].join("\n")
  )
})
