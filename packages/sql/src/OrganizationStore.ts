import { AccessKeyKind, KeyScope } from "@rollcall/domain/organization/AccessKey"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import { type Organization, OrganizationId, SingleSignOn } from "@rollcall/domain/organization/Organization"
import { subdomainTaken } from "@rollcall/domain/organization/OrganizationFault"
import { type KeyHolder, type NewOrganization, Organizations } from "@rollcall/domain/organization/Organizations"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { decodeKeys, keysOfOrganization, toKey } from "./AccessKeyRow.ts"
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

/** Organisations and their keys in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<Organizations, never, ReadSql | WriteSql | SecureRandom.SecureRandom> = Layer.effect(
  Organizations,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom

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
      listKeys: (id) =>
        storeFailures(
          "list keys",
          Effect.map(Effect.flatMap(reading.unsafe(keysOfOrganization, [id]), decode(decodeKeys)), (rows) =>
            rows.map(toKey)
          )
        ),
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
