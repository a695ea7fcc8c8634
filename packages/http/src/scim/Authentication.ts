import type { Caller } from "@rollcall/domain/directory/Caller"
import { accessKeyLength, hashSecret, secretForm } from "@rollcall/domain/organization/AccessKey"
import { type KeyHolder, Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Clock, Context, Effect, Layer } from "effect"
import { Digest } from "effect/crypto"
import type { HttpServerRequest } from "effect/http"

/** For so long a key that was looked up is taken as it was without another look, in milliseconds. */
const fresh = 1_000
/** For so long it is still taken while the next look is under way: the longest that a revoked key works. */
const stale = 4_000
/** How often the last use of a key is written down. */
const useInterval = 60_000

interface Known {
  holder: KeyHolder
  readAt: number
  usedAt: number
  refreshing: boolean
}

/**
 * Tells whose key a request carries (R-ORG-2 to R-ORG-4). A key is looked up by its hash and remembered for at most
 * four seconds, so that a revocation counts within seconds on every server (ABUSE-24).
 */
export class Authentication extends Context.Service<
  Authentication,
  {
    /** The holder of the SCIM token; fails with 401 where there is none, or where the host belongs to somebody else. */
    authenticate(request: HttpServerRequest.HttpServerRequest): Effect.Effect<KeyHolder, ScimError | StoreUnavailable>
  }
>()("@rollcall/http/scim/Authentication") {
  static readonly layer = (baseDomain: string): Layer.Layer<Authentication, never, Organizations | Digest.Digest> =>
    Layer.effect(
      Authentication,
      Effect.gen(function* () {
        const organizations = yield* Organizations
        const digest = yield* Digest.Digest
        const known = new Map<string, Known>()
        const fork = Effect.runForkWith(yield* Effect.context<never>())

        const lookUp = (secret: string): Effect.Effect<KeyHolder | undefined, StoreUnavailable> =>
          Effect.flatMap(Effect.provideService(hashSecret(secret), Digest.Digest, digest), (hash) =>
            organizations.findKeyHolder(hash)
          )

        const remember = (secret: string, holder: KeyHolder | undefined, now: number): KeyHolder | undefined => {
          if (holder === undefined) {
            known.delete(secret)
            return undefined
          }
          const entry = known.get(secret)
          if (entry === undefined) known.set(secret, { holder, readAt: now, usedAt: 0, refreshing: false })
          else Object.assign(entry, { holder, readAt: now, refreshing: false })
          if (known.size > 10_000) for (const [key, { readAt }] of known) if (now - readAt > stale) known.delete(key)
          return holder
        }

        const noteUse = (secret: string, now: number): void => {
          const entry = known.get(secret)
          if (entry === undefined || now - entry.usedAt < useInterval) return
          entry.usedAt = now
          const use = { organizationId: entry.holder.organization.id, keyId: entry.holder.key.id, at: now }
          fork(Effect.ignore(organizations.touchKeys([use])))
        }

        const holderOf = Effect.fnUntraced(function* (secret: string) {
          const now = yield* Clock.currentTimeMillis
          const entry = known.get(secret)
          const age = entry === undefined ? Number.POSITIVE_INFINITY : now - entry.readAt
          if (entry !== undefined && age < stale) {
            if (age >= fresh && !entry.refreshing) {
              entry.refreshing = true
              fork(
                Effect.match(lookUp(secret), {
                  onSuccess: (holder) => remember(secret, holder, now),
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

        return Authentication.of({
          authenticate: Effect.fnUntraced(function* (request) {
            const secret = yield* bearerSecret(request)
            const form = secretForm(secret)
            if (form === "neither") {
              return yield* unauthorized(
                "The access token is not valid. Copy the SCIM token of this organisation again: it has " +
                  `${accessKeyLength.scim} letters and digits.`
              )
            }
            const holder = yield* holderOf(secret)
            if (form === "api" || holder?.key.kind === "api") {
              return yield* unauthorized(
                `This looks like a Public API key (${accessKeyLength.api} characters). A SCIM token ` +
                  `(${accessKeyLength.scim} characters) belongs here.`
              )
            }
            if (holder === undefined) {
              return yield* unauthorized(
                "The access token is not valid: it is unknown or was revoked. Create a new SCIM token and enter it in " +
                  "your identity provider."
              )
            }
            const subdomain = subdomainOf(request.headers.host, baseDomain)
            if (subdomain !== undefined && subdomain !== holder.organization.subdomain) {
              return yield* unauthorized(
                "The access token does not belong to this address. Check the SCIM base URL and the token: both come " +
                  "from the same organisation."
              )
            }
            return holder
          })
        })
      })
    )
}

const unauthorized = (detail: string): ScimError => new ScimError({ status: 401, detail })

/** The secret in `Authorization: Bearer …`, of which there must be exactly one (ABUSE-21). */
const bearerSecret = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<string, ScimError> => {
  const header = request.headers.authorization
  if (header === undefined || header === "") {
    return Effect.fail(
      unauthorized("The request carries no access token. Send the SCIM token as Authorization: Bearer <token>.")
    )
  }
  if (countAuthorizations(request.source) > 1) {
    return Effect.fail(unauthorized("The request carries several Authorization headers. Send one."))
  }
  const match = /^bearer +([^\s]+) *$/i.exec(header)
  return match?.[1] === undefined
    ? Effect.fail(
        unauthorized("The Authorization header is not of the form Bearer <token>. Send the SCIM token that way.")
      )
    : Effect.succeed(match[1])
}

/** Node keeps only the first of several; the raw list tells. */
const countAuthorizations = (source: object): number => {
  const raw: unknown = "rawHeaders" in source ? source.rawHeaders : undefined
  if (!Array.isArray(raw)) return 1
  let count = 0
  for (let i = 0; i < raw.length; i += 2) if (String(raw[i]).toLowerCase() === "authorization") count++
  return count
}

/** The subdomain of a host under the base domain; undefined on any other host (R-ORG-2). */
export const subdomainOf = (host: string | undefined, baseDomain: string): string | undefined => {
  const name = (host ?? "").toLowerCase().replace(/:\d+$/, "")
  const suffix = `.${baseDomain.toLowerCase()}`
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined
}

/** The caller that a request makes of a key's holder. */
export const actorOf = (holder: KeyHolder, userAgent: string | undefined): Caller["actor"] => ({
  keyId: holder.key.id,
  keyLabel: holder.key.label,
  client: (userAgent ?? "").slice(0, 200)
})
