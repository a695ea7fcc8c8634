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
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import {
  generateAccessToken,
  generateClientSecret,
  hashCredential,
  organizationOfAccessToken
} from "@rollcall/domain/organization/OAuthCredentials"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, Layer, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationColumns, organizationFields, toOrganization } from "./OrganizationStore.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const time = (parameter: number) => `to_timestamp($${parameter}::float8 / 1000)`

/** Whoever makes something of an organisation takes turns at its row, so that what is counted stays so. */
const lockOrganization = "SELECT FROM organization WHERE organization_id = $1 FOR NO KEY UPDATE"

const countClients = "SELECT count(*)::int AS count FROM oauth_client WHERE organization_id = $1 AND revoked_at IS NULL"

const insertClient = `INSERT INTO oauth_client (organization_id, id, label, created_at)
  VALUES ($1::uuid, $2::uuid, $3, ${time(4)})`

/** The live client stays one until the transaction ends. */
const lockClient = `SELECT id::text AS id FROM oauth_client
  WHERE organization_id = $1 AND id = $2::uuid AND revoked_at IS NULL FOR NO KEY UPDATE`

const countSecrets = `SELECT count(*)::int AS count FROM oauth_credential
  WHERE organization_id = $1 AND client_id = $2::uuid AND kind = 'secret' AND revoked_at IS NULL`

const insertSecret = `INSERT INTO oauth_credential
    (organization_id, id, client_id, kind, label, hint, secret_hash, created_at)
  VALUES ($1::uuid, $2::uuid, $3::uuid, 'secret', $4, $5, $6, ${time(7)})`

const insertFederation = `INSERT INTO oauth_credential
    (organization_id, id, client_id, kind, label, issuer, subject, audience, created_at)
  VALUES ($1::uuid, $2::uuid, $3::uuid, 'federation', $4, $5, $6, $7, ${time(8)})`

const endFederations = `UPDATE oauth_credential SET revoked_at = ${time(3)}
  WHERE organization_id = $1 AND client_id = $2::uuid AND kind = 'federation' AND revoked_at IS NULL`

const endCredentials = `UPDATE oauth_credential SET revoked_at = ${time(3)}
  WHERE organization_id = $1 AND client_id = $2::uuid AND revoked_at IS NULL`

const endClient = `UPDATE oauth_client SET revoked_at = ${time(3)} WHERE organization_id = $1 AND id = $2::uuid`

const endCredential = `UPDATE oauth_credential SET revoked_at = ${time(4)}
  WHERE organization_id = $1 AND client_id = $2::uuid AND id = $3::uuid AND revoked_at IS NULL RETURNING id::text AS id`

const clientsOf = `SELECT id::text AS id, label, ${milliseconds("created_at")} AS created_at,
    ${milliseconds("revoked_at")} AS revoked_at
  FROM oauth_client WHERE organization_id = $1 ORDER BY oauth_client.created_at, oauth_client.id`

const credentialsOf = `SELECT id::text AS id, client_id::text AS client_id, kind, label, hint, issuer, subject, audience,
    ${milliseconds("created_at")} AS created_at, ${milliseconds("last_used_at")} AS last_used_at,
    ${milliseconds("revoked_at")} AS revoked_at
  FROM oauth_credential WHERE organization_id = $1 ORDER BY oauth_credential.created_at, oauth_credential.id`

const liveCredentials = `SELECT c.id::text AS id, o.subdomain, c.issuer, c.subject, c.audience
  FROM oauth_credential c
  JOIN oauth_client k ON k.organization_id = c.organization_id AND k.id = c.client_id
  JOIN organization o ON o.organization_id = c.organization_id
  WHERE c.organization_id = $1 AND c.client_id = $2::uuid AND c.revoked_at IS NULL AND k.revoked_at IS NULL`

const findSecret = `${liveCredentials} AND c.kind = 'secret' AND c.secret_hash = $3`

const findFederation = `${liveCredentials} AND c.kind = 'federation'`

/** One of any number comes first; an assertion that has expired does not come back, so nothing need be looked at. */
const insertAssertion = `INSERT INTO oauth_assertion (organization_id, assertion_hash, expires_at)
  VALUES ($1::uuid, $2, ${time(3)}) ON CONFLICT DO NOTHING RETURNING assertion_hash`

/** A revocation that comes in between waits for the row, or makes this find none. */
const insertToken = `
  WITH live AS (
    UPDATE oauth_credential c SET last_used_at = GREATEST(c.last_used_at, ${time(3)})
    FROM oauth_client k
    WHERE c.organization_id = $1::uuid AND c.id = $2::uuid AND c.revoked_at IS NULL
      AND k.organization_id = c.organization_id AND k.id = c.client_id AND k.revoked_at IS NULL
    RETURNING c.id
  )
  INSERT INTO oauth_token (organization_id, token_hash, credential_id, expires_at)
  SELECT $1::uuid, $4, live.id, ${time(5)} FROM live RETURNING token_hash`

const holderOfToken = `SELECT ${organizationColumns}, c.id::text AS credential_id, k.label || ': ' || c.label AS label,
    ${milliseconds("t.expires_at")} AS expires_at
  FROM oauth_token t
  JOIN oauth_credential c ON c.organization_id = t.organization_id AND c.id = t.credential_id
  JOIN oauth_client k ON k.organization_id = c.organization_id AND k.id = c.client_id
  JOIN organization o ON o.organization_id = t.organization_id
  WHERE t.organization_id = $1 AND t.token_hash = $2 AND t.expires_at > ${time(3)}
    AND c.revoked_at IS NULL AND k.revoked_at IS NULL`

const removeExpired = (table: string, key: string) => `
  WITH old AS (
    SELECT ${key} FROM ${table} WHERE organization_id = $1 AND expires_at <= ${time(2)}
    ORDER BY expires_at LIMIT $3::bigint FOR UPDATE SKIP LOCKED
  )
  DELETE FROM ${table} t USING old WHERE t.organization_id = $1 AND t.${key} = old.${key} RETURNING t.${key}`

const removeTokens = removeExpired("oauth_token", "token_hash")
const removeAssertions = removeExpired("oauth_assertion", "assertion_hash")

const NullableText = Schema.NullOr(Schema.String)

const decodeCount = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ count: Schema.Int })]))
const decodeClients = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: OAuthClientId,
      label: Schema.String,
      created_at: Schema.Number,
      revoked_at: Schema.NullOr(Schema.Number)
    })
  )
)
const CredentialRow = Schema.Struct({
  id: OAuthCredentialId,
  client_id: OAuthClientId,
  kind: Schema.Literals(["secret", "federation"]),
  label: Schema.String,
  hint: NullableText,
  issuer: NullableText,
  subject: NullableText,
  audience: NullableText,
  created_at: Schema.Number,
  last_used_at: Schema.NullOr(Schema.Number),
  revoked_at: Schema.NullOr(Schema.Number)
})
const decodeCredentials = Schema.decodeUnknownEffect(Schema.Array(CredentialRow))
const decodeLive = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: OAuthCredentialId,
      subdomain: Subdomain,
      issuer: NullableText,
      subject: NullableText,
      audience: NullableText
    })
  )
)
const decodeHolders = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      ...organizationFields,
      credential_id: OAuthCredentialId,
      label: Schema.String,
      expires_at: Schema.Number
    })
  )
)

const historyOf = (row: typeof CredentialRow.Type) => ({
  id: row.id,
  label: row.label,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at
})

const secretOf = (row: typeof CredentialRow.Type): OAuthSecret => ({ ...historyOf(row), hint: row.hint ?? "" })

const identityOf = (row: {
  readonly issuer: string | null
  readonly subject: string | null
  readonly audience: string | null
}): FederatedIdentity => ({ issuer: row.issuer ?? "", subject: row.subject ?? "", audience: row.audience ?? "" })

/** Clients by OAuth 2.0 in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<OAuthClients, never, ReadSql | WriteSql | SecureRandom.SecureRandom | Digest.Digest> =
  Layer.effect(
    OAuthClients,
    Effect.gen(function* () {
      const reading = yield* ReadSql
      const writing = yield* WriteSql
      const random = yield* SecureRandom.SecureRandom
      const digest = yield* Digest.Digest

      const hashOf = (text: string) => Effect.provideService(hashCredential(text), Digest.Digest, digest)
      const newId = Effect.map(random.uuidV7(), (id) => OAuthCredentialId.make(id))

      const count = (text: string, ...params: ReadonlyArray<unknown>) =>
        Effect.map(Effect.flatMap(writing.unsafe(text, params), decode(decodeCount)), ([row]) => row.count)

      const create = Effect.fnUntraced(function* (organization: OrganizationId, label: string) {
        const id = OAuthClientId.make(yield* random.uuidV7())
        const createdAt = yield* Clock.currentTimeMillis
        yield* writing.unsafe(lockOrganization, [organization])
        if ((yield* count(countClients, organization)) >= oauthLimits.clients) return yield* tooManyClients()
        yield* writing.unsafe(insertClient, [organization, id, label, createdAt])
        return { id, label, createdAt, revokedAt: null, secrets: [], federations: [] } satisfies OAuthClient
      }, writing.withTransaction)

      const insistOnClient = Effect.fnUntraced(function* (organization: OrganizationId, client: OAuthClientId) {
        const found = yield* writing.unsafe(lockClient, [organization, client])
        if (found.length === 0) return yield* noSuchClient()
      })

      const addSecret = Effect.fnUntraced(function* (
        organization: OrganizationId,
        client: OAuthClientId,
        label: string
      ) {
        const secret = yield* Effect.provideService(generateClientSecret, SecureRandom.SecureRandom, random)
        const text = Redacted.value(secret)
        const hash = yield* hashOf(text)
        const id = yield* newId
        const createdAt = yield* Clock.currentTimeMillis
        const hint = text.slice(-4)
        yield* insistOnClient(organization, client)
        if ((yield* count(countSecrets, organization, client)) >= oauthLimits.secrets) return yield* tooManySecrets()
        yield* writing.unsafe(insertSecret, [organization, id, client, label, hint, hash, createdAt])
        const entry: OAuthSecret = { id, label, hint, createdAt, lastUsedAt: null, revokedAt: null }
        return { entry, secret }
      }, writing.withTransaction)

      const federate = Effect.fnUntraced(function* (
        organization: OrganizationId,
        client: OAuthClientId,
        label: string,
        identity: FederatedIdentity
      ) {
        const id = yield* newId
        const createdAt = yield* Clock.currentTimeMillis
        yield* insistOnClient(organization, client)
        yield* writing.unsafe(endFederations, [organization, client, createdAt])
        const { audience, issuer, subject } = identity
        yield* writing.unsafe(insertFederation, [organization, id, client, label, issuer, subject, audience, createdAt])
        return { id, label, ...identity, createdAt, lastUsedAt: null, revokedAt: null } satisfies OAuthFederation
      }, writing.withTransaction)

      const revokeClient = Effect.fnUntraced(function* (organization: OrganizationId, client: OAuthClientId) {
        const now = yield* Clock.currentTimeMillis
        if ((yield* writing.unsafe(lockClient, [organization, client])).length === 0) return false
        yield* writing.unsafe(endCredentials, [organization, client, now])
        yield* writing.unsafe(endClient, [organization, client, now])
        return true
      }, writing.withTransaction)

      const list = Effect.fnUntraced(function* (organization: OrganizationId) {
        const clients = yield* Effect.flatMap(reading.unsafe(clientsOf, [organization]), decode(decodeClients))
        const rows = yield* Effect.flatMap(reading.unsafe(credentialsOf, [organization]), decode(decodeCredentials))
        return clients.map(({ created_at, id, label, revoked_at }): OAuthClient => {
          const own = rows.filter((row) => row.client_id === id)
          return {
            id,
            label,
            createdAt: created_at,
            revokedAt: revoked_at,
            secrets: own.flatMap((row) => (row.kind === "secret" ? [secretOf(row)] : [])),
            federations: own.flatMap((row) =>
              row.kind === "federation" ? [{ ...historyOf(row), ...identityOf(row) }] : []
            )
          }
        })
      })

      const live = (text: string, organization: OrganizationId, ...params: ReadonlyArray<unknown>) =>
        Effect.map(
          Effect.flatMap(reading.unsafe(text, [organization, ...params]), decode(decodeLive)),
          ([row]) =>
            row && {
              organization: { id: organization, subdomain: row.subdomain },
              id: row.id,
              identity: identityOf(row)
            }
        )

      const issueToken = Effect.fnUntraced(function* (organization: OrganizationId, credential: OAuthCredentialId) {
        const token = yield* Effect.provideService(generateAccessToken(organization), SecureRandom.SecureRandom, random)
        const hash = yield* hashOf(Redacted.value(token))
        const now = yield* Clock.currentTimeMillis
        const expiresAt = now + oauthTokenLifetime
        const made = yield* writing.unsafe(insertToken, [organization, credential, now, hash, expiresAt])
        return made.length === 0 ? undefined : { token, expiresAt }
      })

      const findTokenHolder = Effect.fnUntraced(function* (token: string) {
        const organization = organizationOfAccessToken(token)
        if (organization === undefined) return undefined
        const params = [organization, yield* hashOf(token), yield* Clock.currentTimeMillis]
        const [row] = yield* Effect.flatMap(reading.unsafe(holderOfToken, params), decode(decodeHolders))
        return (
          row && {
            organization: toOrganization(row),
            credential: row.credential_id,
            label: row.label,
            expiresAt: row.expires_at
          }
        )
      })

      const sweep = Effect.fnUntraced(function* (organization: OrganizationId, limit: number) {
        const params = [organization, yield* Clock.currentTimeMillis, limit]
        yield* writing.unsafe(removeAssertions, params)
        return (yield* writing.unsafe(removeTokens, params)).length
      })

      return OAuthClients.of({
        create: (organization, label) =>
          Effect.flatMap(checkLabel(label), (plain) => storeFailures("make OAuth client", create(organization, plain))),
        list: (organization) => storeFailures("list OAuth clients", list(organization)),
        addSecret: (organization, client, label) =>
          Effect.flatMap(checkLabel(label), (plain) =>
            storeFailures("make client secret", addSecret(organization, client, plain))
          ),
        federate: (organization, client, label, identity) =>
          Effect.flatMap(Effect.all([checkLabel(label), checkFederatedIdentity(identity)]), ([plain, checked]) =>
            storeFailures("federate OAuth client", federate(organization, client, plain, checked))
          ),
        revokeClient: (organization, client) =>
          storeFailures("revoke OAuth client", revokeClient(organization, client)),
        revokeCredential: (organization, client, credential) =>
          storeFailures(
            "revoke client secret",
            Effect.map(
              Effect.flatMap(Clock.currentTimeMillis, (now) =>
                writing.unsafe(endCredential, [organization, client, credential, now])
              ),
              (rows) => rows.length > 0
            )
          ),
        findSecret: (organization, client, secretHash) =>
          storeFailures(
            "find client secret",
            Effect.map(
              live(findSecret, organization, client, secretHash),
              (found) => found && { ...found, identity: undefined }
            )
          ),
        findFederation: (organization, client) =>
          storeFailures("find federated identity", live(findFederation, organization, client)),
        useAssertion: (organization, assertionHash, expiresAt) =>
          storeFailures(
            "use assertion",
            Effect.map(
              writing.unsafe(insertAssertion, [organization, assertionHash, expiresAt]),
              (rows) => rows.length > 0
            )
          ),
        issueToken: (organization, credential) =>
          storeFailures("make access token", issueToken(organization, credential)),
        findTokenHolder: (token) => storeFailures("find access token", findTokenHolder(token)),
        removeExpired: (organization, limit) => storeFailures("remove expired tokens", sweep(organization, limit))
      })
    })
  )

/** Rows that are not what this package wrote are a defect. */
const decode =
  <A, E>(decoder: (rows: unknown) => Effect.Effect<A, E>) =>
  (rows: unknown): Effect.Effect<A> =>
    Effect.orDie(decoder(rows))
