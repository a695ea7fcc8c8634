import { Clock, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { HeldOAuthClients } from "./HeldOAuthClients.ts"
import {
  isLive,
  type OAuthClientId,
  type OAuthCredentialId,
  type OAuthFederation,
  type OAuthSecret,
  oauthTokenLifetime
} from "./OAuthClient.ts"
import { OAuthClients } from "./OAuthClients.ts"
import { generateAccessToken, hashCredential, organizationOfAccessToken } from "./OAuthCredentials.ts"
import type { OrganizationId } from "./Organization.ts"
import { Organizations } from "./Organizations.ts"

interface HeldToken {
  readonly organization: OrganizationId
  readonly credential: OAuthCredentialId
  readonly expiresAt: number
}

/** The reference implementation of {@link OAuthClients}. */
export const layerMemoryOAuthClients: Layer.Layer<
  OAuthClients,
  never,
  MemoryStore | Organizations | SecureRandom.SecureRandom | Digest.Digest
> = Layer.effect(
  OAuthClients,
  Effect.gen(function* () {
    const store = yield* MemoryStore
    const organizations = yield* Organizations
    const random = yield* SecureRandom.SecureRandom
    const digest = yield* Digest.Digest
    const tokens = new Map<string, HeldToken>()
    const assertions = new Map<string, { readonly organization: OrganizationId; readonly expiresAt: number }>()

    const hashOf = (text: string) => Effect.provideService(hashCredential(text), Digest.Digest, digest)

    const clientsOf = (organization: OrganizationId): HeldOAuthClients =>
      store.get(organization)?.oauthClients ?? new Map()

    const liveClient = (organization: OrganizationId, client: OAuthClientId) => {
      const held = clientsOf(organization).get(client)
      return held !== undefined && isLive(held.client) ? held : undefined
    }

    /** The client with that live credential, and the credential. */
    const liveCredential = (organization: OrganizationId, id: OAuthCredentialId) => {
      for (const held of clientsOf(organization).values()) {
        if (!isLive(held.client)) continue
        for (const credential of [...held.client.secrets, ...held.client.federations]) {
          if (credential.id === id && isLive(credential)) return { held, credential }
        }
      }
      return undefined
    }

    const organizationOf = (id: OrganizationId) =>
      Effect.map(organizations.list, (all) => all.find((organization) => organization.id === id))

    const issueToken = Effect.fnUntraced(function* (organization: OrganizationId, id: OAuthCredentialId) {
      const token = yield* Effect.provideService(generateAccessToken(organization), SecureRandom.SecureRandom, random)
      const hash = yield* hashOf(Redacted.value(token))
      const now = yield* Clock.currentTimeMillis
      const found = liveCredential(organization, id)
      if (found === undefined) return undefined
      const expiresAt = now + oauthTokenLifetime
      tokens.set(hash, { organization, credential: id, expiresAt })
      const used = <A extends OAuthSecret | OAuthFederation>(one: A): A =>
        one.id === id ? { ...one, lastUsedAt: now } : one
      const { federations, secrets } = found.held.client
      found.held.client = { ...found.held.client, secrets: secrets.map(used), federations: federations.map(used) }
      return { token, expiresAt }
    })

    return OAuthClients.of({
      list: (organization) => Effect.sync(() => [...clientsOf(organization).values()].map(({ client }) => client)),
      findSecret: Effect.fnUntraced(function* (organization, client, secretHash) {
        const found = yield* organizationOf(organization)
        const held = liveClient(organization, client)
        const secret = held?.client.secrets.find((one) => isLive(one) && held.hashes.get(one.id) === secretHash)
        return secret === undefined || found === undefined
          ? undefined
          : { organization: found, id: secret.id, identity: undefined }
      }),
      findFederation: Effect.fnUntraced(function* (organization, client) {
        const found = yield* organizationOf(organization)
        const live = liveClient(organization, client)?.client.federations.find(isLive)
        if (live === undefined || found === undefined) return undefined
        const { audience, id, issuer, subject } = live
        return { organization: found, id, identity: { issuer, subject, audience } }
      }),
      useAssertion: (organization, assertionHash, expiresAt) =>
        Effect.sync(() => {
          const key = `${organization} ${assertionHash}`
          if (assertions.has(key)) return false
          assertions.set(key, { organization, expiresAt })
          return true
        }),
      issueToken,
      findTokenHolder: Effect.fnUntraced(function* (text) {
        const named = organizationOfAccessToken(text)
        if (named === undefined) return undefined
        const organization = yield* organizationOf(named)
        const token = tokens.get(yield* hashOf(text))
        const now = yield* Clock.currentTimeMillis
        if (organization === undefined || token?.organization !== named || token.expiresAt <= now) return undefined
        const found = liveCredential(named, token.credential)
        if (found === undefined) return undefined
        const label = `${found.held.client.label}: ${found.credential.label}`
        return { organization, credential: token.credential, label, expiresAt: token.expiresAt }
      }),
      removeExpired: Effect.fnUntraced(function* (organization, limit) {
        const now = yield* Clock.currentTimeMillis
        const remove = (from: Map<string, { readonly organization: OrganizationId; readonly expiresAt: number }>) => {
          let count = 0
          for (const [key, one] of from) {
            if (count >= limit) break
            if (one.organization === organization && one.expiresAt <= now && from.delete(key)) count++
          }
          return count
        }
        remove(assertions)
        return remove(tokens)
      })
    })
  })
)
