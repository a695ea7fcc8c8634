import { toldText } from "../log/ShownValue.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { FederatedIdentity, OAuthClient } from "./OAuthClient.ts"

/** What the log tells of a client before and after a change (R-LOG-1). */
export const clientFacts = ({ label }: Pick<OAuthClient, "label">): JsonObject => ({
  client: { label: toldText(label) }
})

/** What it tells of a secret: what tells it from others. */
export const credentialFacts = ({ hint, label }: { readonly label: string; readonly hint?: string }): JsonObject => ({
  credential: { label: toldText(label), ...(hint === undefined ? {} : { endsWith: hint }) }
})

/** What it tells of who signs for a client. */
export const federationFacts = ({
  audience,
  issuer,
  label,
  subject
}: FederatedIdentity & { readonly label: string }): JsonObject => ({
  federation: {
    label: toldText(label),
    issuer: toldText(issuer),
    subject: toldText(subject),
    audience: toldText(audience)
  }
})
