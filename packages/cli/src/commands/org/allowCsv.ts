import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall org allow-csv`: whether CSV files may be imported while SCIM is on, which the operator alone decides (R-ORG-7). */
export const allowCsv = Command.make(
  "allow-csv",
  {
    subdomain: organizationArgument,
    off: Flag.Boolean("off").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Allow them no longer")
    )
  },
  Effect.fnUntraced(function* ({ off, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "org allow-csv")
    const { csvAllowed } = yield* (yield* OrganizationAdministration).configure(caller, { csvAllowed: !off })
    yield* answer({ subdomain: organization.subdomain, csvAllowed }, [
      csvAllowed
        ? `${organization.subdomain} may import CSV files while SCIM is on.`
        : `${organization.subdomain} may import CSV files only while SCIM is off.`
    ])
  })
).pipe(
  Command.withDescription("Allow CSV imports while SCIM is on, or no longer allow them"),
  Command.withExamples([
    { command: "rollcall org allow-csv acme" },
    { command: "rollcall org allow-csv acme --off", description: "Once it is done" }
  ])
)
