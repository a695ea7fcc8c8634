import { IssuerDocuments } from "@rollcall/delivery/federation/IssuerDocuments"
import { IssuerUnreachable } from "@rollcall/domain/organization/FederatedIdentities"
import { Effect, Layer } from "effect"
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"

export const issuer = "https://login.kelp.example/t1/v2.0"

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export const makeKey = (kid: string, alg = "ES256"): Effect.Effect<SigningKey> =>
  Effect.promise(async () => {
    const { privateKey, publicKey } = await generateKeyPair(alg)
    return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: "sig" } }
  })

/** A JWT with these claims, signed by a key, under headers that may lie about it. */
export const signed = (key: SigningKey, claims: Record<string, unknown> = {}, header: Record<string, string> = {}) =>
  Effect.promise(() =>
    new SignJWT({ iss: issuer, sub: "sync-1", ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "JWT", ...header })
      .sign(key.privateKey)
  )

/** What an issuer publishes just now, and how often each address was asked. */
export interface Published {
  documents: Record<string, unknown>
  readonly asked: Array<string>
}

export const discovery = `${issuer}/.well-known/openid-configuration`
export const metadata = "https://login.kelp.example/.well-known/oauth-authorization-server/t1/v2.0"
export const jwks = "https://keys.kelp.example/t1"

export const publish = (...keys: ReadonlyArray<SigningKey>): Published["documents"] => ({
  [discovery]: { issuer, jwks_uri: jwks, token_endpoint: "https://login.kelp.example/token" },
  [jwks]: { keys: keys.map(({ jwk }) => jwk) }
})

export const layerPublished = (published: Published) =>
  Layer.succeed(IssuerDocuments, {
    fetch: (url) =>
      Effect.suspend(() => {
        published.asked.push(url)
        return url in published.documents
          ? Effect.andThen(Effect.yieldNow, Effect.succeed(published.documents[url]))
          : Effect.fail(new IssuerUnreachable({ reason: `${url} answered 404` }))
      })
  })
