import { Effect, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

/** What a key opens: the SCIM endpoint, or the Public API (R-ORG-3). */
export const AccessKeyKind = Schema.Literals(["scim", "api"])
export type AccessKeyKind = typeof AccessKeyKind.Type

/** The length tells the two kinds apart, and nothing else does (R-ORG-3, R-ORG-4). */
export const accessKeyLength: Readonly<Record<AccessKeyKind, number>> = { scim: 30, api: 32 }

/**
 * What a Public API key may do: everything (`admin`), the SCIM settings and tokens, reading alone, imports, or the access
 * check alone. A SCIM token has none.
 */
export const KeyScope = Schema.Literals(["admin", "integrations", "read", "import", "access-check"])
export type KeyScope = typeof KeyScope.Type

/** A key as it is listed: the secret itself is shown once and kept only as a hash. */
export const AccessKey = Schema.Struct({
  id: Schema.String,
  kind: AccessKeyKind,
  label: Schema.String,
  scopes: Schema.Array(KeyScope),
  /** The last four characters, to tell keys apart. */
  hint: Schema.String,
  createdAt: Schema.Number,
  lastUsedAt: Schema.NullOr(Schema.Number),
  revokedAt: Schema.NullOr(Schema.Number)
})
/** Times are milliseconds since 1970 UTC. */
export type AccessKey = typeof AccessKey.Type

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** So many letters and digits from a cryptographic source, without modulo bias. */
export const randomLetters = Effect.fnUntraced(function* (length: number) {
  const random = yield* SecureRandom.SecureRandom
  let letters = ""
  while (letters.length < length) {
    for (const byte of yield* random.randomBytes(64)) {
      // 248 is the largest multiple of 62 that a byte holds.
      if (byte < 248 && letters.length < length) letters += alphabet[byte % 62]
    }
  }
  return letters
})

/** A new secret of letters and digits (R-ORG-3). */
export const generateSecret = (kind: AccessKeyKind) =>
  Effect.map(randomLetters(accessKeyLength[kind]), (secret) => Redacted.make(secret))

/**
 * The SHA-256 of a well-formed secret (letters and digits) in hexadecimal: what is stored. A random secret of 178 bits
 * needs no slower hash.
 */
export const hashSecret = Effect.fnUntraced(function* (secret: string) {
  const digest = yield* Digest.Digest
  return yield* digest.digestHex(
    Digest.sha256,
    Uint8Array.from(secret, (character) => character.charCodeAt(0))
  )
})

/** What a presented secret looks like, judged by its form alone (R-ORG-4). */
export const secretForm = (secret: string): AccessKeyKind | "neither" => {
  for (const kind of AccessKeyKind.literals) {
    if (secret.length === accessKeyLength[kind] && /^[A-Za-z0-9]+$/.test(secret)) return kind
  }
  return "neither"
}

/** The scopes of a new key: an API key for which none are given is for everything, a SCIM token has none. */
export const scopesOf = (kind: AccessKeyKind, scopes: ReadonlyArray<KeyScope> | undefined): ReadonlyArray<KeyScope> =>
  kind === "scim" ? [] : (scopes ?? ["admin"])
