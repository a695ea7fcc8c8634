import { assert, layer as suite } from "@effect/vitest"
import { type DueOrganization, type DueSearch, DueUsers } from "@rollcall/domain/directory/DueUsers"
import { emptyOrganization, MemoryStore, writeToMemory } from "@rollcall/domain/directory/MemoryStore"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { noManager, type PendingReason } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { freshStanding } from "@rollcall/domain/user/UserLifecycle"
import { Arbitrary, Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { pick } from "../scim/Vocabulary.ts"
import { seedWrites } from "./DirectoryProbe.ts"

/** How the contract prepares an organisation with people in it, past the directory. */
export class DueUsersProbe extends Context.Service<
  DueUsersProbe,
  { put(organization: DueOrganization, users: ReadonlyArray<User>): Effect.Effect<void> }
>()("@rollcall/domain/test/DueUsersProbe") {
  static readonly layerMemory: Layer.Layer<DueUsersProbe, never, MemoryStore> = Layer.effect(
    DueUsersProbe,
    Effect.map(MemoryStore, (store) =>
      DueUsersProbe.of({
        put: ({ id, ...organization }, users) =>
          Effect.sync(() => {
            const held = emptyOrganization(organization.settings)
            held.state = { ...held.state, ...organization }
            writeToMemory(held, seedWrites(held.state, { users }))
            store.set(id, held)
          })
      })
    )
  )
}

/** What of a person the clock looks at. */
interface Due {
  readonly active?: boolean
  readonly deleted?: boolean
  readonly started?: boolean
  readonly startsOn?: string
  readonly endsOn?: string
  readonly held?: PendingReason
}

const person = (due: Due, number: number): User => ({
  id: UserId.make(SecureRandom.uuidV4Unsafe()),
  number,
  attributes: { userName: `p${number}`, active: due.active ?? true },
  sources: {},
  standing: {
    ...freshStanding,
    startedAt: due.started === true ? 1 : undefined,
    startsOn: due.startsOn,
    endsOn: due.endsOn
  },
  manager: due.held === undefined ? noManager : { ...noManager, pending: { reason: due.held, reference: "ines" } },
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: due.deleted === true ? 1 : undefined
})

/** An organisation of its own with these people; its settings are those of the preset but for `settings`. */
const given = Effect.fnUntraced(function* (
  dues: ReadonlyArray<Due>,
  settings: Partial<DueOrganization["settings"]> = {}
) {
  const organization: DueOrganization = {
    id: OrganizationId.make(SecureRandom.uuidV4Unsafe()),
    timeZone: "Asia/Kathmandu",
    settings: { ...presets.product, ...settings },
    reviewWindows: [{ id: "w", name: "Spring", opensAt: 1, closesAt: 9 }]
  }
  const users = dues.map((due, i) => person(due, i + 1))
  yield* (yield* DueUsersProbe).put(organization, users)
  const named = (ids: ReadonlyArray<UserId>) => ids.map((id) => users.findIndex((user) => user.id === id))
  return { organization, users, named }
})

const today = "2027-03-10"
const all: DueSearch = {
  today,
  startDatesOff: false,
  endings: true,
  heldManagers: true,
  after: undefined,
  limit: 100
}
const starts: DueSearch = { ...all, endings: false, heldManagers: false }

const flag = pick([true, false])
const day = pick(["none", "2027-03-08", "2027-03-09", "2027-03-10", "2027-03-11", "2027-12-31"])
const held = pick(["none", "reviewWindow", "reviewWindow", "unmatched", "ambiguous", "self", "switchedOff"] as const)
const due: Arbitrary.Arbitrary<Required<Pick<Due, "active" | "deleted" | "started">> & Due> = Arbitrary.map(
  Arbitrary.all([pick([true, true, true, false]), pick([true, false, false]), flag, day, day, held]),
  ([active, deleted, started, startsOn, endsOn, held]) => ({
    active,
    deleted,
    started,
    ...(startsOn === "none" ? {} : { startsOn }),
    ...(endsOn === "none" ? {} : { endsOn }),
    ...(held === "none" ? {} : { held })
  })
)

/** What every adapter of {@link DueUsers} keeps. */
export const dueUsersContract = (name: string, adapter: Layer.Layer<DueUsers | DueUsersProbe>): void =>
  suite(adapter, { timeout: "60 seconds" })(`DueUsers contract: ${name}`, (it) => {
    const found = (organization: OrganizationId, search: DueSearch) =>
      Effect.flatMap(DueUsers, (due) => due.users(organization, search))

    it.effect("R-START-3: whoever waits for a day is due on it and after it, and not before", () =>
      Effect.gen(function* () {
        const { named, organization, users } = yield* given([
          { startsOn: "2027-03-09" },
          { startsOn: "2027-03-10" },
          { startsOn: "2027-03-11" },
          {},
          { startsOn: "2027-03-10", started: true },
          { startsOn: "2027-03-10", active: false },
          { startsOn: "2027-03-10", deleted: true },
          { endsOn: "2027-03-09" },
          { held: "reviewWindow" }
        ])
        assert.sameMembers(named(yield* found(organization.id, starts)), [0, 1])
        assert.sameMembers(named(yield* found(organization.id, { ...starts, startDatesOff: true })), [0, 1, 2])
        assert.lengthOf(users, 9)
      })
    )

    it.effect("R-START-9: whoever has their last day today is due tomorrow", () =>
      Effect.gen(function* () {
        const { named, organization } = yield* given([{ endsOn: "2027-03-09", started: true }, { endsOn: today }])
        const endings = { ...starts, endings: true }
        assert.deepStrictEqual(named(yield* found(organization.id, endings)), [0])
        assert.sameMembers(named(yield* found(organization.id, { ...endings, today: "2027-03-11" })), [0, 1])
        assert.deepStrictEqual(named(yield* found(organization.id, starts)), [])
      })
    )

    it.effect("R-MGR-4: of the managers that are not followed only those that a window holds are due", () =>
      Effect.gen(function* () {
        const { named, organization } = yield* given([
          { held: "unmatched" },
          { held: "reviewWindow" },
          { held: "reviewWindow", active: false }
        ])
        assert.sameMembers(named(yield* found(organization.id, { ...starts, heldManagers: true })), [1, 2])
        assert.deepStrictEqual(named(yield* found(organization.id, starts)), [])
      })
    )

    it.effect("people come in pages in the order of their ids, each once, whatever they are due for", () =>
      Effect.gen(function* () {
        const { organization, users } = yield* given(
          Array.from({ length: 25 }, (): Due => ({ startsOn: today, endsOn: "2027-03-09", held: "reviewWindow" }))
        )
        const ids: Array<UserId> = []
        for (let after: UserId | undefined; ; after = ids.at(-1)) {
          const page = yield* found(organization.id, { ...all, after, limit: 10 })
          ids.push(...page)
          if (page.length < 10) break
        }
        assert.deepStrictEqual(ids, users.map(({ id }) => id).toSorted())
      })
    )

    it.effect("R-ORG-1: people of another organisation are never found", () =>
      Effect.gen(function* () {
        const { organization } = yield* given([{}])
        yield* given([{ startsOn: today, endsOn: "2027-03-01", held: "reviewWindow" }])
        assert.deepStrictEqual(yield* found(organization.id, all), [])
        const nobody = OrganizationId.make(SecureRandom.uuidV4Unsafe())
        assert.deepStrictEqual(yield* found(nobody, all), [])
      })
    )

    it.effect("the organisations are those with somebody for whom something may be due, by their settings", () =>
      Effect.gen(function* () {
        const expected = [
          yield* given([{}, { startsOn: today }]),
          yield* given([{ startsOn: "2027-12-31" }], { startDates: false }),
          yield* given([{ endsOn: "2027-03-09", started: true }], { deactivateOnTerminationDate: true }),
          yield* given([{ held: "reviewWindow" }])
        ]
        const others = [
          yield* given([]),
          yield* given([{ startsOn: "2027-03-11" }, { startsOn: today, active: false }, { endsOn: "2027-03-09" }]),
          yield* given([{ startsOn: today, deleted: true }, { held: "switchedOff" }]),
          yield* given([{ endsOn: today }], { deactivateOnTerminationDate: true })
        ]
        const due = yield* (yield* DueUsers).organizations(today)
        for (const { organization } of expected) {
          assert.deepStrictEqual(
            due.filter(({ id }) => id === organization.id),
            [organization]
          )
        }
        const ids = due.map(({ id }) => id)
        for (const { organization } of others) assert.notInclude(ids, organization.id)
      })
    )

    it.effect.prop(
      "whatever there is, exactly those are found for whom one of the reasons applies, and their organisation with them",
      [Arbitrary.array(due, { maxLength: 12 }), flag, flag, flag],
      ([dues, startDatesOff, endings, heldManagers]) =>
        Effect.gen(function* () {
          const { named, organization } = yield* given(dues, {
            startDates: !startDatesOff,
            deactivateOnTerminationDate: endings
          })
          const search = { ...all, startDatesOff, endings, heldManagers }
          const reasons = (one: (typeof dues)[number], heldToo: boolean) => {
            if (one.deleted) return false
            if (heldToo && one.held === "reviewWindow") return true
            if (!one.active) return false
            const starts = !one.started && one.startsOn !== undefined && (startDatesOff || one.startsOn <= today)
            return starts || (endings && one.endsOn !== undefined && one.endsOn < today)
          }
          const expected = dues.flatMap((one, i) => (reasons(one, heldManagers) ? [i] : []))
          assert.sameMembers(named(yield* found(organization.id, search)), expected)
          const organizations = yield* (yield* DueUsers).organizations(today)
          assert.strictEqual(
            organizations.some(({ id }) => id === organization.id),
            dues.some((one) => reasons(one, true))
          )
        }),
      { timeout: 60_000, arbitrary: { runs: 40 } }
    )
  })
