import type { ClientProof } from "@rollcall/domain/organization/OAuthTokens"
import { Effect, Redacted, Result } from "effect"
import { Base64 } from "effect/encoding"
import { invalidClient, invalidRequest, OAuthError } from "./OAuthError.ts"

/** The assertion that stands for a client's secret (RFC 7523 section 2.2). */
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/** The grant of an assertion by itself (RFC 7523 section 2.1). */
export const assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

/** What a token is good for: the one scope there is. */
export const grantedScope = "scim"

/** Characters that a scope may have. */
const longestScope = 1_000

/** Who wants a token, and how they prove it. */
export interface TokenRequest {
  readonly clientId: string
  readonly proof: ClientProof
}

/** The client id and secret that a Basic header carries, form-encoded inside it (RFC 6749 section 2.3.1). */
interface BasicCredentials {
  readonly clientId: string
  readonly secret: string
}

/**
 * Reads who asks, by exactly one of: Basic, `client_secret`, `client_assertion`, or `assertion` of its own grant. The
 * scope that is asked for changes nothing, since there is only one; Entra sends `scim` or whatever was configured.
 */
export const readTokenRequest = Effect.fnUntraced(function* (
  parameters: ReadonlyMap<string, string>,
  authorization: string | undefined
): Effect.fn.Return<TokenRequest, OAuthError> {
  const grant = parameters.get("grant_type")
  if (grant === undefined) return yield* invalidRequest("grant_type is missing. Send client_credentials.")
  if (grant !== "client_credentials" && grant !== assertionGrant) {
    return yield* new OAuthError({
      error: "unsupported_grant_type",
      status: 400,
      description: `This grant_type is not known here. Send client_credentials or ${assertionGrant}.`
    })
  }
  yield* checkScope(parameters.get("scope"))
  const basic = authorization === undefined ? undefined : yield* readBasic(authorization)
  const proofs = proofsOf(parameters, basic, grant)
  if (proofs.length > 1) {
    return yield* invalidRequest("The client proves itself in more than one way. Send one.")
  }
  if (grant === assertionGrant && !parameters.has("assertion")) {
    return yield* invalidRequest("assertion is missing, which this grant_type is about.")
  }
  const [proof] = proofs
  if (proof === undefined) return yield* invalidClient()
  if (parameters.has("client_assertion") && parameters.get("client_assertion_type") !== assertionType) {
    return yield* invalidRequest(`client_assertion_type is missing or not known. Send ${assertionType}.`)
  }
  const clientId = parameters.get("client_id")
  if (basic !== undefined && clientId !== undefined && clientId !== basic.clientId) {
    return yield* invalidRequest("client_id differs from the one in the Authorization header. Send one.")
  }
  const named = basic?.clientId ?? clientId
  if (named === undefined)
    return yield* invalidRequest("client_id is missing. Send the one that the organisation gave.")
  return { clientId: named, proof }
})

const proofsOf = (
  parameters: ReadonlyMap<string, string>,
  basic: BasicCredentials | undefined,
  grant: string
): ReadonlyArray<ClientProof> => {
  const secrets = [basic?.secret, parameters.get("client_secret")].filter((text) => text !== undefined)
  const assertions = [
    parameters.get("client_assertion"),
    grant === assertionGrant ? parameters.get("assertion") : undefined
  ].filter((text) => text !== undefined)
  return [
    ...secrets.map((text) => ({ kind: "secret" as const, secret: Redacted.make(text, { label: "client secret" }) })),
    ...assertions.map((text) => ({
      kind: "assertion" as const,
      assertion: Redacted.make(text, { label: "assertion" })
    }))
  ]
}

/** A scope is words of printable characters, one blank between them (RFC 6749 section 3.3). */
const checkScope = (scope: string | undefined): Effect.Effect<void, OAuthError> => {
  if (scope === undefined) return Effect.void
  if (scope.length <= longestScope && /^[\x20-\x7e]*$/.test(scope) && !/["\\]/.test(scope)) return Effect.void
  const description = `The scope is malformed or longer than ${longestScope} characters. Send ${grantedScope}, or none.`
  return Effect.fail(new OAuthError({ error: "invalid_scope", status: 400, description }))
}

const decoder = new TextDecoder("utf-8", { fatal: true })

const readBasic = (header: string): Effect.Effect<BasicCredentials, OAuthError> => {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  if (encoded === undefined) return Effect.fail(invalidClient())
  return Effect.try({
    try: () => {
      const text = decoder.decode(Result.getOrThrow(Base64.decode(encoded)))
      const colon = text.indexOf(":")
      if (colon < 0) throw new Error("no colon")
      return { clientId: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) }
    },
    catch: () => invalidClient()
  })
}

const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll("+", " "))
