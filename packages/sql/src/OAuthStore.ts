import { OAuthCredentialId, oauthTokenLifetime } from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import {
  generateAccessToken,
  hashCredential,
  organizationOfAccessToken
} from "@rollcall/domain/organization/OAuthCredentials"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, Layer, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { identityOf, readClients } from "./OAuthRow.ts"
import { organizationColumns, organizationFields, toOrganization } from "./OrganizationStore.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const time = (parameter: number) => `to_timestamp($${parameter}::float8 / 1000)`

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
        list: (organization) => storeFailures("list OAuth clients", readClients(reading, organization, "all")),
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
