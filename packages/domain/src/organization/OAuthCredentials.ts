import { Effect, Redacted, Result } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Base64Url, Hex } from "effect/encoding"
import { randomLetters } from "./AccessKey.ts"
import { OAuthClientId } from "./OAuthClient.ts"
import { OrganizationId } from "./Organization.ts"

// The underscore tells all of them from SCIM tokens and API keys, and the beginning tells scanners what leaked.
const clientPrefix = "rco_"
const secretPrefix = "rcs_"
const tokenPrefix = "rct_"

const secretLetters = 40
const idLength = 16
const randomLength = 32

const bytesOfId = (id: string): Uint8Array => Result.getOrThrow(Hex.decode(id.replaceAll("-", "")))

const idOfBytes = (bytes: Uint8Array): string =>
  Hex.encode(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")

/** The bytes of a text that has a beginning and is base64url in its one canonical spelling; undefined where it is not. */
const bytesAfter = (prefix: string, text: string, length: number): Uint8Array | undefined => {
  if (!text.startsWith(prefix) || text.length > 100) return undefined
  const encoded = text.slice(prefix.length)
  const bytes = Base64Url.decode(encoded)
  if (Result.isFailure(bytes) || bytes.success.length !== length) return undefined
  return Base64Url.encode(bytes.success) === encoded ? bytes.success : undefined
}

const joined = (prefix: string, ...parts: readonly [Uint8Array, Uint8Array]): string => {
  const bytes = new Uint8Array(parts[0].length + parts[1].length)
  bytes.set(parts[0])
  bytes.set(parts[1], parts[0].length)
  return prefix + Base64Url.encode(bytes)
}

/** A client and whose it is. */
export interface ClientAddress {
  readonly organization: OrganizationId
  readonly client: OAuthClientId
}

/** The `client_id` of a client: no secret. It names the organisation, so that no table of all clients is needed. */
export const clientIdText = ({ client, organization }: ClientAddress): string =>
  joined(clientPrefix, bytesOfId(organization), bytesOfId(client))

/** The client that a `client_id` names; undefined where it is none. */
export const parseClientId = (text: string): ClientAddress | undefined => {
  const bytes = bytesAfter(clientPrefix, text, 2 * idLength)
  return bytes === undefined
    ? undefined
    : {
        organization: OrganizationId.make(idOfBytes(bytes.subarray(0, idLength))),
        client: OAuthClientId.make(idOfBytes(bytes.subarray(idLength)))
      }
}

/** A new client secret: 238 random bits in letters and digits, which every way of sending it leaves as they are. */
export const generateClientSecret: Effect.Effect<
  Redacted.Redacted<string>,
  Effect.Error<ReturnType<typeof randomLetters>>,
  SecureRandom.SecureRandom
> = Effect.map(randomLetters(secretLetters), (letters) =>
  Redacted.make(secretPrefix + letters, { label: "client secret" })
)

/** A new access token: the organisation's id, which leads straight to its part of storage, and 256 random bits. */
export const generateAccessToken = Effect.fnUntraced(function* (organization: OrganizationId) {
  const random = yield* SecureRandom.SecureRandom
  const text = joined(tokenPrefix, bytesOfId(organization), yield* random.randomBytes(randomLength))
  return Redacted.make(text, { label: "access token" })
})

/** The organisation that an access token names; undefined where it is of another form. */
export const organizationOfAccessToken = (token: string): OrganizationId | undefined => {
  const bytes = bytesAfter(tokenPrefix, token, idLength + randomLength)
  return bytes === undefined ? undefined : OrganizationId.make(idOfBytes(bytes.subarray(0, idLength)))
}

/** The SHA-256 of a secret, token or `jti` in hexadecimal: what is stored and looked up (ABUSE-26). */
export const hashCredential = Effect.fnUntraced(function* (text: string) {
  const digest = yield* Digest.Digest
  return yield* digest.digestHex(Digest.sha256, new TextEncoder().encode(text))
})
