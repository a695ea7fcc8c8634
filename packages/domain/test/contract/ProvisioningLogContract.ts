import { assert, layer as suite } from "@effect/vitest"
import { caseCode, casePeriod } from "@rollcall/domain/log/CaseCode"
import { clockActor, type LogEntry, type Outcome } from "@rollcall/domain/log/LogEntry"
import { type LoggedEntry, type LogPage, type LogSearch, ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { plain } from "./DirectoryProbe.ts"

/** Writes entries past the directory, as its adapter would. */
export class LogWriter extends Context.Service<
  LogWriter,
  { write(organization: OrganizationId, entries: ReadonlyArray<LoggedEntry>): Effect.Effect<void> }
>()("@rollcall/domain/test/LogWriter") {}

const minute = 60_000
const base = Date.UTC(2027, 2, 1, 9)
const person = (number: number) => `00000000-0000-4000-8000-0000000000${String(number).padStart(2, "0")}`

/** The entry of that number, `minutes` after nine. */
export const entryAt = (sequence: number, minutes: number, more: Partial<LogEntry> = {}): LoggedEntry => ({
  sequence,
  entry: {
    at: base + minutes * minute,
    requestId: `r${sequence}`,
    actor: { keyId: "key-okta", keyLabel: "Okta", client: "Okta SCIM Client 1.0.0" },
    request: `PATCH /Users/${person(1)}`,
    outcome: "updated",
    status: 200,
    subject: { type: "User", id: person(1), name: "ada@halden.example" },
    changes: [],
    notes: [],
    error: undefined,
    duration: 3,
    ...more
  }
})

const outcomes: ReadonlyArray<Outcome> = ["created", "updated", "updated", "refused", "unchanged", "deleted"]

/** Thirty entries, a minute apart, of four people, two keys and all outcomes. */
const thirty: ReadonlyArray<LoggedEntry> = Array.from({ length: 30 }, (_, i) =>
  entryAt(i + 1, i, {
    outcome: outcomes[i % outcomes.length] ?? "updated",
    subject: i % 7 === 6 ? undefined : { type: "User", id: person(i % 4), name: `p${i % 4}@halden.example` },
    ...(i % 5 === 0 ? { actor: clockActor } : {}),
    ...(i % 9 === 4 ? { error: { scimType: "uniqueness", detail: `100% "taken" by Åse_${i}\\` } } : {})
  })
)

const matching = (isWanted: (logged: LoggedEntry) => boolean) => thirty.filter(isWanted).toReversed()

/** What a search has to find among the {@link thirty}, newest first. */
const searches: ReadonlyArray<readonly [string, Omit<LogSearch, "limit">, (logged: LoggedEntry) => boolean]> = [
  ["everything", {}, () => true],
  ["one person", { subject: person(2) }, ({ entry }) => entry.subject?.id === person(2)],
  ["nobody", { subject: person(77) }, () => false],
  ["what no id can be", { subject: "a\0\ud800" }, () => false],
  ["an outcome", { outcome: "updated" }, ({ entry }) => entry.outcome === "updated"],
  ["refusals", { outcome: "refused" }, ({ entry }) => entry.outcome === "refused"],
  ["from a moment on, the moment included", { from: base + 20 * minute }, ({ sequence }) => sequence >= 21],
  ["before a moment, the moment left out", { to: base + 3 * minute }, ({ sequence }) => sequence <= 3],
  ["between moments", { from: base + minute, to: base + 2 * minute }, ({ sequence }) => sequence === 2],
  ["after the last", { from: base + 300 * minute }, () => false],
  ["before the first", { to: base }, () => false],
  ["a key", { key: clockActor.keyId }, ({ entry }) => entry.actor.keyId === clockActor.keyId],
  ["a key that is none", { key: "%" }, () => false],
  ["a text, without regard to the case of A to Z", { text: "TAKEN" }, ({ entry }) => entry.error !== undefined],
  ["a text with quotes and signs", { text: '100% "taken" by Åse_4\\' }, ({ sequence }) => sequence === 5],
  ["signs that stand for themselves", { text: "1%aken" }, () => false],
  ["letters beyond A to Z, as they are", { text: "åse" }, () => false],
  [
    "all of it at once",
    { subject: person(1), outcome: "updated", key: "key-okta", from: base + 5 * minute, text: "scim client" },
    ({ entry, sequence }) =>
      entry.subject?.id === person(1) &&
      entry.outcome === "updated" &&
      entry.actor.keyId === "key-okta" &&
      sequence >= 6
  ]
]

/** All entries of the pages that follow each other. */
const pages = Effect.fnUntraced(function* (
  read: (after: number | undefined) => Effect.Effect<LogPage, StoreUnavailable>,
  limit: number
) {
  const entries: Array<LoggedEntry> = []
  let after: number | undefined
  do {
    const page: LogPage = yield* read(after)
    assert.isAtMost(page.entries.length, limit)
    entries.push(...page.entries)
    after = page.next
  } while (after !== undefined)
  return entries
})

const inPages = (organization: OrganizationId, wanted: Omit<LogSearch, "limit" | "after">, limit: number) =>
  Effect.gen(function* () {
    const log = yield* ProvisioningLog
    return yield* pages(
      (after) => log.search(organization, { ...wanted, limit, ...(after === undefined ? {} : { after }) }),
      limit
    )
  })

const newOrganization = Effect.sync(() => OrganizationId.make(SecureRandom.uuidV4Unsafe()))

const holding = (entries: ReadonlyArray<LoggedEntry>) =>
  Effect.gen(function* () {
    const organization = yield* newOrganization
    yield* (yield* LogWriter).write(organization, entries)
    return organization
  })

/** What every adapter of {@link ProvisioningLog} keeps. */
export const provisioningLogContract = (name: string, layer: Layer.Layer<ProvisioningLog | LogWriter>): void =>
  suite(Layer.fresh(layer), { timeout: "60 seconds" })(`ProvisioningLog contract: ${name}`, (it) => {
    it.effect("a case code opens its entry, however it is written down, and no other organisation's (R-LOG-3)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding(thirty)
        const other = yield* holding([entryAt(3, 0, { requestId: "theirs" })])
        for (const logged of thirty) {
          const code = caseCode(logged.sequence)
          assert.deepStrictEqual(plain(yield* log.find(organization, code)), plain(logged))
          assert.strictEqual(
            (yield* log.find(organization, ` [case ${code.toLowerCase()}]`))?.sequence,
            logged.sequence
          )
        }
        assert.strictEqual((yield* log.find(other, caseCode(3)))?.entry.requestId, "theirs")
        assert.isUndefined(yield* log.find(other, caseCode(4)))
        assert.isUndefined(yield* log.find(organization, caseCode(31)))
        assert.isUndefined(yield* log.find(organization, "no code"))
        assert.isUndefined(yield* log.find(yield* newOrganization, caseCode(1)))
      })
    )

    it.effect("where codes have come round, the latest entry is opened (R-LOG-3)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding([
          entryAt(7, 0),
          entryAt(8, 0),
          entryAt(casePeriod + 7, 1),
          entryAt(2 * casePeriod + 6, 2)
        ])
        assert.strictEqual((yield* log.find(organization, caseCode(7)))?.sequence, casePeriod + 7)
        assert.strictEqual((yield* log.find(organization, caseCode(8)))?.sequence, 8)
        assert.strictEqual((yield* log.find(organization, caseCode(6)))?.sequence, 2 * casePeriod + 6)
      })
    )

    it.effect("a search finds what it should, newest first, whatever the size of the pages (R-LOG-2)", () =>
      Effect.gen(function* () {
        const organization = yield* holding(thirty)
        yield* holding(thirty)
        for (const [what, wanted, isWanted] of searches) {
          for (const limit of [1, 4, 100]) {
            const found = yield* inPages(organization, wanted, limit)
            assert.deepStrictEqual(plain(found), plain(matching(isWanted)), `${what}, ${limit} a page`)
          }
        }
      })
    )

    it.effect("of clocks that differ by minutes, a search by time misses nothing (R-LOG-2)", () =>
      Effect.gen(function* () {
        // Two servers, whose clocks are four minutes apart, write in turns.
        const skewed = Array.from({ length: 40 }, (_, i) => entryAt(i + 1, i + (i % 2) * 4))
        const organization = yield* holding(skewed)
        for (let minutes = 0; minutes < 46; minutes++) {
          const at = base + minutes * minute
          const since = yield* inPages(organization, { from: at }, 50)
          const until = yield* inPages(organization, { to: at }, 50)
          assert.deepStrictEqual(
            [...since, ...until].map(({ sequence }) => sequence).toSorted((left, right) => left - right),
            skewed.map(({ sequence }) => sequence)
          )
          assert.isTrue(since.every(({ entry }) => entry.at >= at) && until.every(({ entry }) => entry.at < at))
        }
      })
    )

    it.effect("pages go on where they ended, whatever is written or removed meanwhile (R-LOG-2)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding(thirty)
        const first = yield* log.search(organization, { limit: 10 })
        yield* (yield* LogWriter).write(organization, [entryAt(31, 31)])
        assert.strictEqual(yield* log.remove(organization, base + 5 * minute, 100), 5)
        const rest = yield* pages(
          (after) => log.search(organization, { limit: 10, after: after ?? first.next ?? 0 }),
          10
        )
        assert.deepStrictEqual(
          [...first.entries, ...rest].map(({ sequence }) => sequence),
          Array.from({ length: 25 }, (_, i) => 30 - i)
        )
      })
    )

    it.effect("the story of somebody is told from the beginning, in pages (R-LOG-2)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding(thirty)
        const wanted = thirty.filter(({ entry }) => entry.subject?.id === person(3))
        for (const limit of [1, 3, 100]) {
          const told = yield* pages(
            (after) => log.story(organization, person(3), after === undefined ? { limit } : { after, limit }),
            limit
          )
          assert.deepStrictEqual(plain(told), plain(wanted))
        }
        assert.deepStrictEqual((yield* log.story(organization, person(9), { limit: 5 })).entries, [])
        assert.deepStrictEqual((yield* log.story(organization, "\0", { limit: 5 })).entries, [])
        assert.deepStrictEqual((yield* log.story(yield* newOrganization, person(3), { limit: 5 })).entries, [])
      })
    )

    it.effect("removal takes the oldest, no more than asked for, and only this organisation's (R-LOG-2)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding(thirty)
        const other = yield* holding(thirty)
        const left = Effect.map(inPages(organization, {}, 100), (all) =>
          all.map(({ sequence }) => sequence).toReversed()
        )
        const numbers = thirty.map(({ sequence }) => sequence)
        assert.strictEqual(yield* log.remove(organization, base, 10), 0)
        assert.strictEqual(yield* log.remove(organization, base + 12 * minute, 5), 5)
        assert.deepStrictEqual(yield* left, numbers.slice(5))
        assert.strictEqual(yield* log.remove(organization, base + 12 * minute, 100), 7)
        assert.strictEqual(yield* log.remove(organization, base + 12 * minute, 100), 0)
        assert.deepStrictEqual(yield* left, numbers.slice(12))
        assert.isUndefined(yield* log.find(organization, caseCode(12)))
        assert.strictEqual(yield* log.remove(organization, base + 90 * minute, 100), 18)
        assert.deepStrictEqual(yield* left, [])
        assert.strictEqual(yield* log.remove(organization, base + 90 * minute, 100), 0)
        assert.strictEqual((yield* inPages(other, {}, 100)).length, 30)
      })
    )

    it.effect("several who remove at once take every old entry once (R-LOG-2)", () =>
      Effect.gen(function* () {
        const log = yield* ProvisioningLog
        const organization = yield* holding(Array.from({ length: 300 }, (_, i) => entryAt(i + 1, i)))
        const removeAll = Effect.gen(function* () {
          let all = 0
          for (;;) {
            const removed = yield* log.remove(organization, base + 250 * minute, 20)
            if (removed === 0) return all
            all += removed
          }
        })
        const counts = yield* Effect.all(
          Array.from({ length: 4 }, () => removeAll),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          counts.reduce((sum, count) => sum + count, 0),
          250
        )
        assert.strictEqual((yield* inPages(organization, {}, 100)).length, 50)
      })
    )
  })
