import { Effect, Redacted, Result } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Base64Url, Hex } from "effect/encoding"
import { OrganizationId } from "../organization/Organization.ts"

const idLength = 16
const secretLength = 32
const form = /^[A-Za-z0-9_-]{64}$/

/**
 * A new token for a password link: 64 characters of base64url, the organisation's id and 256 random bits. The id leads
 * straight to the organisation's part of storage, without a table of all tokens.
 */
export const generatePasswordToken = Effect.fnUntraced(function* (organization: OrganizationId) {
  const random = yield* SecureRandom.SecureRandom
  const bytes = new Uint8Array(idLength + secretLength)
  bytes.set(Result.getOrThrow(Hex.decode(organization.replaceAll("-", ""))))
  bytes.set(yield* random.randomBytes(secretLength), idLength)
  return Redacted.make(Base64Url.encode(bytes), { label: "password link" })
})

/** The organisation that a token names; undefined where it is no token. */
export const organizationOfToken = (token: Redacted.Redacted<string>): OrganizationId | undefined => {
  const text = Redacted.value(token)
  const bytes = form.test(text) ? Base64Url.decode(text) : undefined
  if (bytes === undefined || Result.isFailure(bytes)) return undefined
  const id = Hex.encode(bytes.success.subarray(0, idLength))
  return OrganizationId.make(id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"))
}

/** The SHA-256 of a token in hexadecimal: what is stored. 256 random bits need no slower hash. */
export const hashPasswordToken = Effect.fnUntraced(function* (token: Redacted.Redacted<string>) {
  const digest = yield* Digest.Digest
  return yield* digest.digestHex(
    Digest.sha256,
    Uint8Array.from(Redacted.value(token), (character) => character.charCodeAt(0))
  )
})
