import { Result, Schema } from "effect"
import { Base64 } from "effect/encoding"

/**
 * The argon2id hash of a password as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>` (RFC 9106), the
 * costs first, then salt and hash in base64 without padding.
 */
export const PasswordHash = Schema.String.check(
  Schema.makeFilter((text) => parsePasswordHash(text) !== undefined, { message: "must be an argon2id hash" })
).pipe(Schema.brand("PasswordHash"))
export type PasswordHash = typeof PasswordHash.Type

/** What a hash costs: memory in KiB, passes over it, and lanes. */
export interface PasswordCost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** What new hashes cost: 19 MiB, two passes, one lane, the least that OWASP recommends. */
export const passwordCost: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 }

/** The parts of a hash. */
export interface PasswordHashParts {
  readonly cost: PasswordCost
  readonly salt: Uint8Array
  readonly key: Uint8Array
}

const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Reads a PHC string; undefined where it is none of argon2id, version 19. */
export const parsePasswordHash = (text: string): PasswordHashParts | undefined => {
  const match = form.exec(text)
  if (match === null) return undefined
  const [, memory = "", passes = "", parallelism = "", salt = "", key = ""] = match
  const saltBytes = unpadded(salt)
  const keyBytes = unpadded(key)
  if (saltBytes === undefined || keyBytes === undefined) return undefined
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  if (cost.passes < 1 || cost.parallelism < 1 || cost.memory < 8 * cost.parallelism) return undefined
  return { cost, salt: saltBytes, key: keyBytes }
}

const unpadded = (text: string): Uint8Array | undefined => {
  const decoded = Base64.decode(text.padEnd(Math.ceil(text.length / 4) * 4, "="))
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

/** Writes a PHC string. */
export const formatPasswordHash = ({ cost, key, salt }: PasswordHashParts): PasswordHash => {
  const text = (bytes: Uint8Array) => Base64.encode(bytes).replaceAll("=", "")
  return PasswordHash.make(
    `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(salt)}$${text(key)}`
  )
}
