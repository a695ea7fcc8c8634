import type { Organization } from "@rollcall/domain/organization/Organization"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Clock, Effect } from "effect"
import { SecureRandom } from "effect/crypto"

/**
 * The operator's command as a request to an organisation. `line` is how the log names it: the command without flags, in
 * which an address or a name may stand that does not belong there.
 */
export const asOperator = Effect.fnUntraced(function* (organization: Organization, line: string) {
  const receivedAt = yield* Clock.currentTimeMillis
  const requestId = SecureRandom.uuidV4Unsafe()
  return operatorCaller(organization, { line: `rollcall ${line} ${organization.subdomain}`, requestId, receivedAt })
})
