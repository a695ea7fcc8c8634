import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { eventCursor, type FeedReach, reachFault, readEventCursor } from "@rollcall/domain/events/EventCursor"
import { EventFeed, type EventPage, type FeedOrganization, pageBytes } from "@rollcall/domain/events/EventFeed"
import { type EventSubject, type KeptEvent, publishEvent } from "@rollcall/domain/events/EventPayload"
import { mailConsumer } from "@rollcall/domain/mail/Outbox"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, Layer } from "effect"
import { uuids } from "./directory/ColumnArrays.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/**
 * A page and its reach in one statement, so of one moment: the counter and the events that it counts were committed
 * together, and what is removed goes with the floor. A row without an event tells the reach alone. Numbers have no gaps,
 * so a page is a range of them, and no plan can read more than that.
 */
const readPage = `
  SELECT o.event_floor::float8 AS floor, o.event_sequence::float8 AS head, page.*
  FROM organization o LEFT JOIN LATERAL (
    SELECT sequence::float8 AS sequence, (extract(epoch FROM at) * 1000)::float8 AS at, type, data, subject
    FROM (
      SELECT e.*, sum(octet_length(e.data) + octet_length(e.subject)) OVER (ORDER BY e.sequence) - octet_length(e.data)
        - octet_length(e.subject) AS before
      FROM (
        SELECT sequence, at, type, data, subject FROM event
        WHERE organization_id = $1 AND sequence > greatest($2::bigint, o.event_floor)
          AND sequence <= greatest($2::bigint, o.event_floor) + $3::bigint
      ) AS e
    ) AS weighed
    WHERE before < ${pageBytes}
  ) AS page ON true
  WHERE o.organization_id = $1
  ORDER BY page.sequence`

const readReach = `
  SELECT event_floor::float8 AS floor, event_sequence::float8 AS head FROM organization WHERE organization_id = $1`

const readHeads = `
  SELECT organization_id::text AS organization, event_sequence::float8 AS head
  FROM organization WHERE organization_id = ANY ($1::uuid[])`

/**
 * The oldest events up to the first that stays: one that a consumer has not read, or one that is young enough (servers'
 * clocks differ, so the times need not be in order). The floor moves with them, guarded by where it was: of several who
 * remove at once one does, and the others find nothing moved.
 */
const removeEvents = `
  WITH standing AS (
    SELECT o.event_floor AS floor, least(o.event_floor + $3::bigint, o.event_sequence,
      coalesce((SELECT c.position FROM event_consumer c WHERE c.organization_id = $1 AND c.consumer = $4), 0),
      (SELECT min(c.position) FROM event_consumer c WHERE c.organization_id = $1)) AS reach
    FROM organization o WHERE o.organization_id = $1
  ), target AS (
    SELECT floor, coalesce((
      SELECT e.sequence - 1 FROM event e
      WHERE e.organization_id = $1 AND e.sequence > floor AND e.sequence <= reach
        AND e.at >= to_timestamp($2::float8 / 1000)
      ORDER BY e.sequence LIMIT 1), reach) AS reach
    FROM standing
  ), moved AS (
    UPDATE organization o SET event_floor = target.reach FROM target
    WHERE o.organization_id = $1 AND o.event_floor = target.floor AND target.reach > target.floor
    RETURNING o.event_floor AS reach
  ), removed AS (
    DELETE FROM event e USING moved WHERE e.organization_id = $1 AND e.sequence <= moved.reach RETURNING 1
  )
  SELECT count(*)::float8 AS removed FROM removed`

interface PageRow extends FeedReach {
  readonly sequence: number | null
  readonly at: number
  readonly type: string
  readonly data: string
  readonly subject: string
}

// The rows were written by this package.
const toKept = ({ at, data, sequence, subject, type }: PageRow): ReadonlyArray<KeptEvent> =>
  sequence === null
    ? []
    : [
        {
          sequence,
          at,
          event: { type, ...JSON.parse(data) } as DomainEvent,
          subject: JSON.parse(subject) as EventSubject
        }
      ]

/** The events in PostgreSQL, a server's or the embedded one. */
export const layer: Layer.Layer<EventFeed, never, ReadSql | WriteSql> = Layer.effect(
  EventFeed,
  Effect.gen(function* () {
    const reading = yield* ReadSql
    const writing = yield* WriteSql

    const read = Effect.fnUntraced(function* (
      organization: FeedOrganization,
      after: string | undefined,
      limit: number
    ) {
      const asked = after === undefined ? undefined : yield* Effect.fromResult(readEventCursor(organization.id, after))
      const rows = yield* reading.unsafe<PageRow>(readPage, [organization.id, asked ?? 0, limit])
      const [reach = { floor: 0, head: 0 }] = rows
      const behind = asked ?? reach.floor
      const fault = reachFault(reach, behind)
      if (fault !== undefined) return yield* fault
      const kept = rows.flatMap(toKept)
      const last = kept.at(-1)?.sequence ?? behind
      const page: EventPage = {
        events: kept.map((event) => publishEvent(organization, event)),
        next: eventCursor(organization.id, last),
        hasMore: last < reach.head
      }
      return page
    })

    const reach = (organization: OrganizationId) =>
      Effect.map(reading.unsafe<FeedReach>(readReach, [organization]), ([row]) => row ?? { floor: 0, head: 0 })

    const heads = (organizations: ReadonlyArray<OrganizationId>) =>
      Effect.map(
        reading.unsafe<{ readonly organization: string; readonly head: number }>(readHeads, [uuids(organizations)]),
        (rows) => new Map(rows.map(({ head, organization }) => [OrganizationId.make(organization), head]))
      )

    const remove = (organization: OrganizationId, before: number, limit: number) =>
      Effect.map(
        writing.unsafe<{ readonly removed: number }>(removeEvents, [organization, before, limit, mailConsumer]),
        ([row]) => row?.removed ?? 0
      )

    return EventFeed.of({
      read: (organization, after, limit) => storeFailures("read events", read(organization, after, limit)),
      reach: (organization) => storeFailures("read the reach of events", reach(organization)),
      heads: (organizations) => storeFailures("look for events", heads(organizations)),
      remove: (organization, before, limit) => storeFailures("remove events", remove(organization, before, limit))
    })
  })
)
