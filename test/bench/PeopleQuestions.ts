import { Directory } from "@rollcall/domain/directory/Directory"
import { AccessCheck } from "@rollcall/domain/user/AccessCheck"
import { PasswordAttempts } from "@rollcall/domain/user/PasswordAttempts"
import { PasswordCheck } from "@rollcall/domain/user/PasswordCheck"
import { PeopleSearch, searchKey } from "@rollcall/domain/user/PeopleSearch"
import { layer as peopleLookup } from "@rollcall/sql/PeopleLookupStore"
import { layer as peopleSearch } from "@rollcall/sql/PeopleSearchStore"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { Effect, Layer, ManagedRuntime } from "effect"
import { idOf, layerStorage } from "./Company.ts"
import { type Job, type JobReport, type JobRow, medianOfNumbers, millis, timed, whole } from "./Job.ts"
import { seedPeople, series } from "./Matching.ts"
import { floorClient } from "./MatchingFloor.ts"
import { userName } from "./Person.ts"
import { faultsOfPages, type Plan, readPlan } from "./QueryPlan.ts"
import { type Sent, SentStatements } from "./SentStatements.ts"

const rounds = 400
const shown = 20

// The question of the e-mail alone writes nothing and tries no password.
const layers = (url: string) =>
  Layer.merge(AccessCheck.layer, peopleSearch).pipe(
    Layer.provide([
      peopleLookup,
      Layer.mock(Directory, {}),
      Layer.mock(PasswordAttempts, {}),
      Layer.mock(PasswordCheck, {})
    ]),
    Layer.provideMerge(layerStorage(url))
  )

const floors = {
  check: `SELECT u.id, u.resource, u.standing FROM user_account u
    WHERE u.organization_id = $1 AND u.living AND u.email_key = $2`,
  search: `SELECT u.id, u.user_name_key FROM user_account u WHERE u.organization_id = $1 AND u.living
    AND u.user_name_key >= $2 AND u.user_name_key < $3 ORDER BY u.user_name_key LIMIT ${shown}`
}

/** One of the people of a round, all over the directory. */
const nth = (round: number, people: number): number => (round * 7_919) % people

/** How PostgreSQL carries a statement out, planned for these values and for any. */
const plansOf = (name: string, { params, text }: Sent) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    return yield* Effect.forEach(["force_custom_plan", "force_generic_plan"], (mode) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* sql.unsafe(`SET LOCAL plan_cache_mode = ${mode}`).unprepared
          const rows = yield* sql.unsafe(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, params)
          return readPlan(`${name}, ${mode === "force_custom_plan" ? "the values'" : "the kept"}`, rows)
        })
      )
    )
  })

/**
 * What the product next door and the console ask of a large directory again and again, one question at a time: may the
 * person with this e-mail sign in (R-API-2), and who is meant by what is being typed.
 */
export const peopleQuestions: Job = {
  title: "access check and people search",
  run: async (postgres, { quick, say }): Promise<JobReport> => {
    const people = quick ? 20_000 : 100_000
    const { url } = await postgres.createDatabase()
    const seeding = ManagedRuntime.make(layerStorage(url))
    const seeded = await timed(() => seeding.runPromise(seedPeople(people)))
    const organization = seeded.value
    await seeding.dispose()
    say(`access check and search: ${whole(people)} people are seeded (${millis(seeded.ms)} ms)`)
    const ours = ManagedRuntime.make(layers(url))
    const floor = await floorClient(url)
    const failures = new Set<string>()
    const times = new Map<string, Array<number>>()
    const measure = async <A>(what: string, ask: () => Promise<A>, isRight: (answer: A) => boolean) => {
      const { ms, value } = await timed(ask)
      if (!isRight(value)) failures.add(`${what}: a wrong answer`)
      const known = times.get(what)
      if (known === undefined) times.set(what, [ms])
      else known.push(ms)
    }
    const floorRows = async (name: keyof typeof floors, values: ReadonlyArray<string>) =>
      (await floor.query<{ id: string }>({ name, text: floors[name], values: [organization, ...values] })).rows
    try {
      const { take } = await ours.runPromise(SentStatements)
      const check = (email: string) =>
        ours.runPromise(Effect.flatMap(AccessCheck, (service) => service.check(organization, email)))
      const search = (typed: string) =>
        ours.runPromise(
          Effect.flatMap(PeopleSearch, (service) => service.find(organization, searchKey(typed) ?? "", shown))
        )
      take()
      const statements = new Map<string, Sent>()
      const remember = (what: string) => {
        const sent = take()
        if (sent.length !== 1) failures.add(`${what}: ${sent.length} statements for one question`)
        for (const one of sent) statements.set(what, one)
      }
      for (let round = 0; round < rounds; round += 1) {
        const n = nth(round, people)
        const email = userName(series, n)
        const beginning = email.slice(0, 3 + (round % (email.length - 3)))
        await measure(
          "access check",
          () => check(email),
          ({ person }) => person?.id === idOf(n)
        )
        remember("access check")
        const byHand = () => floorRows("check", [email])
        await measure("floor: one prepared look-up", byHand, ([row]) => row?.id === idOf(n))
        await measure(
          "access check of nobody",
          () => check(`x${email}`),
          ({ refusal }) => refusal === "unknown"
        )
        take()
        await measure(
          "search by six keys",
          () => search(beginning),
          (found) => found.length > 0
        )
        remember("search by six keys")
        const byUserName = () => floorRows("search", [beginning, `${beginning}\u{10FFFF}`])
        await measure("floor: prepared, by userName alone", byUserName, (rows) => rows.length > 0)
      }
      const plans: Array<Plan> = []
      for (const [name, sent] of statements) plans.push(...(await ours.runPromise(plansOf(name, sent))))
      for (const plan of plans) for (const fault of faultsOfPages(plan, shown)) failures.add(fault)
      const rows = [...times].map(([what, all]): JobRow => {
        const sorted = all.slice(10).toSorted((left, right) => left - right)
        const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
        return [what, millis(medianOfNumbers(sorted)), millis(at(0.95)), millis(at(0.99))]
      })
      return {
        head: [`one at a time, among ${whole(people)} people`, "median ms", "p95", "p99"],
        rows,
        remarks: plans.map(
          ({ buffers, looks, name }) => `${name} plan: ${whole(looks)} looks, ${whole(buffers)} pages`
        ),
        failures: [...failures]
      }
    } finally {
      await floor.end()
      await ours.dispose()
    }
  }
}
