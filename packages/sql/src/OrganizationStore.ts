import {
  type AccessKey,
  AccessKeyKind,
  generateSecret,
  hashSecret,
  KeyScope,
  scopesOf
} from "@rollcall/domain/organization/AccessKey"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import { type Organization, OrganizationId, SingleSignOn } from "@rollcall/domain/organization/Organization"
import {
  checkName,
  checkSingleSignOn,
  checkTimeZone,
  noOrganization,
  subdomainTaken
} from "@rollcall/domain/organization/OrganizationFault"
import { type KeyHolder, type NewOrganization, Organizations } from "@rollcall/domain/organization/Organizations"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { checkReviewWindows, closeOpen, openAnother } from "@rollcall/domain/organization/ReviewWindows"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Clock, Effect, Layer, Redacted, Schema } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { doubles, uuids } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** The columns of an organisation, as `o`, that {@link toOrganization} reads. */
export const organizationColumns = `o.organization_id::text AS organization_id, o.subdomain, o.name, o.time_zone, o.single_sign_on,
  o.scim_enabled, o.csv_allowed, o.settings, o.custom_attributes, o.review_windows`

export const organizationFields = {
  organization_id: OrganizationId,
  subdomain: Subdomain,
  name: Schema.String,
  time_zone: Schema.String,
  single_sign_on: SingleSignOn,
  scim_enabled: Schema.Boolean,
  csv_allowed: Schema.Boolean,
  settings: Settings,
  custom_attributes: Schema.Array(CustomAttribute),
  review_windows: Schema.Array(ReviewWindow)
}
const OrganizationRow = Schema.Struct(organizationFields)
const decodeOrganizations = Schema.decodeUnknownEffect(Schema.Array(OrganizationRow))

export const toOrganization = (row: typeof OrganizationRow.Type): Organization => ({
  id: row.organization_id,
  subdomain: row.subdomain,
  name: row.name,
  timeZone: row.time_zone,
  singleSignOn: row.single_sign_on,
  scimEnabled: row.scim_enabled,
  csvAllowed: row.csv_allowed,
  settings: row.settings,
  customAttributes: row.custom_attributes,
  reviewWindows: row.review_windows
})

const insertOrganization = `
  WITH made AS (
    INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
      created_at)
    VALUES ($1::uuid, $2, $3, $4, $5::jsonb, $6, $7::jsonb, to_timestamp($8::float8 / 1000))
  )
  INSERT INTO organization_host (subdomain, organization_id) VALUES ($2, $1::uuid)`

const bySubdomain = `SELECT ${organizationColumns}
  FROM organization_host h JOIN organization o ON o.organization_id = h.organization_id WHERE h.subdomain = $1`

const allOrganizations = `SELECT ${organizationColumns} FROM organization o ORDER BY o.subdomain`

const milliseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`

const keysOfOrganization = `
  SELECT k.id::text AS id, k.kind, k.label, k.scopes, k.hint, ${milliseconds("k.created_at")} AS created_at,
    ${milliseconds("k.last_used_at")} AS last_used_at, ${milliseconds("k.revoked_at")} AS revoked_at
  FROM access_key k WHERE k.organization_id = $1 ORDER BY k.created_at, k.id`

const KeyRow = Schema.Struct({
  id: Schema.String,
  kind: AccessKeyKind,
  label: Schema.String,
  scopes: Schema.Array(KeyScope),
  hint: Schema.String,
  created_at: Schema.Number,
  last_used_at: Schema.NullOr(Schema.Number),
  revoked_at: Schema.NullOr(Schema.Number)
})
const decodeKeys = Schema.decodeUnknownEffect(Schema.Array(KeyRow))

const toKey = (row: typeof KeyRow.Type): AccessKey => ({
  id: row.id,
  kind: row.kind,
  label: row.label,
  scopes: row.scopes,
  hint: row.hint,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at
})

const insertKey = `
  WITH made AS (
    INSERT INTO access_key (organization_id, id, kind, label, hint, created_at, scopes)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5, to_timestamp($6::float8 / 1000), $8::jsonb)
  )
  INSERT INTO access_key_hash (secret_hash, organization_id, access_key_id) VALUES ($7, $1::uuid, $2::uuid)`

const revokeKey = `UPDATE access_key SET revoked_at = to_timestamp($3::float8 / 1000)
  WHERE organization_id = $1 AND id = $2::uuid AND revoked_at IS NULL RETURNING id::text AS id`

const holderOfKey = `SELECT ${organizationColumns}, k.id::text AS key_id, k.kind AS key_kind, k.label AS key_label,
  k.scopes AS key_scopes
  FROM access_key_hash h
  JOIN access_key k ON k.organization_id = h.organization_id AND k.id = h.access_key_id
  JOIN organization o ON o.organization_id = h.organization_id
  WHERE h.secret_hash = $1 AND k.revoked_at IS NULL`

const decodeHolders = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      ...organizationFields,
      key_id: Schema.String,
      key_kind: AccessKeyKind,
      key_label: Schema.String,
      key_scopes: Schema.Array(KeyScope)
    })
  )
)

// The rows are locked in one order, so that servers which note the same keys do not wait for each other in a circle.
const touchKeys = `
  WITH used AS (
    SELECT organization_id, id, max(at) AS at FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) AS use (organization_id, id, at)
    GROUP BY organization_id, id
  ), locked AS (
    SELECT k.organization_id, k.id, used.at FROM access_key k
    JOIN used ON used.organization_id = k.organization_id AND used.id = k.id
    ORDER BY k.organization_id, k.id FOR NO KEY UPDATE OF k
  )
  UPDATE access_key k SET last_used_at = GREATEST(k.last_used_at, to_timestamp(locked.at / 1000))
  FROM locked WHERE k.organization_id = locked.organization_id AND k.id = locked.id`

const lockReviewWindows = "SELECT review_windows FROM organization WHERE organization_id = $1 FOR UPDATE"
const decodeReviewWindows = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ review_windows: Schema.Array(ReviewWindow) }))
)

/** Sets a column of the organisation's row. The revision tells the writers of the directory that something changed. */
const setColumn = (column: string, type: string) =>
  `UPDATE organization SET ${column} = $2::${type}, revision = revision + 1 WHERE organization_id = $1`

const setScimEnabled = setColumn("scim_enabled", "boolean")
const setCsvAllowed = setColumn("csv_allowed", "boolean")
const mergeSettings = `UPDATE organization SET settings = settings || $2::jsonb, revision = revision + 1
  WHERE organization_id = $1`
const setSingleSignOn = setColumn("single_sign_on", "jsonb")
const setTimeZone = setColumn("time_zone", "text")
const setName = setColumn("name", "text")
const setReviewWindows = setColumn("review_windows", "jsonb")

/** Organisations and their keys in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<Organizations, never, ReadSql | WriteSql | SecureRandom.SecureRandom | Digest.Digest> =
  Layer.effect(
    Organizations,
    Effect.gen(function* () {
      const reading = yield* ReadSql
      const writing = yield* WriteSql
      const random = yield* SecureRandom.SecureRandom
      const digest = yield* Digest.Digest

      const organizations = (text: string, ...params: ReadonlyArray<unknown>) =>
        Effect.map(Effect.flatMap(reading.unsafe(text, params), decode(decodeOrganizations)), (rows) =>
          rows.map(toOrganization)
        )

      const create = Effect.fnUntraced(function* (wanted: NewOrganization) {
        const organization: Organization = {
          id: OrganizationId.make(yield* random.uuidV7()),
          subdomain: wanted.subdomain,
          name: wanted.name,
          timeZone: wanted.timeZone,
          singleSignOn: { enabled: false, signInUrl: null },
          scimEnabled: wanted.scimEnabled,
          csvAllowed: false,
          settings: wanted.settings,
          customAttributes: [],
          reviewWindows: []
        }
        yield* writing
          .unsafe(insertOrganization, [
            organization.id,
            organization.subdomain,
            organization.name,
            organization.timeZone,
            JSON.stringify(organization.singleSignOn),
            organization.scimEnabled,
            JSON.stringify(organization.settings),
            yield* Clock.currentTimeMillis
          ])
          .pipe(Effect.catchReason("SqlError", "UniqueViolation", () => Effect.fail(subdomainTaken(wanted.subdomain))))
        return organization
      })

      const issueKey = Effect.fnUntraced(function* (
        id: OrganizationId,
        kind: AccessKeyKind,
        label: string,
        scopes?: ReadonlyArray<KeyScope>
      ) {
        const secret = yield* Effect.provideService(generateSecret(kind), SecureRandom.SecureRandom, random)
        const text = Redacted.value(secret)
        const hash = yield* Effect.provideService(hashSecret(text), Digest.Digest, digest)
        const key: AccessKey = {
          id: yield* random.uuidV7(),
          kind,
          label,
          scopes: scopesOf(kind, scopes),
          hint: text.slice(-4),
          createdAt: yield* Clock.currentTimeMillis,
          lastUsedAt: null,
          revokedAt: null
        }
        yield* writing.unsafe(insertKey, [
          id,
          key.id,
          kind,
          label,
          key.hint,
          key.createdAt,
          hash,
          JSON.stringify(key.scopes)
        ])
        return { key, secret }
      })

      const revoke = Effect.fnUntraced(function* (id: OrganizationId, keyId: string) {
        if (parseUuid(keyId) === undefined) return false
        const now = yield* Clock.currentTimeMillis
        return (yield* writing.unsafe(revokeKey, [id, keyId, now])).length > 0
      })

      const save = (text: string, id: OrganizationId, value: unknown) =>
        Effect.asVoid(writing.unsafe(text, [id, value]))

      /** The windows under the lock of the organisation's row; undefined where there is no such organisation. */
      const lockWindows = Effect.fnUntraced(function* (id: OrganizationId) {
        const [row] = yield* Effect.flatMap(writing.unsafe(lockReviewWindows, [id]), decode(decodeReviewWindows))
        return row?.review_windows
      })

      const openReviewWindow = (id: OrganizationId, name: string, closesAt: number) =>
        Effect.gen(function* () {
          const windows = yield* lockWindows(id)
          if (windows === undefined) return yield* noOrganization()
          const opensAt = yield* Clock.currentTimeMillis
          const next = yield* openAnother(windows, { name, opensAt, closesAt }, yield* random.uuidV7())
          yield* save(setReviewWindows, id, JSON.stringify(next.windows))
          return next.opened
        }).pipe(writing.withTransaction)

      const closeReviewWindow = (id: OrganizationId, windowId: string | undefined) =>
        Effect.gen(function* () {
          const windows = yield* lockWindows(id)
          const next = closeOpen(windows ?? [], yield* Clock.currentTimeMillis, windowId)
          if (next.closed.length > 0) yield* save(setReviewWindows, id, JSON.stringify(next.windows))
          return next.closed
        }).pipe(writing.withTransaction)

      const findHolder = Effect.fnUntraced(function* (secretHash: string) {
        const [row] = yield* Effect.flatMap(reading.unsafe(holderOfKey, [secretHash]), decode(decodeHolders))
        if (row === undefined) return undefined
        const key = { id: row.key_id, kind: row.key_kind, label: row.key_label, scopes: row.key_scopes }
        return { organization: toOrganization(row), key } satisfies KeyHolder
      })

      return {
        create: (wanted) => storeFailures("create organization", create(wanted)),
        findBySubdomain: (subdomain) =>
          storeFailures(
            "find organization",
            Effect.map(organizations(bySubdomain, subdomain), ([organization]) => organization)
          ),
        list: storeFailures("list organizations", organizations(allOrganizations)),
        setScimEnabled: (id, enabled) => storeFailures("switch SCIM", save(setScimEnabled, id, enabled)),
        setCsvAllowed: (id, allowed) => storeFailures("allow CSV imports", save(setCsvAllowed, id, allowed)),
        saveSettings: (id, settings) =>
          storeFailures("save settings", save(mergeSettings, id, JSON.stringify(settings))),
        saveSingleSignOn: (id, singleSignOn) =>
          Effect.flatMap(checkSingleSignOn(singleSignOn), (checked) =>
            storeFailures("save single sign-on", save(setSingleSignOn, id, JSON.stringify(checked)))
          ),
        saveTimeZone: (id, timeZone) =>
          Effect.flatMap(checkTimeZone(timeZone), (checked) =>
            storeFailures("save time zone", save(setTimeZone, id, checked))
          ),
        saveName: (id, name) =>
          Effect.flatMap(checkName(name), (checked) => storeFailures("save name", save(setName, id, checked))),
        saveReviewWindows: (id, windows) =>
          Effect.flatMap(checkReviewWindows(windows), (checked) =>
            storeFailures("save review windows", save(setReviewWindows, id, JSON.stringify(checked)))
          ),
        openReviewWindow: (id, name, closesAt) =>
          storeFailures("open review window", openReviewWindow(id, name, closesAt)),
        closeReviewWindow: (id, windowId) => storeFailures("close review window", closeReviewWindow(id, windowId)),
        issueKey: (id, kind, label, scopes) => storeFailures("issue key", issueKey(id, kind, label, scopes)),
        listKeys: (id) =>
          storeFailures(
            "list keys",
            Effect.map(Effect.flatMap(reading.unsafe(keysOfOrganization, [id]), decode(decodeKeys)), (rows) =>
              rows.map(toKey)
            )
          ),
        revokeKey: (id, keyId) => storeFailures("revoke key", revoke(id, keyId)),
        findKeyHolder: (secretHash) => storeFailures("find key", findHolder(secretHash)),
        touchKeys: (uses) =>
          uses.length === 0
            ? Effect.void
            : storeFailures(
                "note uses of keys",
                writing.unsafe(touchKeys, [
                  uuids(uses.map((use) => use.organizationId)),
                  uuids(uses.map((use) => use.keyId)),
                  doubles(uses.map((use) => use.at))
                ])
              ).pipe(Effect.asVoid)
      }
    })
  )

/** Rows that are not what this package wrote are a defect. */
const decode =
  <A, E>(decoder: (rows: unknown) => Effect.Effect<A, E>) =>
  (rows: unknown): Effect.Effect<A> =>
    Effect.orDie(decoder(rows))
