import { type DueSearch, DueUsers } from "@rollcall/domain/directory/DueUsers"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import { Settings } from "@rollcall/domain/organization/Settings"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Schema } from "effect"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

const someone = (condition: string) =>
  `(SELECT true FROM user_account u WHERE u.organization_id = o.organization_id AND u.living AND ${condition} LIMIT 1)`

/**
 * One look at an index for each organisation and reason, whatever the number of people: a scalar subquery is never
 * turned into a join of the whole table, as EXISTS may be.
 */
const dueOrganizations = `
  SELECT o.organization_id::text AS id, o.time_zone, o.settings, o.review_windows FROM organization o
  WHERE ${someone(
    "u.starts_on <= CASE WHEN (o.settings->>'startDates')::boolean THEN $1::date ELSE 'infinity'::date END"
  )}
  OR ((o.settings->>'deactivateOnTerminationDate')::boolean AND ${someone("u.ends_on < $1::date")})
  OR ${someone("u.manager_pending = 'reviewWindow'")}`

const OrganizationRows = Schema.Array(
  Schema.Struct({
    id: OrganizationId,
    time_zone: Schema.String,
    settings: Settings,
    review_windows: Schema.Array(ReviewWindow)
  })
)
const decodeOrganizations = Schema.decodeUnknownEffect(OrganizationRows)

const UserRows = Schema.Array(Schema.Struct({ id: UserId }))
const decodeUsers = Schema.decodeUnknownEffect(UserRows)

/** Before every id that is given out. */
const first = "00000000-0000-0000-0000-000000000000"

/** One branch for each reason, and so one index each; $2 is the person after whom the page begins, $3 its length. */
const dueUsers = (search: DueSearch): { readonly text: string; readonly dates: ReadonlyArray<string> } => {
  const dates: Array<string> = []
  const date = (text: string): string => `$${dates.push(text) + 3}::date`
  const conditions = [`u.starts_on <= ${date(search.startDatesOff ? "infinity" : search.today)}`]
  if (search.endings) conditions.push(`u.ends_on < ${date(search.today)}`)
  if (search.heldManagers) conditions.push("u.manager_pending = 'reviewWindow'")
  const branches = conditions.map(
    (condition) =>
      `SELECT u.id FROM user_account u WHERE u.organization_id = $1 AND u.living AND u.id > $2::uuid AND ${condition}`
  )
  return { text: `SELECT due.id::text AS id FROM (${branches.join(" UNION ")}) AS due ORDER BY due.id LIMIT $3`, dates }
}

/** Looking in PostgreSQL, a server's or the embedded one, for whom the clock has something to do. */
export const layer: Layer.Layer<DueUsers, never, ReadSql> = Layer.effect(
  DueUsers,
  Effect.gen(function* () {
    const sql = yield* ReadSql

    const organizations = Effect.fnUntraced(function* (latestToday: string) {
      const rows = yield* sql.unsafe(dueOrganizations, [latestToday])
      const decoded = yield* Effect.orDie(decodeOrganizations(rows))
      return decoded.map(({ id, review_windows, settings, time_zone }) => ({
        id,
        timeZone: time_zone,
        settings,
        reviewWindows: review_windows
      }))
    })

    const users = Effect.fnUntraced(function* (organization: OrganizationId, search: DueSearch) {
      const { dates, text } = dueUsers(search)
      const rows = yield* sql.unsafe(text, [organization, search.after ?? first, search.limit, ...dates])
      return (yield* Effect.orDie(decodeUsers(rows))).map(({ id }) => id)
    })

    return DueUsers.of({
      organizations: (latestToday) => storeFailures("find due organisations", organizations(latestToday)),
      users: (organization, search) => storeFailures("find due people", users(organization, search))
    })
  })
)
