import { Option, Result, Schema } from "effect"
import { ScimError, unusable } from "../scim/ScimError.ts"
import { PlainName } from "./PlainName.ts"

/** The id of a client in its organisation, a UUID. Outside it goes by a text that names the organisation, too: {@link OAuthCredentials}. */
export const OAuthClientId = Schema.String.pipe(Schema.brand("OAuthClientId"))
export type OAuthClientId = typeof OAuthClientId.Type

/** A secret or a federated identity of a client: what tokens are bound to. A UUID. */
export const OAuthCredentialId = Schema.String.pipe(Schema.brand("OAuthCredentialId"))
export type OAuthCredentialId = typeof OAuthCredentialId.Type

/** Who signs for a client instead of a secret (RFC 7523): all three are compared as they are, character by character. */
export const FederatedIdentity = Schema.Struct({
  /** The `iss` of its assertions; under it stands the document that leads to its keys. */
  issuer: Schema.String,
  subject: Schema.String,
  audience: Schema.String
})
export type FederatedIdentity = typeof FederatedIdentity.Type

const history = {
  id: OAuthCredentialId,
  label: Schema.String,
  createdAt: Schema.Number,
  /** When it last made a token. */
  lastUsedAt: Schema.NullOr(Schema.Number),
  revokedAt: Schema.NullOr(Schema.Number)
}

/** A secret as it is listed: it was shown once and is kept only as a hash. */
export const OAuthSecret = Schema.Struct({
  ...history,
  /** The last four characters, to tell secrets apart. */
  hint: Schema.String
})
export type OAuthSecret = typeof OAuthSecret.Type

/** A federated identity as it is listed. */
export const OAuthFederation = Schema.Struct({ ...history, ...FederatedIdentity.fields })
export type OAuthFederation = typeof OAuthFederation.Type

/** A client by OAuth 2.0 (R-ORG-5), with what it has, and had, to prove itself by. Times are milliseconds since 1970 UTC. */
export const OAuthClient = Schema.Struct({
  id: OAuthClientId,
  label: Schema.String,
  createdAt: Schema.Number,
  revokedAt: Schema.NullOr(Schema.Number),
  secrets: Schema.Array(OAuthSecret),
  federations: Schema.Array(OAuthFederation)
})
export type OAuthClient = typeof OAuthClient.Type

/** So many clients of an organisation, and secrets of a client, may be live at once. */
export const oauthLimits = { clients: 50, secrets: 10 } as const

/** How long a token lives, in milliseconds: 60 minutes (R-ORG-5), the least that Microsoft's gallery takes. */
export const oauthTokenLifetime = 60 * 60 * 1_000

/** The 404 of a client that is not live; another organisation's is as little there as one that never was (ABUSE-11). */
export const noSuchClient = new ScimError({
  status: 404,
  detail: "There is no such live client. List the clients to see which there are."
})

/** The 404 of a secret or federated identity that its client does not have, or has no more. */
export const noSuchCredential = new ScimError({
  status: 404,
  detail: "The client has no live secret or federated identity with this id. List the clients to see which there are."
})

export const tooManyClients = new ScimError({
  status: 409,
  detail: `The organisation has ${oauthLimits.clients} live clients, as many as it may. Revoke one that is not used.`
})

export const tooManySecrets = new ScimError({
  status: 409,
  detail: `The client has ${oauthLimits.secrets} live secrets, as many as it may. Revoke one that is not used.`
})

/** Whether a client, a secret or a federated identity has not been revoked. */
export const isLive = ({ revokedAt }: { readonly revokedAt: number | null }): boolean => revokedAt === null

const decodeLabel = Schema.decodeUnknownOption(PlainName)

/** The label as it is kept; fails where it is none for people. */
export const checkLabel = (label: string): Result.Result<string, ScimError> =>
  Result.fromOption(decodeLabel(label), () =>
    unusable("label", "The label cannot be used. Give 1 to 200 characters on one line.")
  )

const parseUrl = Schema.decodeUnknownOption(Schema.URLFromString)

const longest = 1_024

/**
 * The identity as it is kept, or the refusal of one that nobody could prove. An issuer is an `https` address without
 * query, fragment and credentials (RFC 8414 section 2); one slash at its end is kept, since it is compared as it is.
 * Entra's portal shows the audience as a scope, with `/.default` at its end, which its assertions do not carry.
 */
export const checkFederatedIdentity = (identity: FederatedIdentity): Result.Result<FederatedIdentity, ScimError> => {
  const issuer = identity.issuer.trim()
  const subject = identity.subject.trim()
  const audience = identity.audience.trim().replace(/\/\.default$/, "")
  const faults = [
    ["issuer", issuerFault(issuer)],
    ["subject", textFault("subject", subject)],
    ["audience", textFault("audience", audience)]
  ] as const
  for (const [field, fault] of faults) if (fault !== undefined) return Result.fail(unusable(field, fault))
  return Result.succeed({ issuer, subject, audience })
}

const issuerFault = (issuer: string): string | undefined => {
  const url = issuer.length > longest ? undefined : Option.getOrUndefined(parseUrl(issuer))
  if (url === undefined || url.protocol !== "https:")
    return "The issuer is not an https:// URL. Copy it as the identity provider shows it."
  if (url.username !== "" || url.password !== "") return "The issuer holds a user name or password. Leave them out."
  if (/[?#]/.test(issuer)) return "The issuer has a query or a fragment. Give the address without them."
  return undefined
}

const textFault = (what: string, text: string): string | undefined =>
  text.length >= 1 && text.length <= longest && /^[\x21-\x7e]+$/.test(text)
    ? undefined
    : `The ${what} is empty, too long or holds blanks. Copy it as the identity provider shows it.`
