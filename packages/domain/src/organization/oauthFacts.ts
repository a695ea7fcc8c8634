import { toldText } from "../log/ShownValue.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { FederatedIdentity, OAuthClient, OAuthCredentialId } from "./OAuthClient.ts"

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

/** Who signs for a client at this moment; nothing where nobody does. */
export const standingFederation = ({ federations }: OAuthClient): JsonObject => {
  const live = federations.find(({ revokedAt }) => revokedAt === null)
  return live === undefined ? {} : federationFacts(live)
}

/** A live secret or federated identity of a client; nothing where it has none of that id. */
export const standingCredential = ({ federations, secrets }: OAuthClient, id: OAuthCredentialId): JsonObject => {
  const isLive = (one: { readonly id: OAuthCredentialId; readonly revokedAt: number | null }) =>
    one.id === id && one.revokedAt === null
  const secret = secrets.find(isLive)
  const federation = federations.find(isLive)
  return secret !== undefined ? credentialFacts(secret) : federation !== undefined ? federationFacts(federation) : {}
}
