import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Argument, Flag } from "effect/cli"
import { Refused } from "./Refused.ts"

/** `<organisation>`: the subdomain of one that exists. */
export const organizationArgument = Argument.String("organisation").pipe(
  Argument.withDescription("Subdomain of the organisation")
)

/** `--org`: the same, where something else is what the command is about. */
export const organizationFlag = Flag.String("org").pipe(
  Flag.withDescription("Subdomain of the organisation"),
  Flag.withMetavar("ORGANISATION")
)

/** The organisation with that subdomain; where there is none, the refusal says how to find it. */
export const findOrganization = Effect.fnUntraced(function* (subdomain: string) {
  const organization = yield* (yield* Organizations).findBySubdomain(subdomain.toLowerCase())
  if (organization !== undefined) return organization
  return yield* new Refused({
    problem: `There is no organisation ${JSON.stringify(subdomain)}`,
    remedy: "`rollcall org list` lists those that exist"
  })
})
