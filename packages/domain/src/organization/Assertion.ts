import { Option, Schema } from "effect"
import type { FederatedIdentity } from "./OAuthClient.ts"

/**
 * The signature algorithms that assertions may use (RFC 8725 section 3.1): with the private key of the issuer alone.
 * Neither `none` nor HS256 and its like, whose key would be the public one (ABUSE-22).
 */
export const assertionAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519"
] as const

/** By how much the clock of an issuer may differ, in milliseconds. */
export const assertionSkew = 60_000

/**
 * The longest life of an assertion, in milliseconds. Those of Entra live 60 to 90 minutes, as all of its access tokens;
 * the one in Microsoft's description of this exchange lives 65.
 */
export const assertionLifetime = 2 * 60 * 60 * 1_000

/** Characters of an assertion; Entra's have some two thousand. */
export const assertionSize = 16 * 1_024

const Seconds = Schema.Finite

/** The claims that are looked at (RFC 7523 section 3); `aud` may be of any type, to be refused by name. */
const Claims = Schema.Struct({
  iss: Schema.String,
  sub: Schema.String,
  aud: Schema.Unknown,
  exp: Seconds,
  nbf: Schema.optionalKey(Seconds),
  iat: Schema.optionalKey(Seconds),
  jti: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1_024)))
})
const decodeClaims = Schema.decodeUnknownOption(Claims)

/** An assertion that holds: its name, where it has one, and until when it is taken, in milliseconds. */
export interface HeldAssertion {
  readonly jti: string | undefined
  readonly expiresAt: number
}

/**
 * Judges the claims of an assertion whose signature is its issuer's (RFC 7523 section 3, ABUSE-22): what it is good for,
 * or, for the log, what is wrong with it. `now` in milliseconds. The audience must be one text and the very one that was
 * configured: one among several would let another recipient of the same assertion use it here.
 */
export const judgeAssertion = (claims: unknown, identity: FederatedIdentity, now: number): HeldAssertion | string => {
  const decoded = Option.getOrUndefined(decodeClaims(claims))
  if (decoded === undefined) return "iss, sub, aud or exp is missing, or a claim is of another type than it must be"
  if (decoded.iss !== identity.issuer) return differs("iss", decoded.iss, identity.issuer)
  if (decoded.sub !== identity.subject) return differs("sub", decoded.sub, identity.subject)
  if (typeof decoded.aud !== "string") return "aud is not one text"
  if (decoded.aud !== identity.audience) return differs("aud", decoded.aud, identity.audience)
  const exp = decoded.exp * 1_000
  const iat = decoded.iat === undefined ? undefined : decoded.iat * 1_000
  if (exp + assertionSkew <= now) return "it has expired"
  if (decoded.nbf !== undefined && decoded.nbf * 1_000 - assertionSkew > now) return "it is not valid yet (nbf)"
  if (iat !== undefined && iat - assertionSkew > now) return "it comes from the future (iat)"
  if (exp - Math.min(iat ?? now, now) > assertionLifetime + assertionSkew) {
    return `it lives longer than ${assertionLifetime / 60_000} minutes`
  }
  return { jti: decoded.jti, expiresAt: exp + assertionSkew }
}

const differs = (claim: string, sent: string, wanted: string): string =>
  `${claim} is ${JSON.stringify(sent.slice(0, 200))} where ${JSON.stringify(wanted)} is configured`
