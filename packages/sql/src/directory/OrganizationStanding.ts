import type { OrganizationState } from "@rollcall/domain/directory/BatchWrites"
import { CustomAttribute } from "@rollcall/domain/organization/CustomAttribute"
import { SingleSignOn } from "@rollcall/domain/organization/Organization"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Schema } from "effect"

/** What decisions read of an organisation's row. */
export const readOrganization = `
  SELECT name, settings::text AS settings, time_zone, single_sign_on::text AS single_sign_on,
    scim_enabled, csv_allowed, review_windows::text AS review_windows, custom_attributes::text AS custom_attributes, revision::float8 AS revision,
    event_sequence::float8 AS event_sequence, log_sequence::float8 AS log_sequence,
    user_sequence::float8 AS user_sequence, group_sequence::float8 AS group_sequence,
    user_count::float8 AS user_count, group_count::float8 AS group_count
  FROM organization WHERE organization_id = $1`

/** The lock: whoever holds the organisation's row is its one hand. Everything read after it is the last word. */
export const lockOrganization = `${readOrganization} FOR UPDATE`

const OrganizationRow = Schema.Struct({
  name: Schema.String,
  settings: Schema.fromJsonString(Settings),
  time_zone: Schema.String,
  single_sign_on: Schema.fromJsonString(SingleSignOn),
  scim_enabled: Schema.Boolean,
  csv_allowed: Schema.Boolean,
  review_windows: Schema.fromJsonString(Schema.Array(ReviewWindow)),
  custom_attributes: Schema.fromJsonString(Schema.Array(CustomAttribute)),
  revision: Schema.Number,
  event_sequence: Schema.Number,
  log_sequence: Schema.Number,
  user_sequence: Schema.Number,
  group_sequence: Schema.Number,
  user_count: Schema.Number,
  group_count: Schema.Number
})
const decodeRow = Schema.decodeUnknownSync(OrganizationRow)

/** The organisation's row as it stood at a revision. */
export interface Standing {
  readonly revision: number
  readonly state: OrganizationState
}

/** Reads the row that {@link readOrganization} finds. */
export const standingOf = (found: unknown): Standing => toStanding(decodeRow(found))

const toStanding = (row: typeof OrganizationRow.Type): Standing => ({
  revision: row.revision,
  state: {
    name: row.name,
    settings: row.settings,
    timeZone: row.time_zone,
    singleSignOn: row.single_sign_on,
    scimEnabled: row.scim_enabled,
    csvAllowed: row.csv_allowed,
    reviewWindows: row.review_windows,
    customAttributes: row.custom_attributes,
    counters: {
      eventSequence: row.event_sequence,
      logSequence: row.log_sequence,
      userSequence: row.user_sequence,
      groupSequence: row.group_sequence,
      userCount: row.user_count,
      groupCount: row.group_count
    }
  }
})
