import { Clock, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import {
  checkFederatedIdentity,
  checkLabel,
  type FederatedIdentity,
  noSuchClient,
  type OAuthClient,
  OAuthClientId,
  OAuthCredentialId,
  type OAuthFederation,
  type OAuthSecret,
  oauthLimits,
  oauthTokenLifetime,
  tooManyClients,
  tooManySecrets
} from "./OAuthClient.ts"
import { OAuthClients } from "./OAuthClients.ts"
import {
  generateAccessToken,
  generateClientSecret,
  hashCredential,
  organizationOfAccessToken
} from "./OAuthCredentials.ts"
import type { OrganizationId } from "./Organization.ts"
import { Organizations } from "./Organizations.ts"

interface Held {
  readonly organization: OrganizationId
  client: OAuthClient
  /** The hashes of its secrets, by their ids. */
  readonly hashes: Map<OAuthCredentialId, string>
}

interface HeldToken {
  readonly organization: OrganizationId
  readonly credential: OAuthCredentialId
  readonly expiresAt: number
}

const isLive = ({ revokedAt }: { readonly revokedAt: number | null }): boolean => revokedAt === null

const revoked = <A extends { readonly revokedAt: number | null }>(one: A, at: number): A =>
  isLive(one) ? { ...one, revokedAt: at } : one

/** The reference implementation of {@link OAuthClients}. */
export const layerMemoryOAuthClients: Layer.Layer<
  OAuthClients,
  never,
  Organizations | SecureRandom.SecureRandom | Digest.Digest
> = Layer.effect(
  OAuthClients,
  Effect.gen(function* () {
    const organizations = yield* Organizations
    const random = yield* SecureRandom.SecureRandom
    const digest = yield* Digest.Digest
    const clients: Array<Held> = []
    const tokens = new Map<string, HeldToken>()
    const assertions = new Map<string, { readonly organization: OrganizationId; readonly expiresAt: number }>()

    const hashOf = (text: string) => Effect.provideService(hashCredential(text), Digest.Digest, digest)

    const liveClient = (organization: OrganizationId, client: OAuthClientId): Held | undefined =>
      clients.find((held) => held.organization === organization && held.client.id === client && isLive(held.client))

    /** The client with that live credential, and the credential. */
    const liveCredential = (organization: OrganizationId, id: OAuthCredentialId) => {
      for (const held of clients) {
        if (held.organization !== organization || !isLive(held.client)) continue
        for (const credential of [...held.client.secrets, ...held.client.federations]) {
          if (credential.id === id && isLive(credential)) return { held, credential }
        }
      }
      return undefined
    }

    const organizationOf = (id: OrganizationId) =>
      Effect.map(organizations.list, (all) => all.find((organization) => organization.id === id))

    const newId = Effect.map(random.uuidV7(), (id) => OAuthCredentialId.make(id))

    const create = Effect.fnUntraced(function* (organization: OrganizationId, wanted: string) {
      const label = yield* checkLabel(wanted)
      const id = OAuthClientId.make(yield* random.uuidV7())
      const createdAt = yield* Clock.currentTimeMillis
      const live = clients.filter((held) => held.organization === organization && isLive(held.client))
      if (live.length >= oauthLimits.clients) return yield* tooManyClients()
      const client: OAuthClient = { id, label, createdAt, revokedAt: null, secrets: [], federations: [] }
      clients.push({ organization, client, hashes: new Map() })
      return client
    })

    const addSecret = Effect.fnUntraced(function* (
      organization: OrganizationId,
      client: OAuthClientId,
      wanted: string
    ) {
      const label = yield* checkLabel(wanted)
      const secret = yield* Effect.provideService(generateClientSecret, SecureRandom.SecureRandom, random)
      const text = Redacted.value(secret)
      const hash = yield* hashOf(text)
      const id = yield* newId
      const createdAt = yield* Clock.currentTimeMillis
      const held = liveClient(organization, client)
      if (held === undefined) return yield* noSuchClient()
      if (held.client.secrets.filter(isLive).length >= oauthLimits.secrets) return yield* tooManySecrets()
      const entry: OAuthSecret = { id, label, hint: text.slice(-4), createdAt, lastUsedAt: null, revokedAt: null }
      held.client = { ...held.client, secrets: [...held.client.secrets, entry] }
      held.hashes.set(id, hash)
      return { entry, secret }
    })

    const federate = Effect.fnUntraced(function* (
      organization: OrganizationId,
      client: OAuthClientId,
      wanted: string,
      wantedIdentity: FederatedIdentity
    ) {
      const label = yield* checkLabel(wanted)
      const identity = yield* checkFederatedIdentity(wantedIdentity)
      const id = yield* newId
      const createdAt = yield* Clock.currentTimeMillis
      const held = liveClient(organization, client)
      if (held === undefined) return yield* noSuchClient()
      const entry: OAuthFederation = { id, label, ...identity, createdAt, lastUsedAt: null, revokedAt: null }
      const before = held.client.federations.map((one) => revoked(one, createdAt))
      held.client = { ...held.client, federations: [...before, entry] }
      return entry
    })

    const revokeClient = Effect.fnUntraced(function* (organization: OrganizationId, client: OAuthClientId) {
      const now = yield* Clock.currentTimeMillis
      const held = liveClient(organization, client)
      if (held === undefined) return false
      const secrets = held.client.secrets.map((one) => revoked(one, now))
      const federations = held.client.federations.map((one) => revoked(one, now))
      held.client = { ...held.client, revokedAt: now, secrets, federations }
      return true
    })

    const revokeCredential = Effect.fnUntraced(function* (
      organization: OrganizationId,
      client: OAuthClientId,
      id: OAuthCredentialId
    ) {
      const now = yield* Clock.currentTimeMillis
      const found = liveCredential(organization, id)
      if (found === undefined || found.held.client.id !== client) return false
      const end = <A extends OAuthSecret | OAuthFederation>(one: A): A => (one.id === id ? revoked(one, now) : one)
      const { federations, secrets } = found.held.client
      found.held.client = { ...found.held.client, secrets: secrets.map(end), federations: federations.map(end) }
      return true
    })

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
      create,
      list: (organization) =>
        Effect.sync(() => clients.flatMap((held) => (held.organization === organization ? [held.client] : []))),
      addSecret,
      federate,
      revokeClient,
      revokeCredential,
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
