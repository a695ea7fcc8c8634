import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall org scim on|off`: switches SCIM; people and groups stay as they are (R-ORG-6). */
export const scim = Command.make(
  "scim",
  {
    state: Argument.Literals("state", ["on", "off"]).pipe(Argument.withDescription("on or off")),
    subdomain: organizationArgument
  },
  Effect.fnUntraced(function* ({ state, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const scimEnabled = state === "on"
    yield* (yield* Organizations).setScimEnabled(organization.id, scimEnabled)
    yield* answer({ subdomain: organization.subdomain, scimEnabled }, [
      scimEnabled
        ? `SCIM is on for ${organization.subdomain}.`
        : `SCIM is off for ${organization.subdomain}; its people and groups stay as they are.`
    ])
  })
).pipe(Command.withDescription("Switch SCIM on or off; people and groups stay as they are"))
