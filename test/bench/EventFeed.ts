import { EventFeed } from "@rollcall/domain/events/EventFeed"
import { type KeptEvent, PublishedEvent } from "@rollcall/domain/events/EventPayload"
import { userState } from "@rollcall/domain/events/EventState"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { writeStatement } from "@rollcall/sql/directory/DirectoryWrite"
import { layer as eventStore } from "@rollcall/sql/EventStore"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import pg from "pg"
import { nothingWritten } from "../../packages/domain/test/contract/nothingWritten.ts"
import { attributesOf, idOf, layerStorage, makeOrganization, resourceTypes } from "./Company.ts"
import { type Job, type JobRow, medianOfNumbers, millis, timed, whole } from "./Job.ts"
import { faultsOfPages, type Plan, readPlan } from "./QueryPlan.ts"
import { SentStatements } from "./SentStatements.ts"

const series = "feed"
const people = 1_000
const pageSize = 1_000
const rounds = 5

/** The n-th event: a person got another title. */
const eventOf = (sequence: number): KeptEvent => {
  const n = sequence % people
  const version = Math.ceil(sequence / people)
  const state = userState(resourceTypes.extensionUrn, {
    id: idOf(n),
    number: n + 1,
    attributes: attributesOf(series, n),
    standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
    manager: { id: idOf(Math.floor(n / 8)), reference: undefined, rule: undefined, pending: undefined },
    version,
    deletedAt: undefined
  })
  return {
    sequence,
    at: 0,
    event: { type: "user.updated", user: idOf(n), version, attributes: ["title"] },
    subject: { user: state }
  }
}

/** Writes events as batches of the directory would; gives the organisation. */
const seed = Effect.fnUntraced(function* (count: number) {
  const sql = yield* WriteSql
  const organization = yield* makeOrganization(series)
  for (let from = 0; from < count; from += pageSize) {
    const writes = {
      ...nothingWritten,
      counters: { ...nothingWritten.counters, eventSequence: from + pageSize },
      events: Array.from({ length: pageSize }, (_, i) => eventOf(from + i + 1))
    }
    const { params, text } = writeStatement(organization, from / pageSize, resourceTypes, writes, 0)
    yield* sql.unsafe(text, params)
  }
  yield* sql.unsafe("VACUUM ANALYZE")
  return organization
})

const encodeEvents = Schema.encodeEffect(Schema.Array(PublishedEvent))

/** Reads all, a page after the other: how many events, and whether they came in order without gaps. */
interface Walk {
  readonly events: number
  readonly inOrder: boolean
}

/** The same pages by the bare driver: two texts of each row, not parsed. */
const walkBare = async (client: pg.Client, organization: OrganizationId): Promise<Walk> => {
  let [last, inOrder] = [0, true]
  for (;;) {
    const { rows } = await client.query<{ sequence: number }>({
      name: "page",
      text: `SELECT sequence::float8 AS sequence, at, type, data, subject FROM event
        WHERE organization_id = $1 AND sequence > $2::bigint AND sequence <= $2::bigint + ${pageSize} ORDER BY sequence`,
      values: [organization, last]
    })
    for (const { sequence } of rows) {
      if (sequence !== last + 1) inOrder = false
      last = sequence
    }
    if (rows.length < pageSize) return { events: last, inOrder }
  }
}

/** Reading the whole feed (R-API-3), as a consumer does that begins with the oldest event. */
export const eventFeed: Job = {
  title: "reading the event feed",
  run: async (postgres, { quick, say }) => {
    const count = quick ? 20_000 : 100_000
    const { url } = await postgres.createDatabase()
    const seeding = ManagedRuntime.make(layerStorage(url))
    const seeded = await timed(() => seeding.runPromise(seed(count)))
    const organization = { id: seeded.value, subdomain: Subdomain.make(series) }
    await seeding.dispose()
    say(`event feed: ${whole(count)} events are written (${millis(seeded.ms)} ms)`)

    const ours = ManagedRuntime.make(eventStore.pipe(Layer.provideMerge(layerStorage(url))))
    const floor = new pg.Client({ connectionString: url })
    await floor.connect()
    const failures = new Set<string>()
    try {
      const { take } = await ours.runPromise(SentStatements)
      take()
      const walkWith = (encode: boolean) => (): Promise<Walk> =>
        ours.runPromise(
          Effect.gen(function* () {
            const feed = yield* EventFeed
            let cursor: string | undefined
            let [last, inOrder] = [0, true]
            for (;;) {
              const page = yield* feed.read(organization, cursor, pageSize)
              for (const { sequence } of page.events) {
                if (sequence !== last + 1) inOrder = false
                last = sequence
              }
              if (encode) JSON.stringify(yield* encodeEvents(page.events))
              cursor = page.next
              if (!page.hasMore) return { events: last, inOrder }
            }
          })
        )
      const sides: Record<string, () => Promise<Walk>> = {
        "Rollcall, the feed": walkWith(false),
        "Rollcall, the feed and its JSON": walkWith(true),
        "floor: the rows by the bare driver": () => walkBare(floor, organization.id)
      }
      const times = new Map<string, Array<number>>(Object.keys(sides).map((side) => [side, []]))
      for (let round = 0; round < rounds; round += 1) {
        for (const [side, walk] of Object.entries(sides)) {
          const { ms, value } = await timed(walk)
          times.get(side)?.push(ms)
          if (value.events !== count || !value.inOrder) failures.add(`${side} did not read ${count} events in order`)
        }
      }
      const sent = take()
      const pages = (count / pageSize) * rounds * 2
      if (sent.length !== pages) failures.add(`${sent.length} statements for ${pages} pages`)
      const medians = [...times].map(([side, all]) => [side, medianOfNumbers(all)] as const)
      const bare = medians.at(-1)?.[1] ?? Number.NaN
      const statement = sent.at(-1) ?? { text: "", params: [] }
      const plan = await planOf(url, statement)
      for (const fault of faultsOfPages(plan, pageSize)) failures.add(fault)
      return {
        head: [`${whole(count)} events by pages of ${whole(pageSize)}`, "ms", "events/s", "ratio"],
        rows: medians.map(
          ([side, ms]): JobRow => [side, millis(ms), whole((count / ms) * 1_000), (bare / ms).toFixed(2)]
        ),
        remarks: [
          `median of ${rounds}; ratio: to the floor's events a second`,
          `one page: ${whole(plan.buffers)} pages of the database, the last as the first`
        ],
        failures: [...failures]
      }
    } finally {
      await floor.end()
      await ours.dispose()
    }
  }
}

/** How PostgreSQL reads the last page, planned for any values. */
const planOf = async (
  url: string,
  { params, text }: { readonly text: string; readonly params: ReadonlyArray<unknown> }
): Promise<Plan> => {
  const runtime = ManagedRuntime.make(layerStorage(url))
  try {
    return await runtime.runPromise(
      Effect.gen(function* () {
        const sql = yield* WriteSql
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql.unsafe("SET LOCAL plan_cache_mode = force_generic_plan").unprepared
            return readPlan("the kept", yield* sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, params))
          })
        )
      })
    )
  } finally {
    await runtime.dispose()
  }
}
