import { assert, type Vitest } from "@effect/vitest"
import { todayIn } from "@rollcall/domain/organization/OrganizationToday"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { assertRefused, newTenant, person, type Resource, type Services, type Tenant, versionOf } from "./Tenant.ts"

const day = 86_400_000

/** The day so many days from now in UTC, as identity providers send it. */
const inDays = (days: number) =>
  Effect.map(Clock.currentTimeMillis, (time) => {
    const [year, month, date] = todayIn("UTC", time + days * day).split("-")
    return `${month}/${date}/${year}`
  })

const starting = (name: string, startDate: string, more: JsonObject = {}): JsonObject =>
  person(name, { [extension]: { startDate, ...more } })

const dated = (tenant: Tenant, { id }: Resource, name: string, value: Json) =>
  tenant.patchUser(id, [{ op: "replace", path: `${extension}:${name}`, value }])

const mailsTo = (tenant: Tenant, { id }: Resource) =>
  Effect.map(tenant.read, ({ events }) =>
    events.flatMap(({ event }) =>
      "mail" in event && event.mail !== undefined && event.user === id ? [event.mail] : []
    )
  )

const standingOf = (tenant: Tenant, { id }: Resource) =>
  Effect.map(tenant.read, ({ users }) => users.find((user) => user.id === id)?.standing)

const notesOf = (tenant: Tenant) =>
  Effect.map(
    tenant.read,
    ({ log }) =>
      log
        .at(-1)
        ?.entry.notes.map((note) => note.text)
        .join(" ") ?? ""
  )

const past = { status: 400, scimType: "invalidValue", detail: /startDate lies in the past/ }

/** Start, hire and termination dates: R-START-1 to 9, and what becomes of them when people go and come back. */
export const dateContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-START-3: whoever starts later is scheduled, and the clock starts and mails them once, on that day", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(starting("ada", yield* inDays(2)))
      assert.strictEqual(valueAt(ada, ["active"]), true)
      assert.deepStrictEqual(yield* mailsTo(tenant, ada), [])
      assert.isUndefined((yield* standingOf(tenant, ada))?.startedAt)
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* tenant.tick(ada.id))._tag, "Idle")
      yield* TestClock.adjust("1 day")
      const answers = yield* Effect.all(
        [1, 2, 3].map(() => tenant.tick(ada.id)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Done", "Idle", "Idle"]
      )
      assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["startDay"])
      assert.strictEqual(versionOf(yield* tenant.findUser(ada.id)), versionOf(ada))
      const entry = (yield* tenant.read).log.at(-1)?.entry
      assert.deepStrictEqual([entry?.actor.keyId, entry?.mails, entry?.subject?.id], ["clock", ["startDay"], ada.id])
    })
  )

  it.effect("R-START-3: the day begins when it begins in the organisation's time zone, also at the date line", () =>
    Effect.gen(function* () {
      const time = yield* Clock.currentTimeMillis
      yield* TestClock.setTime(Math.ceil(time / day) * day + day / 2)
      const tomorrow = yield* inDays(1)
      for (const [timeZone, started] of [
        ["Etc/GMT-14", true],
        ["UTC", false],
        ["Etc/GMT+12", false]
      ] as const) {
        const tenant = yield* Effect.flatMap(newTenant(), (made) => made.arrange({ timeZone }))
        const ada = yield* tenant.createUser(starting("ada", tomorrow))
        assert.deepStrictEqual(yield* mailsTo(tenant, ada), started ? ["welcome"] : [], timeZone)
      }
    })
  )

  it.effect("R-START-4: without a start date, or with today's, a person starts and is welcomed at once", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const bo = yield* tenant.createUser(starting("bo", yield* inDays(0)))
      for (const one of [ada, bo]) assert.deepStrictEqual(yield* mailsTo(tenant, one), ["welcome"])
      assert.deepStrictEqual((yield* tenant.read).log.at(-1)?.entry.mails, ["welcome"])
    })
  )

  it.effect("R-START-5: a past date is refused, and taken at once where past dates start now", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const yesterday = yield* inDays(-1)
      const error = yield* assertRefused(tenant, tenant.createUser(starting("ada", yesterday)), past)
      assert.match(error.detail, /today is \d{4}-\d{2}-\d{2} here\. Send today or a later day/)
      const lenient = yield* tenant.settle({ pastStartDates: "startNow" })
      const ada = yield* lenient.createUser(starting("ada", yesterday))
      assert.strictEqual(valueAt(ada, [extension, "startDate"]), yesterday)
      assert.deepStrictEqual(yield* mailsTo(lenient, ada), ["welcome"])
    })
  )

  it.effect("R-START-5: a stored date that has become past is never refused when it is sent again", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const date = yield* inDays(1)
      const ada = yield* tenant.createUser(starting("ada", date))
      yield* TestClock.adjust("5 days")
      const [month, dayOfMonth, year] = date.split("/")
      assert.strictEqual(versionOf(yield* tenant.replaceUser(ada.id, starting("ada", date))), versionOf(ada))
      yield* tenant.patchUser(ada.id, [
        { op: "replace", path: "title", value: "Lead" },
        { op: "replace", path: `${extension}:startDate`, value: `${year}-${month}-${dayOfMonth}` }
      ])
      yield* assertRefused(tenant, dated(tenant, ada, "startDate", yield* inDays(-1)), past)
      yield* tenant.tick(ada.id)
      assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["startDay"])
    })
  )

  it.effect(
    "R-START-6: before the start a new date reschedules, and no date or today's starts the person at once",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const [ada, bo] = [
          yield* tenant.createUser(starting("ada", yield* inDays(2))),
          yield* tenant.createUser(starting("bo", yield* inDays(2)))
        ]
        yield* dated(tenant, ada, "startDate", yield* inDays(4))
        yield* TestClock.adjust("2 days")
        assert.strictEqual((yield* tenant.tick(ada.id))._tag, "Idle")
        yield* tenant.patchUser(ada.id, [{ op: "remove", path: `${extension}:startDate` }])
        yield* dated(tenant, bo, "startDate", yield* inDays(3))
        yield* dated(tenant, bo, "startDate", yield* inDays(0))
        for (const one of [ada, bo]) {
          assert.deepStrictEqual(yield* mailsTo(tenant, one), ["welcome"])
          assert.strictEqual((yield* tenant.tick(one.id))._tag, "Idle")
        }
      })
  )

  it.effect(
    "R-START-6: after the start a new date is stored, locks nobody out, and the log says that it does nothing",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const ada = yield* tenant.createUser(person("ada"))
        const started = (yield* standingOf(tenant, ada))?.startedAt
        const later = yield* inDays(7)
        assert.strictEqual(valueAt(yield* dated(tenant, ada, "startDate", later), [extension, "startDate"]), later)
        assert.match(yield* notesOf(tenant), /no effect: the person has started/)
        assert.strictEqual((yield* standingOf(tenant, ada))?.startedAt, started)
        assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["welcome"])
      })
  )

  it.effect("R-START-7: whoever is deactivated or deleted before the start gets no e-mail that day", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const date = yield* inDays(1)
      const [ada, bo, cy] = [
        yield* tenant.createUser(starting("ada", date)),
        yield* tenant.createUser(starting("bo", date)),
        yield* tenant.createUser(starting("cy", date))
      ]
      for (const one of [ada, cy]) yield* tenant.patchUser(one.id, [{ op: "replace", path: "active", value: false }])
      yield* tenant.deleteUser(bo.id)
      yield* tenant.patchUser(cy.id, [{ op: "replace", path: "active", value: true }])
      assert.deepStrictEqual(yield* mailsTo(tenant, cy), [])
      yield* TestClock.adjust("1 day")
      for (const one of [ada, bo, cy]) yield* tenant.tick(one.id)
      assert.deepStrictEqual(yield* Effect.all([ada, bo, cy].map((one) => mailsTo(tenant, one))), [
        [],
        [],
        ["startDay"]
      ])
      // Let in after the day has passed: a first start like any other.
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: true }])
      assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["welcome"])
    })
  )

  it.effect("R-START-8: the documents' own PATCH, a bare date at the extension's URN, means startDate", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [far, near] = [yield* inDays(9), yield* inDays(3)]
      const ada = yield* tenant.createUser(starting("ada", far))
      const patched = yield* tenant.patchUser(ada.id, [{ op: "Replace", path: extension, value: near }])
      assert.strictEqual(valueAt(patched, [extension, "startDate"]), near)
      const merged = yield* tenant.patchUser(ada.id, [{ op: "replace", path: extension, value: { startDate: far } }])
      assert.strictEqual(valueAt(merged, [extension, "startDate"]), far)
      // As the documents print them: `core::2.0`, and a blank within the URN.
      const spelled = yield* tenant.createUser({
        ...person("bo"),
        schemas: ["urn:ietf:params:scim:schemas:core::2.0:User", extension],
        [extension.replace("extension:", "extension: ")]: { startDate: near }
      })
      assert.strictEqual(valueAt(spelled, [extension, "startDate"]), near)
      assert.deepStrictEqual(yield* mailsTo(tenant, spelled), [])
    })
  )

  it.effect(
    "R-START-2: while start dates are off a date is stored and returned, does nothing, and the log says so",
    () =>
      Effect.gen(function* () {
        const on = yield* newTenant()
        const waiting = yield* on.createUser(starting("waiting", yield* inDays(9)))
        const tenant = yield* on.settle({ startDates: false })
        const ada = yield* tenant.createUser(starting("ada", yield* inDays(9)))
        assert.match(yield* notesOf(tenant), /no effect: Start dates are off/)
        assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["welcome"])
        yield* tenant.createUser(starting("bo", yield* inDays(-400)))
        yield* tenant.tick(waiting.id)
        assert.deepStrictEqual(yield* mailsTo(tenant, waiting), ["startDay"])
      })
  )

  it.effect(
    "R-START-9: a termination date is information, and deactivates after that day where the setting is on",
    () =>
      Effect.gen(function* () {
        const off = yield* newTenant()
        const today = yield* inDays(0)
        const ada = yield* off.createUser(person("ada", { [extension]: { terminationDate: today } }))
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* off.tick(ada.id))._tag, "Idle")
        const tenant = yield* off.settle({ deactivateOnTerminationDate: true })
        const bo = yield* tenant.createUser(person("bo", { [extension]: { terminationDate: yield* inDays(0) } }))
        assert.strictEqual((yield* tenant.tick(bo.id))._tag, "Idle")
        assert.strictEqual((yield* tenant.tick(ada.id))._tag, "Done")
        const ended = yield* tenant.findUser(ada.id)
        assert.deepStrictEqual([valueAt(ended, ["active"]), versionOf(ended)], [false, 'W/"2"'])
        // Whoever is let in again explicitly stays.
        yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: true }])
        assert.strictEqual((yield* tenant.tick(ada.id))._tag, "Idle")
        assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["welcome", "welcomeBack"])
      })
  )

  it.effect("R-USER-7, R-USER-8: reactivation and revival are Welcome Back, and a first start is Welcome, once", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: false }])
      yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: true }])
      yield* tenant.deleteUser(ada.id)
      yield* tenant.createUser(person("ada", { active: false }))
      yield* tenant.replaceUser(ada.id, person("ada", { active: true }))
      assert.deepStrictEqual(yield* mailsTo(tenant, ada), ["welcome", "welcomeBack", "welcomeBack"])
      const bo = yield* tenant.createUser(starting("bo", yield* inDays(2), {}))
      yield* tenant.deleteUser(bo.id)
      yield* tenant.createUser(person("bo"))
      // The record came back with its start date, which still lies ahead.
      assert.deepStrictEqual(yield* mailsTo(tenant, bo), [])
      yield* TestClock.adjust("2 days")
      yield* tenant.tick(bo.id)
      assert.deepStrictEqual(yield* mailsTo(tenant, bo), ["startDay"])
      const cy = yield* tenant.createUser(person("cy", { active: false }))
      assert.deepStrictEqual(yield* mailsTo(tenant, cy), [])
      yield* tenant.patchUser(cy.id, [{ op: "replace", path: "active", value: true }])
      assert.deepStrictEqual(yield* mailsTo(tenant, cy), ["welcome"])
    })
  )
}
