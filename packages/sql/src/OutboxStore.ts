import { Occasion } from "@rollcall/domain/mail/Occasion"
import {
  type MailClaim,
  type MailQuery,
  mailConsumer,
  mailPosition,
  mostSettled,
  Outbox,
  type ResendableState,
  readMailPosition,
  type SettleMails
} from "@rollcall/domain/mail/Outbox"
import { claimed, isMailKey, newMail, type OutboxMail, owed, released, resent } from "@rollcall/domain/mail/OutboxMail"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { parseUuid, UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { doubles, ints, texts, uuids } from "./directory/ColumnArrays.ts"
import {
  claimColumns,
  decodeClaims,
  decodeMails,
  decodePeople,
  mailColumns,
  toDueMail,
  toMail,
  toMailOrganization
} from "./OutboxRow.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** Events are read in windows of so many numbers. */
const eventWindow = 1_000

const workOfAll = `
  SELECT organization_id::text AS organization, bool_or(has_events) AS "hasEvents" FROM (
    SELECT o.organization_id, true AS has_events
    FROM organization o LEFT JOIN event_consumer c ON c.organization_id = o.organization_id AND c.consumer = $2
    WHERE o.event_sequence > coalesce(c.position, 0)
    UNION ALL
    SELECT DISTINCT m.organization_id, false FROM outbox_mail m WHERE m.due_at <= to_timestamp($1::float8 / 1000)
  ) AS work GROUP BY organization_id`

const decodeWork = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ organization: OrganizationId, hasEvents: Schema.Boolean }))
)

// The counter is read with the position and before the events: every event up to it has been committed.
const positionOfConsumer = `
  SELECT coalesce(c.position, 0)::float8 AS position, o.event_sequence::float8 AS last
  FROM organization o LEFT JOIN event_consumer c ON c.organization_id = o.organization_id AND c.consumer = $2
  WHERE o.organization_id = $1`

const decodePosition = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ position: Schema.Number, last: Schema.Number }))
)

const eventsWithMail = `
  SELECT e.sequence::float8 AS sequence, (extract(epoch FROM e.at) * 1000)::float8 AS at, e.data
  FROM event e
  WHERE e.organization_id = $1 AND e.sequence > $2::float8::bigint AND e.sequence <= $3::float8::bigint
    AND e.type LIKE 'user.%' AND e.data LIKE '%"mail"%'
  ORDER BY e.sequence`

const decodeEvents = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      sequence: Schema.Number,
      at: Schema.Number,
      data: Schema.fromJsonString(Schema.Struct({ user: UserId, mail: Schema.optionalKey(Occasion) }))
    })
  )
)

/** What becomes of an e-mail, as a column: of several the values are one array parameter of the type. */
interface OutcomeColumn {
  readonly name: string
  readonly type: "text" | "int4" | "float8"
  readonly isTime?: true
  readonly read: (mail: OutboxMail) => string | number | undefined
}

const outcomeColumns: ReadonlyArray<OutcomeColumn> = [
  { name: "state", type: "text", read: (mail) => mail.state },
  { name: "message_id", type: "text", read: (mail) => mail.messageId },
  { name: "recipient", type: "text", read: (mail) => mail.recipient },
  { name: "attempts", type: "int4", read: (mail) => mail.attempts },
  { name: "first_attempt_at", type: "float8", isTime: true, read: (mail) => mail.firstAttemptAt },
  { name: "last_attempt_at", type: "float8", isTime: true, read: (mail) => mail.lastAttemptAt },
  { name: "due_at", type: "float8", isTime: true, read: (mail) => mail.dueAt },
  { name: "ended_at", type: "float8", isTime: true, read: (mail) => mail.endedAt },
  { name: "error", type: "text", read: (mail) => mail.error }
]

const keyColumn: OutcomeColumn = { name: "key", type: "text", read: (mail) => mail.key }
const settledColumns = [keyColumn, ...outcomeColumns]

const arrays = { text: texts, int4: ints, float8: doubles }

const outcomesOf = (mails: ReadonlyArray<OutboxMail>): ReadonlyArray<unknown> =>
  settledColumns.map(({ read, type }) => arrays[type](mails.map((mail) => read(mail) ?? null)))

/** The parameters of {@link outcomesOf}, from a place on, and the names by which they are a `line`. */
const outcomeArrays = (first: number): string =>
  settledColumns.map(({ type }, i) => `$${first + i}::${type}[]`).join(", ")
const outcomeNames = settledColumns.map(({ name }) => name).join(", ")

const outcome = ({ isTime, name }: OutcomeColumn): string =>
  isTime ? `to_timestamp(line.${name} / 1000)` : `line.${name}`

// Whoever reads the same events at the same time finds the position moved, and writes nothing.
const advance = `
  WITH moved AS (
    INSERT INTO event_consumer (organization_id, consumer, position) VALUES ($1, $2, $4::float8)
    ON CONFLICT (organization_id, consumer) DO UPDATE SET position = excluded.position
      WHERE event_consumer.position = $3::float8
    RETURNING organization_id
  )
  INSERT INTO outbox_mail (organization_id, user_id, occasion, owed_at, key, ${outcomeColumns.map(({ name }) => name).join(", ")})
  SELECT $1, line.user_id, line.occasion, to_timestamp(line.owed_at / 1000), line.key, ${outcomeColumns.map(outcome).join(", ")}
  FROM unnest($5::uuid[], $6::text[], $7::float8[], ${outcomeArrays(8)})
    AS line (user_id, occasion, owed_at, ${outcomeNames})
  WHERE EXISTS (SELECT FROM moved)
  ON CONFLICT (organization_id, key) DO NOTHING`

/** The organisation and its living people of these ids, as far as there are some. */
const peopleOf = `
  SELECT o.name, o.subdomain, o.single_sign_on, u.id::text AS id, u.resource AS person
  FROM organization o
  LEFT JOIN user_account u ON u.organization_id = o.organization_id AND u.id = ANY ($2::uuid[]) AND u.living
  WHERE o.organization_id = $1`

// The number stands in the text: of a limit that it does not know the planner takes a tenth of the table for the likely one.
const dueUpTo = (most: number, columns: string): string => `
    SELECT ${columns} FROM outbox_mail m
    WHERE m.organization_id = $1 AND m.due_at <= to_timestamp($2::float8 / 1000)
    ORDER BY m.due_at, m.key LIMIT ${most} FOR UPDATE SKIP LOCKED`

const ofWhom = `
  JOIN organization o ON o.organization_id = m.organization_id
  LEFT JOIN user_account u ON u.organization_id = m.organization_id AND u.id = m.user_id AND u.living`

const claimOne = `
  WITH due AS (${dueUpTo(1, "m.key")}
  ), claimed AS (
    UPDATE outbox_mail m SET state = 'pending', attempts = m.attempts + 1, claim_token = $4::uuid,
      first_attempt_at = coalesce(m.first_attempt_at, to_timestamp($2::float8 / 1000)),
      last_attempt_at = to_timestamp($2::float8 / 1000), due_at = to_timestamp($3::float8 / 1000)
    FROM due WHERE m.organization_id = $1 AND m.key = due.key
    RETURNING m.*
  )
  SELECT ${claimColumns} FROM claimed m ${ofWhom}`

const lockUpTo = (most: number): string =>
  `WITH due AS MATERIALIZED (${dueUpTo(most, "m.*")}) SELECT ${claimColumns} FROM due m ${ofWhom}`

// Every column that an attempt or a resend changes.
const store = `
  UPDATE outbox_mail m SET ${outcomeColumns.map((column) => `${column.name} = ${outcome(column)}`).join(", ")}, claim_token = NULL
  FROM (SELECT ${settledColumns.map(({ name, type }, i) => `$${i + 2}::${type} AS ${name}`).join(", ")}) AS line
  WHERE m.organization_id = $1 AND m.key = line.key`

const storeSeveral = `
  UPDATE outbox_mail m SET ${outcomeColumns.map((column) => `${column.name} = ${outcome(column)}`).join(", ")}, claim_token = NULL
  FROM unnest(${outcomeArrays(2)}) AS line (${outcomeNames})
  WHERE m.organization_id = $1 AND m.key = line.key`

const outcomeOf = (organization: OrganizationId, mail: OutboxMail): ReadonlyArray<unknown> => [
  organization,
  ...settledColumns.map(({ read }) => read(mail) ?? null)
]

const findMail = `SELECT ${mailColumns} FROM outbox_mail m WHERE m.organization_id = $1 AND m.key = $2`

const countOf = "SELECT count(*)::float8 AS count FROM outbox_mail WHERE organization_id = $1 AND state = $2"

const resendAllOf = `
  UPDATE outbox_mail SET state = 'pending', attempts = 0, first_attempt_at = NULL, ended_at = NULL, error = NULL,
    due_at = to_timestamp($3::float8 / 1000), claim_token = NULL
  WHERE organization_id = $1 AND state = $2
  RETURNING key`

/** The outbox in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<Outbox, never, ReadSql | WriteSql | SecureRandom.SecureRandom> = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql
    const random = yield* SecureRandom.SecureRandom

    const work = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* reading.unsafe(workOfAll, [now, mailConsumer])
      return yield* Effect.orDie(decodeWork(rows))
    })

    const settleNew = Effect.fnUntraced(function* (
      organization: OrganizationId,
      mails: ReadonlyArray<OutboxMail>,
      settle: SettleMails
    ) {
      const now = yield* Clock.currentTimeMillis
      const ids = uuids(mails.map((mail) => mail.user))
      const rows = yield* Effect.orDie(decodePeople(yield* writing.unsafe(peopleOf, [organization, ids])))
      const people = new Map(rows.map((row) => [row.id, row]))
      const [whose] = rows
      if (whose === undefined) return []
      return yield* settle(
        mails.map((mail) => ({
          organization: toMailOrganization(organization, whose),
          mail: claimed(mail, now, now),
          person: people.get(mail.user)?.person ?? undefined
        }))
      )
    })

    const consume = Effect.fnUntraced(function* (organization: OrganizationId, domain: string, settle?: SettleMails) {
      const positions = yield* writing.unsafe(positionOfConsumer, [organization, mailConsumer])
      const [standing] = yield* Effect.orDie(decodePosition(positions))
      if (standing === undefined || standing.last <= standing.position) return false
      const end = Math.min(standing.last, standing.position + eventWindow)
      const rows = yield* writing.unsafe(eventsWithMail, [organization, standing.position, end])
      const mails = (yield* Effect.orDie(decodeEvents(rows))).flatMap(({ at, data: { mail, user }, sequence }) =>
        mail === undefined ? [] : [newMail(owed(user, mail, sequence), at, domain)]
      )
      const noted = settle === undefined || mails.length === 0 ? mails : yield* settleNew(organization, mails, settle)
      yield* writing.unsafe(advance, [
        organization,
        mailConsumer,
        standing.position,
        end,
        uuids(noted.map((mail) => mail.user)),
        texts(noted.map((mail) => mail.occasion)),
        doubles(noted.map((mail) => mail.owedAt)),
        ...outcomesOf(noted)
      ])
      return end < standing.last
    })

    const claim = Effect.fnUntraced(function* (organization: OrganizationId, lease: number) {
      const now = yield* Clock.currentTimeMillis
      const token = yield* random.uuidV4()
      const rows = yield* writing.unsafe(claimOne, [organization, now, now + lease, token])
      const [row] = yield* Effect.orDie(decodeClaims(rows))
      return row === undefined ? undefined : { ...toDueMail(organization, row), token }
    })

    const settleSeveral = Effect.fnUntraced(function* (
      organization: OrganizationId,
      most: number,
      settle: SettleMails
    ) {
      const now = yield* Clock.currentTimeMillis
      const limit = Math.max(1, Math.min(mostSettled, Math.trunc(most)))
      const rows = yield* Effect.orDie(decodeClaims(yield* writing.unsafe(lockUpTo(limit), [organization, now])))
      if (rows.length === 0) return 0
      const locked = rows.map((row) => toDueMail(organization, row))
      const settled = yield* settle(locked.map((due) => ({ ...due, mail: claimed(due.mail, now, now) })))
      yield* writing.unsafe(storeSeveral, [organization, ...outcomesOf(settled)])
      return settled.length
    })

    const end = Effect.fnUntraced(function* (claim: MailClaim, outcome: OutboxMail) {
      const params = [...outcomeOf(claim.organization.id, outcome), claim.token]
      const rows = yield* writing.unsafe(`${store} AND m.claim_token = $12::uuid RETURNING m.key`, params)
      return rows.length > 0
    })

    const findOne = Effect.fnUntraced(function* (sql: typeof reading, text: string, params: ReadonlyArray<unknown>) {
      const [row] = yield* Effect.orDie(decodeMails(yield* sql.unsafe(text, params)))
      return row === undefined ? undefined : toMail(row)
    })

    const list = Effect.fnUntraced(function* (organization: OrganizationId, query: MailQuery) {
      const position = query.after === undefined ? undefined : readMailPosition(query.after)
      const isNobody = query.user !== undefined && parseUuid(query.user) === undefined
      if (isNobody || (query.after !== undefined && position === undefined)) return { mails: [], next: undefined }
      const params: Array<unknown> = [organization]
      const bind = (value: unknown) => `$${params.push(value)}`
      const conditions = ["m.organization_id = $1"]
      if (query.state !== undefined) conditions.push(`m.state = ${bind(query.state)}`)
      if (query.user !== undefined) conditions.push(`m.user_id = ${bind(query.user)}::uuid`)
      if (position !== undefined) {
        const { key, owedAt } = position
        conditions.push(`(m.owed_at, m.key) < (to_timestamp(${bind(owedAt)}::float8 / 1000), ${bind(key)})`)
      }
      const rows = yield* reading.unsafe(
        `SELECT ${mailColumns} FROM outbox_mail m WHERE ${conditions.join(" AND ")}
         ORDER BY m.owed_at DESC, m.key DESC LIMIT ${bind(query.count + 1)}::int4`,
        params
      )
      const found = (yield* Effect.orDie(decodeMails(rows))).map(toMail)
      const mails = found.slice(0, query.count)
      const last = mails.at(-1)
      return { mails, next: last === undefined || found.length <= query.count ? undefined : mailPosition(last) }
    })

    const find = (organization: OrganizationId, key: string) =>
      isMailKey(key) ? findOne(reading, findMail, [organization, key]) : Effect.undefined

    const resend = Effect.fnUntraced(function* (organization: OrganizationId, key: string) {
      if (!isMailKey(key)) return undefined
      const mail = yield* findOne(writing, `${findMail} FOR UPDATE`, [organization, key])
      if (mail === undefined || mail.state === "pending") return mail
      const again = resent(mail, yield* Clock.currentTimeMillis)
      yield* writing.unsafe(store, outcomeOf(organization, again))
      return again
    })

    const resendAll = Effect.fnUntraced(function* (organization: OrganizationId, state: ResendableState) {
      const now = yield* Clock.currentTimeMillis
      return (yield* writing.unsafe(resendAllOf, [organization, state, now])).length
    })

    return {
      work: storeFailures("look for e-mails to send", work),
      consume: (organization, domain, settle) =>
        storeFailures("read events for e-mails", consume(organization, domain, settle)),
      claim: (organization, lease) => storeFailures("claim e-mail", claim(organization, lease)),
      complete: (claim, outcome) => storeFailures("complete e-mail", end(claim, outcome)),
      settleSeveral: (organization, most, settle) =>
        storeFailures("settle e-mails", writing.withTransaction(settleSeveral(organization, most, settle))),
      release: (claim) =>
        storeFailures(
          "release e-mail",
          Effect.flatMap(Clock.currentTimeMillis, (now) => end(claim, released(claim.mail, now)))
        ).pipe(Effect.asVoid),
      find: (organization, key) => storeFailures("find e-mail", find(organization, key)),
      list: (organization, query) => storeFailures("list e-mails", list(organization, query)),
      resend: (organization, key) => storeFailures("resend e-mail", writing.withTransaction(resend(organization, key))),
      count: (organization, state) =>
        storeFailures(
          "count e-mails",
          Effect.map(
            reading.unsafe<{ readonly count: number }>(countOf, [organization, state]),
            ([row]) => row?.count ?? 0
          )
        ),
      resendAll: (organization, state) => storeFailures("resend e-mails", resendAll(organization, state))
    }
  })
)
