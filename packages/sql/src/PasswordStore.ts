import { type OrganizationId, SingleSignOn } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import { PasswordHash } from "@rollcall/domain/user/PasswordHash"
import {
  type PasswordLink,
  type PasswordLinkPurpose,
  PasswordLinks,
  passwordLinkLifetime,
  passwordLinkMemory,
  passwordLinkState
} from "@rollcall/domain/user/PasswordLinks"
import { Passwords } from "@rollcall/domain/user/Passwords"
import { generatePasswordToken, hashPasswordToken, organizationOfToken } from "@rollcall/domain/user/PasswordToken"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, Layer, type Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

const findPasswords = `SELECT p.hash, p.synced_hash FROM user_password p
  JOIN user_account u ON u.organization_id = p.organization_id AND u.id = p.user_id
  WHERE p.organization_id = $1 AND p.user_id = $2::uuid AND u.living`

const decodePasswords = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ hash: Schema.String, synced_hash: Schema.NullOr(Schema.String) }))
)

/** What this package wrote is taken for what it is; a hash that cannot be read is nobody's. */
const storedHash = (text: string): PasswordHash => PasswordHash.make(text, { disableChecks: true })

/** People's passwords in PostgreSQL. */
export const layerPasswords: Layer.Layer<Passwords, never, ReadSql> = Layer.effect(
  Passwords,
  Effect.map(ReadSql, (sql) =>
    Passwords.of({
      find: (organization, user) =>
        storeFailures(
          "find password",
          Effect.flatMap(sql.unsafe(findPasswords, [organization, user]), (rows) =>
            Effect.map(Effect.orDie(decodePasswords(rows)), ([row]) =>
              row === undefined
                ? undefined
                : {
                    current: storedHash(row.hash),
                    synced: row.synced_hash === null ? undefined : storedHash(row.synced_hash)
                  }
            )
          )
        )
    })
  )
)

/** What nobody will ask for any more goes with the next link that the person gets, so no job has to sweep the table. */
const insertLink = `
  WITH forgotten AS (
    DELETE FROM password_link WHERE organization_id = $1::uuid AND user_id = $3::uuid
      AND expires_at <= to_timestamp($8::float8 / 1000)
  )
  INSERT INTO password_link (organization_id, token_hash, user_id, purpose, sent_to_key, created_at, expires_at)
  SELECT $1::uuid, $2, $3::uuid, $4, $5, to_timestamp($6::float8 / 1000), to_timestamp($7::float8 / 1000)
  WHERE EXISTS (SELECT FROM user_account WHERE organization_id = $1::uuid AND id = $3::uuid)`

/** An account without the attribute is active; the search document has it as the attribute table says. */
const mayUse = `(u.living AND (u.search -> 'active') IS DISTINCT FROM 'false'::jsonb)`

const findLink = `SELECT l.user_id::text AS user_id, l.purpose, l.sent_to_key,
    (extract(epoch FROM l.expires_at) * 1000)::float8 AS expires_at,
    l.used_at IS NOT NULL AS used, l.void_at IS NOT NULL AS replaced,
    u.email_key, u.resource, ${mayUse} AS may_use, o.subdomain, o.name, o.single_sign_on
  FROM password_link l
  JOIN user_account u ON u.organization_id = l.organization_id AND u.id = l.user_id
  JOIN organization o ON o.organization_id = l.organization_id
  WHERE l.organization_id = $1 AND l.token_hash = $2`

const decodeLinks = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      user_id: UserId,
      purpose: Schema.Literals(["set", "reset"]),
      sent_to_key: Schema.String,
      expires_at: Schema.Number,
      used: Schema.Boolean,
      replaced: Schema.Boolean,
      email_key: Schema.NullOr(Schema.String),
      resource: Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)),
      may_use: Schema.Boolean,
      subdomain: Subdomain,
      name: Schema.String,
      single_sign_on: SingleSignOn
    })
  )
)

/** Links to the password page in PostgreSQL. */
export const layerPasswordLinks: Layer.Layer<
  PasswordLinks,
  never,
  ReadSql | WriteSql | SecureRandom.SecureRandom | Digest.Digest
> = Layer.effect(
  PasswordLinks,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom
    const digest = yield* Digest.Digest

    const hashOf = (token: Redacted.Redacted<string>) =>
      Effect.provideService(hashPasswordToken(token), Digest.Digest, digest)

    const issue = Effect.fnUntraced(function* (
      organization: OrganizationId,
      user: UserId,
      purpose: PasswordLinkPurpose,
      sentTo: string
    ) {
      const token = yield* Effect.provideService(generatePasswordToken(organization), SecureRandom.SecureRandom, random)
      const hash = yield* hashOf(token)
      const now = yield* Clock.currentTimeMillis
      const expiresAt = now + passwordLinkLifetime
      const params = [
        organization,
        hash,
        user,
        purpose,
        comparisonKey(sentTo),
        now,
        expiresAt,
        now - passwordLinkMemory
      ]
      yield* writing.unsafe(insertLink, params)
      return { token, expiresAt }
    })

    const look = Effect.fnUntraced(function* (token: Redacted.Redacted<string>) {
      const organization = organizationOfToken(token)
      if (organization === undefined) return undefined
      const now = yield* Clock.currentTimeMillis
      const rows = yield* reading.unsafe(findLink, [organization, yield* hashOf(token)])
      const [row] = yield* Effect.orDie(decodeLinks(rows))
      if (row === undefined) return undefined
      return {
        organization: {
          id: organization,
          subdomain: row.subdomain,
          name: row.name,
          singleSignOn: row.single_sign_on
        },
        user: row.user_id,
        attributes: row.resource,
        purpose: row.purpose,
        state: passwordLinkState(
          {
            expiresAt: row.expires_at,
            used: row.used,
            replaced: row.replaced,
            sentToKey: row.sent_to_key,
            emailKey: row.email_key ?? undefined,
            mayUse: row.may_use
          },
          now
        )
      } satisfies PasswordLink
    })

    return PasswordLinks.of({
      issue: (organization, user, purpose, sentTo) =>
        storeFailures("make password link", issue(organization, user, purpose, sentTo)),
      look: (token) => storeFailures("find password link", look(token))
    })
  })
)
