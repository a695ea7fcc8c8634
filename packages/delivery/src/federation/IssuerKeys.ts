import { IssuerUnreachable } from "@rollcall/domain/organization/FederatedIdentities"
import { Clock, Context, Effect, Layer, Option, Schema, Semaphore } from "effect"
import { createLocalJWKSet, type JSONWebKeySet } from "jose"
import { IssuerDocuments } from "./IssuerDocuments.ts"

/** Chooses the one key that fits the header of a JWT. */
export type KeySet = ReturnType<typeof createLocalJWKSet>

/** For so long keys are used without asking again, in milliseconds: a key that its issuer withdrew works no longer. */
export const keysFresh = 10 * 60_000
/** For so long keys are still used where the issuer cannot be reached. */
export const keysStale = 24 * 60 * 60_000
/** So long an issuer is left alone after it was asked, whatever comes in. */
export const keysCoolDown = 30_000

/** Issuers whose keys are remembered at most; beyond, the one that came first is forgotten. */
const mostIssuers = 1_000

interface Known {
  keys: KeySet | undefined
  fetchedAt: number
  triedAt: number
  readonly oneAtATime: Semaphore.Semaphore
}

/**
 * The public keys of issuers, found by their discovery document and remembered. Keys change at any time: whoever meets
 * one that is not among them says so, and they are asked for again, at most every 30 seconds.
 */
export class IssuerKeys extends Context.Service<
  IssuerKeys,
  {
    /** The keys of an issuer; asked for anew where the caller met one that `isUnknown` to those it was given before. */
    keysOf(issuer: string, isUnknown: boolean): Effect.Effect<KeySet, IssuerUnreachable>
  }
>()("@rollcall/delivery/federation/IssuerKeys") {
  static readonly layer: Layer.Layer<IssuerKeys, never, IssuerDocuments> = Layer.effect(
    IssuerKeys,
    Effect.gen(function* () {
      const documents = yield* IssuerDocuments
      const issuers = new Map<string, Known>()

      const remembered = (issuer: string): Known => {
        const found = issuers.get(issuer)
        if (found !== undefined) return found
        const [first] = issuers.keys()
        if (issuers.size >= mostIssuers && first !== undefined) issuers.delete(first)
        const made: Known = {
          keys: undefined,
          fetchedAt: Number.NEGATIVE_INFINITY,
          triedAt: Number.NEGATIVE_INFINITY,
          oneAtATime: Semaphore.makeUnsafe(1)
        }
        issuers.set(issuer, made)
        return made
      }

      const download = Effect.fnUntraced(function* (issuer: string) {
        const { jwks_uri } = yield* documents.fetch(discoveryUrl(issuer)).pipe(
          Effect.flatMap((found) => metadataOf(issuer, found)),
          Effect.catch((first) =>
            Effect.flatMap(documents.fetch(authorizationServerUrl(issuer)), (found) => metadataOf(issuer, found)).pipe(
              Effect.mapError((second) => new IssuerUnreachable({ reason: `${first.reason}; ${second.reason}` }))
            )
          )
        )
        const found = yield* documents.fetch(jwks_uri)
        return yield* Effect.try({
          // What is no set of keys is refused by the library, which looks at every member.
          try: () => createLocalJWKSet(found as JSONWebKeySet),
          catch: () => new IssuerUnreachable({ reason: `${jwks_uri} holds no keys` })
        })
      })

      const keysOf = Effect.fnUntraced(function* (issuer: string, isUnknown: boolean) {
        const known = remembered(issuer)
        const askedAt = yield* Clock.currentTimeMillis
        const isFresh = (now: number) => known.keys !== undefined && now - known.fetchedAt < keysFresh
        if (known.keys !== undefined && isFresh(askedAt) && !isUnknown) return known.keys
        return yield* known.oneAtATime.withPermit(
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            // Somebody else asked while this one waited, or just before.
            if (now - known.triedAt >= keysCoolDown) {
              known.triedAt = now
              const fetched = yield* Effect.result(download(issuer))
              if (fetched._tag === "Success") {
                known.keys = fetched.success
                known.fetchedAt = now
              } else {
                yield* Effect.logWarning("The keys of an issuer cannot be fetched", fetched.failure.reason)
              }
            }
            if (known.keys === undefined || now - known.fetchedAt >= keysStale) {
              return yield* new IssuerUnreachable({ reason: `no keys of ${issuer} can be had just now` })
            }
            return known.keys
          })
        )
      })

      return IssuerKeys.of({ keysOf })
    })
  )
}

/** OpenID Connect Discovery 1.0 section 4: after the path of the issuer. */
const discoveryUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`

/** RFC 8414 section 3.1: between the host and the path of the issuer. */
const authorizationServerUrl = (issuer: string): string => {
  const url = new URL(issuer)
  return `${url.origin}/.well-known/oauth-authorization-server${url.pathname.replace(/\/$/, "")}`
}

const decodeMetadata = Schema.decodeUnknownOption(Schema.Struct({ issuer: Schema.String, jwks_uri: Schema.String }))

/** A document that speaks of another issuer than the one that was asked is no document of it (RFC 8414 section 3.3). */
const metadataOf = (issuer: string, document: unknown) =>
  Option.match(decodeMetadata(document), {
    onNone: () =>
      Effect.fail(new IssuerUnreachable({ reason: `the document of ${issuer} names no issuer or jwks_uri` })),
    onSome: (metadata) =>
      metadata.issuer === issuer
        ? Effect.succeed(metadata)
        : Effect.fail(
            new IssuerUnreachable({ reason: `the document of ${issuer} is of ${metadata.issuer.slice(0, 200)}` })
          )
  })
