import { assert, type Vitest } from "@effect/vitest"
import { printRecord } from "@rollcall/domain/csv/CsvCell"
import type { CsvRecord } from "@rollcall/domain/csv/CsvReader"
import { DirectoryExport, userFormat } from "@rollcall/domain/csv/DirectoryExport"
import type { RowOutcome } from "@rollcall/domain/csv/RowOutcome"
import { Directory } from "@rollcall/domain/directory/Directory"
import { Arbitrary, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { readText } from "../csv/CsvText.ts"
import { oneOf, pick } from "../scim/Vocabulary.ts"
import { requestsOf, type Story, stood, story, timeOf } from "./CommandSequence.ts"
import { broken, type ImportServices, importRecords, predicted, recordsOf } from "./ImportScene.ts"
import { newTenant, resourceTypes, type Tenant } from "./Tenant.ts"

/** Cells by column: few values, so that rows meet each other and the people of the stories. */
const cells: Readonly<Record<string, ReadonlyArray<string>>> = {
  scim_id: ["", "", "", "", "@0", "@1", "@2", "@3", "nobody"],
  user_id: ["", "", "", "", "1", "2", "3", "6", "99"],
  email: ["ada@h.example", "Ada@H.example", "bo@h.example", "cy@h.example", "di@h.example", "el@h.example", "", "di"],
  first_name: ["", "Ada", "=Bo", "ada@h.example", "[clear]"],
  title: ["", "Lead", "Chief", "[clear]"],
  employee_number: ["", "", "e1", "E1", "e2", "2", "[clear]"],
  manager: ["", "ada@h.example", "el@h.example", "e2", "2", "6", "nobody", "[clear]"],
  start_date: ["", "", "01/02/1969", "1970-01-04", "1/9/1970", "31/12/2027", "[clear]"],
  termination_date: ["", "", "1970-01-02", "1970-01-09 00:00:00"],
  groups: ["", "", "Ops", "ops; Sales", "Pilots", "sales", "New;Ops", "new"],
  custom_level: ["", "1", "x", "true", "[clear]"],
  nonsense: ["", "x"]
}

const columns = Object.keys(cells)

/** A random file: some of the columns, always with what can name somebody. */
const file: Arbitrary.Arbitrary<ReadonlyArray<ReadonlyArray<string>>> = Arbitrary.map(
  Arbitrary.all({
    left: Arbitrary.array(pick(columns.filter((name) => name !== "email")), { maxLength: 8 }),
    rows: Arbitrary.array(Arbitrary.all(Object.fromEntries(columns.map((name) => [name, pick(cells[name] ?? [""])]))), {
      minLength: 1,
      maxLength: 9
    })
  }),
  ({ left, rows }) => {
    const header = columns.filter((name) => !left.includes(name))
    return [header, ...rows.map((row) => header.map((name) => row[name] ?? ""))]
  }
)

const createGroups = oneOf([Arbitrary.Constant(true), Arbitrary.Constant(false)])

/** An organisation after a story, on the day after it. */
const after = Effect.fnUntraced(function* (told: Story) {
  const directory = yield* Directory
  const settled = yield* Effect.flatMap(newTenant(), (tenant) => tenant.settle(told.settings))
  const tenant = yield* settled.arrange({ csvAllowed: true })
  yield* tenant.seed(stood)
  for (const [chunk, requests] of requestsOf(told).entries()) {
    yield* TestClock.setTime(timeOf(chunk))
    for (const request of requests) yield* directory.submit(tenant.organization.id, request)
  }
  yield* TestClock.setTime(timeOf(told.chunks.length))
  return tenant
})

/** The file with the SCIM IDs of the organisation's people in it. */
const withIds = (tenant: Tenant, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.map(tenant.read, ({ users }) =>
    recordsOf(
      rows.map((row) => row.map((cell) => (/^@\d$/.test(cell) ? (users[Number(cell.slice(1))]?.id ?? "") : cell)))
    )
  )

/** What the directory holds, but for ids and times that imports give. */
const standing = (tenant: Tenant) =>
  Effect.map(tenant.read, ({ groups, members, users }) => {
    const numbers = new Map(users.map(({ id, number }) => [id as string, number] as const))
    const names = new Map(groups.map(({ displayName, id }) => [id as string, displayName] as const))
    return {
      users: users.map(({ attributes, manager, number, sources, standing, version }) => ({
        number,
        attributes,
        sources,
        version,
        startsOn: standing.startsOn,
        hasStarted: standing.startedAt !== undefined,
        manager: numbers.get(manager.id ?? "")
      })),
      groups: groups.map(({ displayName, origin, version }) => [displayName, origin, version]),
      members: members
        .map(([group, ids]) => [names.get(group) ?? "", ids.map((id) => numbers.get(id) ?? 0).toSorted()] as const)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
    }
  })

type Outcomes = ReadonlyArray<RowOutcome>

const parts = (outcomes: Outcomes) => outcomes.map(predicted)

/** The laws of imports, over random directories and files. */
export const importProperties = (it: Vitest.MethodsNonLive<ImportServices>, runs: number): void => {
  const options = { timeout: 120_000, arbitrary: { runs } }

  it.effect.prop(
    "R-CSV-3: a random file's dry run tells exactly what the real run does, and leaves nothing",
    [story, file, createGroups],
    ([told, rows, create]) =>
      Effect.gen(function* () {
        const tenant = yield* after(told)
        const records = yield* withIds(tenant, rows)
        const before = yield* tenant.read
        const dry = yield* importRecords(tenant, records, { dryRun: true, createGroups: create })
        assert.deepStrictEqual(yield* tenant.read, before)
        const real = yield* importRecords(tenant, records, { createGroups: create })
        assert.deepStrictEqual(parts(dry.outcomes), parts(real.outcomes))
        assert.deepStrictEqual(dry.summary.counts, real.summary.counts)
      }),
    options
  )

  it.effect.prop(
    "R-CSV-3: a random file that went in whole changes nothing the second time",
    [story, file],
    ([told, rows]) =>
      Effect.gen(function* () {
        const tenant = yield* after(told)
        const records = yield* withIds(tenant, rows)
        const first = yield* importRecords(tenant, records, { createGroups: true })
        const good = records.filter(
          ({ line }) => first.outcomes.find((row) => row.line === line)?.outcome !== "rejected"
        )
        const before = yield* tenant.read
        const second = yield* importRecords(tenant, good, { createGroups: true })
        assert.deepStrictEqual(
          second.outcomes.map(({ outcome }) => outcome),
          second.outcomes.map(() => "unchanged")
        )
        const { events, users } = yield* tenant.read
        assert.deepStrictEqual([users, events], [before.users, before.events])
      }),
    options
  )

  it.effect.prop(
    "R-CSV-1: what any directory exports goes in again without any change",
    [story, file],
    ([told, rows]) =>
      Effect.gen(function* () {
        const tenant = yield* after(told)
        yield* importRecords(tenant, yield* withIds(tenant, rows), { createGroups: true })
        const before = yield* tenant.read
        const format = userFormat(resourceTypes, before.state.customAttributes)
        const people = yield* Stream.runCollect((yield* DirectoryExport).users(tenant.organization.id))
        const text = format.header + people.map(format.row).join("")
        const records: ReadonlyArray<CsvRecord> = readText(text)
        assert.strictEqual(records.length, 1 + before.users.filter(({ deletedAt }) => deletedAt === undefined).length)
        assert.strictEqual(records.map(({ cells: row }) => printRecord(row)).join(""), text)
        const { outcomes } = yield* importRecords(tenant, records)
        assert.deepStrictEqual(
          outcomes.filter(({ outcome }) => outcome !== "unchanged"),
          []
        )
        const { events, groups, members, users } = yield* tenant.read
        assert.deepStrictEqual(
          { users, groups, members, events },
          {
            users: before.users,
            groups: before.groups,
            members: before.members,
            events: before.events
          }
        )
      }),
    options
  )

  it.effect.prop(
    "R-CSV-4: a random file that is cut off anywhere and resumed ends as one that was not",
    [story, file, pick([1, 2, 3, 4, 5, 6, 7, 8])],
    ([told, rows, cut]) =>
      Effect.gen(function* () {
        const whole = yield* after(told)
        const parted = yield* after(told)
        const uninterrupted = yield* importRecords(whole, yield* withIds(whole, rows), { createGroups: true })
        const records = yield* withIds(parted, rows)
        yield* Effect.exit(importRecords(parted, [...records.slice(0, cut), broken], { createGroups: true }, "f"))
        const { summary } = yield* importRecords(parted, records, { createGroups: true }, "f")
        assert.deepStrictEqual(yield* standing(parted), yield* standing(whole))
        const total = Object.entries(summary.counts).map(([kind, count]) => [
          kind,
          count + (Object.entries(summary.before).find(([other]) => other === kind)?.[1] ?? 0)
        ])
        assert.deepStrictEqual(Object.fromEntries(total), uninterrupted.summary.counts)
      }),
    options
  )
}
