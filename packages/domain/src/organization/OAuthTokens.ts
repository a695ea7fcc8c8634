import { Clock, Context, Effect, Layer, Redacted, Schema } from "effect"
import { Digest } from "effect/crypto"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { assertionSize, judgeAssertion } from "./Assertion.ts"
import { makeFailedAttempts } from "./FailedAttempts.ts"
import { FederatedIdentities, type IssuerUnreachable } from "./FederatedIdentities.ts"
import { oauthLimits, oauthTokenLifetime } from "./OAuthClient.ts"
import { type LiveCredential, OAuthClients } from "./OAuthClients.ts"
import { type ClientAddress, hashCredential, parseClientId } from "./OAuthCredentials.ts"

/** What a client proves itself by: a secret, or a JWT that its identity provider signed (RFC 7523). */
export type ClientProof =
  | { readonly kind: "secret"; readonly secret: Redacted.Redacted<string> }
  | { readonly kind: "assertion"; readonly assertion: Redacted.Redacted<string> }

/** A request for a token. */
export interface TokenWish {
  readonly clientId: string
  readonly proof: ClientProof
  /** The organisation whose address was asked; undefined on an address of all. */
  readonly subdomain: string | undefined
}

/** The client is not who it says, or may not have a token. Whoever asked is told that and no more. */
export class ClientRefused extends Schema.TaggedError<ClientRefused>()("ClientRefused", {
  /** Why, for the log only. */
  reason: Schema.String
}) {}

/** The client failed so often that it has to wait. */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  /** Whole seconds. */
  retryAfter: Schema.Number
}) {}

export interface GrantedToken {
  readonly token: Redacted.Redacted<string>
  /** Whole seconds. */
  readonly expiresIn: number
}

interface Known {
  /** At most as many as may be live, the one that was used last at the end. */
  readonly secretHashes: Set<string>
  issuer: string | undefined
}

/** With every token so many expired ones go, so that no job has to sweep them. */
const swept = 100

/**
 * Tokens for clients that prove themselves (R-ORG-5; RFC 6749 section 4.4, RFC 7523 section 2.2).
 *
 * A client that failed ten times within a minute waits for the rest of it, at each server: it is not looked up then,
 * except with a proof that this server has taken before, so that nobody who knows a client's id keeps it out.
 */
export class OAuthTokens extends Context.Service<
  OAuthTokens,
  {
    grant(
      wish: TokenWish
    ): Effect.Effect<GrantedToken, ClientRefused | TooManyAttempts | IssuerUnreachable | StoreUnavailable>
  }
>()("@rollcall/domain/organization/OAuthTokens") {
  static readonly layer: Layer.Layer<OAuthTokens, never, OAuthClients | FederatedIdentities | Digest.Digest> =
    Layer.effect(
      OAuthTokens,
      Effect.gen(function* () {
        const clients = yield* OAuthClients
        const identities = yield* FederatedIdentities
        const digest = yield* Digest.Digest
        const failed = makeFailedAttempts()
        /** What each client got tokens by: the hashes of its secrets, and who signed for it. */
        const known = new Map<string, Known>()

        const remember = (clientId: string, secretHash: string | undefined, issuer: string | undefined): void => {
          const entry: Known = known.get(clientId) ?? { secretHashes: new Set(), issuer: undefined }
          known.set(clientId, entry)
          entry.issuer = issuer ?? entry.issuer
          if (secretHash === undefined) return
          entry.secretHashes.delete(secretHash)
          entry.secretHashes.add(secretHash)
          const [oldest] = entry.secretHashes
          if (entry.secretHashes.size > oauthLimits.secrets && oldest !== undefined) entry.secretHashes.delete(oldest)
        }

        const hashOf = (text: string) => Effect.provideService(hashCredential(text), Digest.Digest, digest)

        const bySecret = Effect.fnUntraced(function* ({ client, organization }: ClientAddress, hash: string) {
          const found = yield* clients.findSecret(organization, client, hash)
          return found ?? (yield* refused("there is no such live client with this secret"))
        })

        const byAssertion = Effect.fnUntraced(function* (
          { client, organization }: ClientAddress,
          assertion: Redacted.Redacted<string>
        ) {
          if (Redacted.value(assertion).length > assertionSize) return yield* refused("the assertion is too long")
          const found = yield* clients.findFederation(organization, client)
          if (found === undefined) return yield* refused("there is no such live client with a federated identity")
          const claims = yield* identities
            .claims(found.identity.issuer, assertion)
            .pipe(Effect.catchTag("AssertionRefused", ({ reason }) => refused(reason)))
          const held = judgeAssertion(claims, found.identity, yield* Clock.currentTimeMillis)
          if (typeof held === "string") return yield* refused(`the assertion is refused: ${held}`)
          if (held.jti !== undefined) {
            const hash = yield* hashOf(`${found.identity.issuer}\n${held.jti}`)
            if (!(yield* clients.useAssertion(organization, hash, held.expiresAt))) {
              return yield* refused("the assertion was used before (jti)")
            }
          }
          return found
        })

        /** Whether a proof is as good as one that was taken before, as far as can be told without storage. */
        const isKnown = (clientId: string, proof: ClientProof, hash: string | undefined) => {
          const { issuer, secretHashes } = known.get(clientId) ?? {}
          if (proof.kind === "secret") return Effect.succeed(hash !== undefined && secretHashes?.has(hash) === true)
          if (issuer === undefined) return Effect.succeed(false)
          return Effect.match(identities.claims(issuer, proof.assertion), {
            onFailure: () => false,
            onSuccess: () => true
          })
        }

        const issue = Effect.fnUntraced(function* (
          { organization }: ClientAddress,
          credential: LiveCredential,
          subdomain: string | undefined
        ) {
          if (subdomain !== undefined && subdomain !== credential.organization.subdomain) {
            return yield* refused("the client is another organisation's than the address")
          }
          const issued = yield* clients.issueToken(organization, credential.id)
          if (issued === undefined) return yield* refused("the credential was revoked meanwhile")
          // The token is there; what is left behind goes with the next.
          yield* Effect.ignore(clients.removeExpired(organization, swept))
          return { token: issued.token, expiresIn: oauthTokenLifetime / 1_000 }
        })

        const grant = Effect.fnUntraced(function* ({ clientId, proof, subdomain }: TokenWish) {
          const address = parseClientId(clientId)
          if (address === undefined) return yield* refused("there is no such client id")
          const now = yield* Clock.currentTimeMillis
          const hash = proof.kind === "secret" ? yield* hashOf(Redacted.value(proof.secret)) : undefined
          const retryAfter = failed.wait(clientId, now)
          if (retryAfter > 0 && !(yield* isKnown(clientId, proof, hash))) {
            return yield* new TooManyAttempts({ retryAfter })
          }
          const proven =
            proof.kind === "assertion" ? byAssertion(address, proof.assertion) : bySecret(address, hash ?? "")
          return yield* Effect.flatMap(proven, (credential) =>
            Effect.tap(issue(address, credential, subdomain), () =>
              Effect.sync(() => remember(clientId, hash, credential.identity?.issuer))
            )
          ).pipe(
            Effect.tapError((error) =>
              Effect.sync(() => {
                if (error._tag === "ClientRefused") failed.note(clientId, now)
              })
            )
          )
        })

        return OAuthTokens.of({ grant })
      })
    )
}

const refused = (reason: string): Effect.Effect<never, ClientRefused> => Effect.fail(new ClientRefused({ reason }))
