import type { Caller } from "@rollcall/domain/directory/Caller"
import { hashSecret } from "@rollcall/domain/organization/AccessKey"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { organizationOfAccessToken } from "@rollcall/domain/organization/OAuthCredentials"
import { type KeyHolder, Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, Context, Effect, Layer } from "effect"
import { Digest } from "effect/crypto"

/** For so long a key that was looked up is taken as it was without another look, in milliseconds. */
const fresh = 1_000
/** For so long it is still taken while the next look is under way: the longest that a revoked key works. */
const stale = 4_000
/** How often the last use of a key is written down. */
const useInterval = 60_000

const hashMark = "sha256 "

/** A holder, and until when: a token by OAuth expires, in milliseconds. */
interface Held {
  readonly holder: KeyHolder
  readonly expiresAt: number
}

interface Known extends Held {
  readAt: number
  usedAt: number
  refreshing: boolean
}

/**
 * Tells whose a well-formed secret is: SCIM token, API key, or access token by OAuth (R-ORG-5). It is looked up by its hash and remembered for at most four
 * seconds, so that a revocation counts within seconds on every server (ABUSE-24); its last use is written down.
 */
export class KeyHolders extends Context.Service<
  KeyHolders,
  {
    /** Undefined where nobody's: unknown, or revoked. */
    holderOf(secret: string): Effect.Effect<KeyHolder | undefined, StoreUnavailable>
    /** The same by the hash of a key, which a session remembers. */
    holderOfHash(secretHash: string): Effect.Effect<KeyHolder | undefined, StoreUnavailable>
  }
>()("@rollcall/http/auth/KeyHolders") {
  static readonly layer: Layer.Layer<KeyHolders, never, Organizations | OAuthClients | Digest.Digest> = Layer.effect(
    KeyHolders,
    Effect.gen(function* () {
      const organizations = yield* Organizations
      const clients = yield* OAuthClients
      const digest = yield* Digest.Digest
      const known = new Map<string, Known>()
      const fork = Effect.runForkWith(yield* Effect.context<never>())

      const byHash = (secretHash: string): Effect.Effect<Held | undefined, StoreUnavailable> =>
        Effect.map(
          organizations.findKeyHolder(secretHash),
          (holder) => holder && { holder, expiresAt: Number.POSITIVE_INFINITY }
        )

      const byKey = (secret: string): Effect.Effect<Held | undefined, StoreUnavailable> =>
        Effect.flatMap(Effect.provideService(hashSecret(secret), Digest.Digest, digest), byHash)

      const byToken = (token: string): Effect.Effect<Held | undefined, StoreUnavailable> =>
        Effect.map(
          clients.findTokenHolder(token),
          (found) =>
            found && {
              holder: {
                organization: found.organization,
                key: { id: found.credential, kind: "scim", label: found.label, scopes: [] }
              },
              expiresAt: found.expiresAt
            }
        )

      const isToken = (secret: string): boolean => organizationOfAccessToken(secret) !== undefined

      /** By a secret, or by a hash behind the mark that no secret has. */
      const lookUp = (name: string) => {
        if (name.startsWith(hashMark)) return byHash(name.slice(hashMark.length))
        return isToken(name) ? byToken(name) : byKey(name)
      }

      const remember = (secret: string, held: Held | undefined, now: number): KeyHolder | undefined => {
        if (held === undefined) {
          known.delete(secret)
          return undefined
        }
        const entry = known.get(secret)
        if (entry === undefined) known.set(secret, { ...held, readAt: now, usedAt: 0, refreshing: false })
        else Object.assign(entry, { ...held, readAt: now, refreshing: false })
        if (known.size > 10_000) for (const [key, { readAt }] of known) if (now - readAt > stale) known.delete(key)
        return held.holder
      }

      const noteUse = (secret: string, now: number): void => {
        const entry = known.get(secret)
        if (entry === undefined || now - entry.usedAt < useInterval) return
        // Of a client it is written down when it gets a token.
        if (Number.isFinite(entry.expiresAt)) return
        entry.usedAt = now
        const use = { organizationId: entry.holder.organization.id, keyId: entry.holder.key.id, at: now }
        fork(Effect.ignore(organizations.touchKeys([use])))
      }

      const holderOf = Effect.fnUntraced(function* (secret: string) {
        const now = yield* Clock.currentTimeMillis
        const entry = known.get(secret)
        const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.readAt
        if (entry !== undefined && age < stale && now < entry.expiresAt) {
          if (age >= fresh && !entry.refreshing) {
            entry.refreshing = true
            fork(
              Effect.match(lookUp(secret), {
                onSuccess: (held) => remember(secret, held, now),
                onFailure: () => {
                  entry.refreshing = false
                }
              })
            )
          }
          noteUse(secret, now)
          return entry.holder
        }
        const holder = remember(secret, yield* lookUp(secret), now)
        noteUse(secret, now)
        return holder
      })

      return KeyHolders.of({ holderOf, holderOfHash: (secretHash) => holderOf(`${hashMark}${secretHash}`) })
    })
  )
}

/** The caller that a request makes of a key's holder. */
export const actorOf = (holder: KeyHolder, userAgent: string | undefined): Caller["actor"] => ({
  keyId: holder.key.id,
  keyLabel: holder.key.label,
  client: (userAgent ?? "").slice(0, 200)
})
