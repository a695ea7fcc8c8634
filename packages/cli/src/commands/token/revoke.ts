import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { Refused } from "../../Refused.ts"

/** `rollcall token revoke`: ends a token or key; running servers follow within their cache time (ABUSE-24). */
export const revoke = Command.make(
  "revoke",
  {
    subdomain: organizationArgument,
    id: Argument.String("id").pipe(Argument.withDescription("Id of the token, as `rollcall token list` shows it"))
  },
  Effect.fnUntraced(function* ({ id, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "token revoke")
    const { revokeKey } = yield* OrganizationAdministration
    yield* Effect.catchTag(revokeKey(caller, id), "ScimError", () =>
      Effect.fail(
        // What stands there may be the secret itself, pasted by mistake: it is not repeated.
        new Refused({
          problem: `${organization.subdomain} has no live token with this id`,
          remedy: `\`rollcall token list ${organization.subdomain}\` lists them with their ids`
        })
      )
    )
    yield* answer({ subdomain: organization.subdomain, id, revoked: true }, [
      `The token ${id} of ${organization.subdomain} is revoked.`
    ])
  })
).pipe(Command.withDescription("Revoke a token or key"))
