import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { Refused } from "../../Refused.ts"

/** `rollcall key revoke`: ends an API key; running servers follow within their cache time (ABUSE-24). */
export const revoke = Command.make(
  "revoke",
  {
    subdomain: organizationArgument,
    id: Argument.String("id").pipe(Argument.withDescription("Id of the key, as `rollcall key list` shows it"))
  },
  Effect.fnUntraced(function* ({ id, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "key revoke")
    const { revokeKey } = yield* OrganizationAdministration
    yield* Effect.catchTag(revokeKey(caller, id, "api"), "ScimError", () =>
      Effect.fail(
        // What stands there may be the secret itself, pasted by mistake: it is not repeated.
        new Refused({
          problem: `${organization.subdomain} has no live API key with this id`,
          remedy: `\`rollcall key list ${organization.subdomain}\` lists them with their ids`
        })
      )
    )
    yield* answer({ subdomain: organization.subdomain, id, revoked: true }, [
      `The API key ${id} of ${organization.subdomain} is revoked.`
    ])
  })
).pipe(
  Command.withDescription("Revoke an API key"),
  Command.withExamples([{ command: "rollcall key revoke acme 0190a0a0-0000-7000-8000-000000000000" }])
)
