import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { Match } from "@rollcall/domain/user/matchReference"
import type { User } from "@rollcall/domain/user/User"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import { writeStatement } from "@rollcall/sql/directory/DirectoryWrite"
import { layer as peopleLookup } from "@rollcall/sql/PeopleLookupStore"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { Effect, Layer, ManagedRuntime } from "effect"
import { nothingWritten } from "../../packages/domain/test/contract/nothingWritten.ts"
import { attributesOf, idOf, layerStorage, makeOrganization, resourceTypes } from "./Company.ts"
import { type Job, type JobRow, medianOfNumbers, millis, timed, whole } from "./Job.ts"
import { type Asked, asked, askOneByOne, askTogether, type FloorAnswer, floorClient } from "./MatchingFloor.ts"
import { userName } from "./Person.ts"
import { faultsOfPlan, type Plan, readPlan } from "./QueryPlan.ts"
import { SentStatements } from "./SentStatements.ts"

const references = 1_000
export const series = "matching"
const chunk = 2_000
const warmRounds = 15

/** A person who started long ago; seven of eight have a manager. */
const personOf = (n: number): User => ({
  id: idOf(n),
  number: n + 1,
  attributes: attributesOf(series, n),
  sources: {},
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: {
    id: n % 8 === 0 ? undefined : idOf(Math.floor(n / 8)),
    reference: n % 8 === 0 ? undefined : userName(series, Math.floor(n / 8)),
    rule: n % 8 === 0 ? undefined : "email",
    pending: undefined
  },
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

/** Writes people as a batch of the directory would, but past its rules; gives the organisation. */
export const seedPeople = Effect.fnUntraced(function* (people: number) {
  const sql = yield* WriteSql
  const organization = yield* makeOrganization(series)
  for (let from = 0; from < people; from += chunk) {
    const users = Array.from({ length: Math.min(chunk, people - from) }, (_, i) => personOf(from + i))
    const count = from + users.length
    const writes = {
      ...nothingWritten,
      users: users.map((user) => ({ user, before: undefined, isNew: true })),
      counters: { ...nothingWritten.counters, userSequence: count, userCount: count }
    }
    const { params, text } = writeStatement(organization, from / chunk, resourceTypes, writes, 0)
    yield* sql.unsafe(text, params)
  }
  yield* sql.unsafe("VACUUM ANALYZE")
  return organization
})

const layers = (url: string) =>
  UserMatching.layer.pipe(Layer.provide(peopleLookup), Layer.provideMerge(layerStorage(url)))

/** Who should have been found, by both sides' answers in one form: the reference and the id, undefined for nobody. */
const faultsOf = (side: string, wanted: ReadonlyArray<Asked>, got: ReadonlyMap<string, string | undefined>) => {
  const wrong = wanted.filter(({ id, reference }) => got.get(reference) !== id)
  return wrong.length === 0 ? [] : [`${side} answered ${wrong.length} of ${wanted.length} references wrongly`]
}

const idsOf = (matches: ReadonlyMap<string, Match>): ReadonlyMap<string, string | undefined> =>
  new Map(
    [...matches].map(([reference, match]) => [reference, match._tag === "Matched" ? match.user.id : undefined] as const)
  )

const lineOf = (what: string, ms: number, ours: number | undefined): JobRow => [
  what,
  whole(references),
  millis(ms),
  whole((references / ms) * 1_000),
  ours === undefined ? "" : (ms / ours).toFixed(2)
]

/**
 * Resolving references to people (R-MATCH), as a file's rows or the Public API ask for it. Each side's call is made once
 * on fresh connections and then again and again, in turn with the others', each time about other people.
 */
export const matching: Job = {
  title: `matching ${whole(references)} references`,
  run: async (postgres, { quick, say }) => {
    const people = quick ? 20_000 : 100_000
    const { url } = await postgres.createDatabase()
    const seeding = ManagedRuntime.make(layerStorage(url))
    const seeded = await timed(() => seeding.runPromise(seedPeople(people)))
    const organization: OrganizationId = seeded.value
    await seeding.dispose()
    say(`matching: ${whole(people)} people are seeded (${millis(seeded.ms)} ms)`)

    const ours = ManagedRuntime.make(layers(url))
    const floors = [await floorClient(url), await floorClient(url)] as const
    const failures = new Set<string>()
    try {
      const { take } = await ours.runPromise(SentStatements)
      take()
      const resolve = (wanted: ReadonlyArray<Asked>) =>
        ours.runPromise(
          Effect.flatMap(UserMatching, (service) =>
            service.resolve(
              organization,
              wanted.map(({ reference }) => reference)
            )
          )
        )
      const sides: Record<string, (wanted: ReadonlyArray<Asked>) => Promise<ReadonlyMap<string, string | undefined>>> =
        {
          "Rollcall, one statement and the rules": async (wanted) => idsOf(await resolve(wanted)),
          "floor: 1,000 prepared look-ups in a pipeline": (wanted) => askOneByOne(floors[0], organization, wanted),
          "floor: one statement by hand": (wanted) => askTogether(floors[1], organization, wanted)
        }
      const times = new Map<string, Array<number>>(Object.keys(sides).map((side) => [side, []]))
      for (let round = 0; round <= warmRounds; round += 1) {
        const wanted = asked(series, people, references, round)
        for (const [side, ask] of Object.entries(sides)) {
          const { ms, value }: { ms: number; value: FloorAnswer } = await timed(() => ask(wanted))
          times.get(side)?.push(ms)
          for (const fault of faultsOf(side, wanted, value)) failures.add(fault)
        }
      }
      const sent = take()
      if (sent.length !== warmRounds + 1) failures.add(`${sent.length} statements for ${warmRounds + 1} calls`)
      const cold = [...times].map(([side, [first = 0]]) => [side, first] as const)
      const warm = [...times].map(([side, all]) => [side, medianOfNumbers(all.slice(1))] as const)
      const rowsOf = (when: string, measured: ReadonlyArray<readonly [string, number]>): ReadonlyArray<JobRow> =>
        measured.map(([side, ms], i) => lineOf(`${when}, ${side}`, ms, i === 0 ? undefined : measured[0]?.[1]))
      const plans = await plansOf(url, sent.at(-1) ?? { text: "", params: [] })
      for (const plan of plans) for (const fault of faultsOfPlan(plan)) failures.add(fault)
      return {
        head: [`in a directory of ${whole(people)} people`, "references", "ms", "references/s", "ratio"],
        rows: [...rowsOf("first call", cold), ...rowsOf(`median of ${warmRounds}`, warm)],
        remarks: [
          "ratio: ours to the floor's references a second",
          ...plans.map(
            ({ buffers, looks, name }) => `${name} plan: ${whole(looks)} index probes, ${whole(buffers)} pages`
          )
        ],
        failures: [...failures]
      }
    } finally {
      for (const client of floors) await client.end()
      await ours.dispose()
    }
  }
}

/** How PostgreSQL carries out the statement, planned for these values and for any. */
const plansOf = async (
  url: string,
  { params, text }: { readonly text: string; readonly params: ReadonlyArray<unknown> }
): Promise<ReadonlyArray<Plan>> => {
  const runtime = ManagedRuntime.make(layerStorage(url))
  try {
    return await runtime.runPromise(
      Effect.gen(function* () {
        const sql = yield* WriteSql
        const plans: Array<Plan> = []
        for (const mode of ["force_custom_plan", "force_generic_plan"]) {
          plans.push(
            yield* sql.withTransaction(
              Effect.gen(function* () {
                yield* sql.unsafe(`SET LOCAL plan_cache_mode = ${mode}`).unprepared
                const rows = yield* sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, params)
                return readPlan(mode === "force_custom_plan" ? "the values'" : "the kept", rows)
              })
            )
          )
        }
        return plans
      })
    )
  } finally {
    await runtime.dispose()
  }
}
