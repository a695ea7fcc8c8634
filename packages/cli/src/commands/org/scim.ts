import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

const switchScim = Effect.fnUntraced(function* (subdomain: string, scimEnabled: boolean) {
  const organization = yield* findOrganization(subdomain)
  const caller = yield* asOperator(organization, "org scim")
  yield* (yield* OrganizationAdministration).configure(caller, { scimEnabled })
  yield* answer({ subdomain: organization.subdomain, scimEnabled }, [
    scimEnabled
      ? `SCIM is on for ${organization.subdomain}.`
      : `SCIM is off for ${organization.subdomain}; its people and groups stay as they are.`
  ])
})

/** `rollcall org scim on|off`: switches SCIM; people and groups stay as they are (R-ORG-6). */
export const scim = Command.make(
  "scim",
  {
    state: Argument.Literals("state", ["on", "off"]).pipe(Argument.withDescription("on or off")),
    subdomain: organizationArgument
  },
  ({ state, subdomain }) => switchScim(subdomain, state === "on")
).pipe(Command.withDescription("Switch SCIM on or off; people and groups stay as they are"))

/** `rollcall org enable-scim`: the same as `rollcall org scim on`. */
export const enableScim = Command.make("enable-scim", { subdomain: organizationArgument }, ({ subdomain }) =>
  switchScim(subdomain, true)
).pipe(
  Command.withDescription("Switch SCIM on, as `org scim on` does"),
  Command.withExamples([{ command: "rollcall org enable-scim acme" }])
)

/** `rollcall org disable-scim`: the same as `rollcall org scim off`. */
export const disableScim = Command.make("disable-scim", { subdomain: organizationArgument }, ({ subdomain }) =>
  switchScim(subdomain, false)
).pipe(
  Command.withDescription("Switch SCIM off, as `org scim off` does; people and groups stay as they are"),
  Command.withExamples([{ command: "rollcall org disable-scim acme" }])
)
