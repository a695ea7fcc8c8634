import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, refused } from "../directory/Decision.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { Subject } from "../log/LogEntry.ts"
import { ScimError } from "../scim/ScimError.ts"
import { type Configuration, loggedConfiguration, patched } from "./Configuration.ts"
import { checkName, checkSingleSignOn, checkTimeZone } from "./OrganizationFault.ts"

/** The id under which the log has the organisation itself: there is one. */
export const organizationSubject = "organization"

const operatorOnly = new ScimError({
  status: 403,
  detail:
    "Only the operator can allow CSV imports while SCIM is on. Ask them, or switch SCIM off first (rollcall org allow-csv)."
})

/** The configuration, each part as it is kept; the first that cannot be is refused by name. */
const checked = (wanted: Configuration): Result.Result<Configuration, ScimError> =>
  Result.all({
    name: checkName(wanted.name),
    timeZone: checkTimeZone(wanted.timeZone),
    singleSignOn: checkSingleSignOn(wanted.singleSignOn)
  }).pipe(Result.map((parts) => ({ ...wanted, ...parts })))

/**
 * Changes what is set of an organisation (R-ORG-1, R-ORG-6, R-ORG-8): all that is given, or nothing. People and groups stay
 * as they are, also where SCIM is switched off.
 */
export const decideConfigureOrganization = (
  { patch }: Extract<Command, { readonly _tag: "ConfigureOrganization" }>,
  { byOperator, configuration }: DecideContext
): Decision => {
  const subject: Subject = { type: "Organization", id: organizationSubject, name: configuration.name }
  if (patch.csvAllowed !== undefined && !byOperator) return refused(operatorOnly, subject)
  const result = checked(patched(configuration, patch))
  if (Result.isFailure(result)) return refused(result.failure, subject)
  const after = result.success
  const changes = attributeChanges(loggedConfiguration(configuration), loggedConfiguration(after))
  const outcome = changes.length === 0 ? "unchanged" : "updated"
  return {
    _tag: "Accepted",
    outcome,
    subject: { ...subject, name: after.name },
    change: outcome === "unchanged" ? {} : { configuration: after },
    events: [],
    changes,
    notes: [],
    reply: { _tag: "Configuration", configuration: after, created: false }
  }
}
