import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { signInUrlFault } from "@rollcall/domain/organization/OrganizationFault"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { singleSignOnText } from "../../OrganizationView.ts"
import { WrongUsage } from "../../WrongUsage.ts"

const command = "rollcall org sso"

/** `rollcall org sso`: single sign-on on, with the page where people sign in, or off (R-ORG-1); without flags it is shown. */
export const sso = Command.make(
  "sso",
  {
    subdomain: organizationArgument,
    on: Flag.Boolean("on").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("People sign in on the page of --sign-in-url; e-mails link to it")
    ),
    off: Flag.Boolean("off").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("People sign in with a password; the address is kept for the next time")
    ),
    signInUrl: Flag.String("sign-in-url").pipe(
      Flag.optional,
      Flag.withDescription("The page where people sign in, an https:// URL; needed once"),
      Flag.withMetavar("URL")
    )
  },
  Effect.fnUntraced(function* ({ off, on, signInUrl, subdomain }) {
    if (on && off) return yield* new WrongUsage({ problem: "Give --on or --off, not both", command })
    if (!on && Option.isSome(signInUrl)) {
      return yield* new WrongUsage({ problem: "--sign-in-url goes with --on", command })
    }
    const fault = Option.isSome(signInUrl) ? signInUrlFault(signInUrl.value) : undefined
    if (fault !== undefined) {
      // The value is not repeated: a password may stand in it.
      const problem = `What --sign-in-url gives ${fault}; give an https:// URL such as https://sso.example.com/acme`
      return yield* new WrongUsage({ problem, command })
    }
    const organization = yield* findOrganization(subdomain)
    const before = organization.singleSignOn
    const after = { enabled: on, signInUrl: Option.getOrElse(signInUrl, () => before.signInUrl) }
    if (on && after.signInUrl === null) {
      return yield* new WrongUsage({ problem: "--on needs --sign-in-url, the page where people sign in", command })
    }
    const standing = on || off ? after : before
    const caller = yield* asOperator(organization, "org sso")
    if (on || off) yield* (yield* OrganizationAdministration).configure(caller, { singleSignOn: standing })
    yield* answer({ subdomain: organization.subdomain, ...standing }, [
      `Single sign-on of ${organization.subdomain}: ${singleSignOnText(standing)}.`
    ])
  })
).pipe(
  Command.withDescription("Switch single sign-on on or off, or show it"),
  Command.withExamples([
    { command: "rollcall org sso acme --on --sign-in-url https://sso.example.com/acme" },
    { command: "rollcall org sso acme --off" }
  ])
)
