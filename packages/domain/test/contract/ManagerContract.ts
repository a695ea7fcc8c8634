import { assert, type Vitest } from "@effect/vitest"
import type { LogEntry } from "@rollcall/domain/log/LogEntry"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { newTenant, person, type Resource, type Services, type Tenant, versionOf } from "./Tenant.ts"

const reporting = (name: string, manager: string | null, more: JsonObject = {}): JsonObject =>
  person(name, { [enterpriseUserUrn]: { manager: manager === null ? null : { value: manager }, ...more } })

const setManager = (tenant: Tenant, { id }: Resource, value: string) =>
  tenant.patchUser(id, [{ op: "replace", path: `${enterpriseUserUrn}:manager`, value }])

const managerOf = (resource: Resource) => valueAt(resource, [enterpriseUserUrn, "manager"])

const linkOf = (tenant: Tenant, { id }: Resource) =>
  Effect.map(tenant.read, ({ users }) => users.find((user) => user.id === id)?.manager)

const lastEntry = (tenant: Tenant) => Effect.map(tenant.read, ({ log }) => log.at(-1)?.entry)

const entryAbout = (tenant: Tenant, { id }: Resource) =>
  Effect.map(tenant.read, ({ log }) => log.findLast(({ entry }) => entry.subject?.id === id)?.entry)

const managerEvents = (tenant: Tenant) =>
  Effect.map(tenant.read, ({ events }) =>
    events.flatMap(({ event }) => (event.type === "user.managerChanged" ? [[event.user, event.manager]] : []))
  )

/** The same organisation in a review window that closes in a minute. */
const inReview = (tenant: Tenant) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    tenant.arrange({
      reviewWindows: [{ id: "w", name: "Best-Self 2027", opensAt: now, closesAt: now + 60_000 }]
    })
  )

const textOf = (entry: LogEntry | undefined): string => entry?.notes.map((note) => note.text).join(" ") ?? ""

/** Managers: R-MATCH-1, R-MGR-1 to 6. */
export const managerContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-MGR-1, R-MATCH-1: a manager is found by SCIM ID, User ID, e-mail and employee number", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(
        person("boss", { displayName: "The Boss", [enterpriseUserUrn]: { employeeNumber: "HR-7" } })
      )
      const number = valueAt(boss, ["urn:ietf:params:scim:schemas:extension:15Five:2.0:User", "userId"])
      const references = [
        [boss.id.toUpperCase(), "scimId"],
        [String(number), "userId"],
        ["BOSS@halden.example", "email"],
        ["hr-7", "employeeNumber"]
      ] as const
      for (const [i, [reference, rule]] of references.entries()) {
        const report = yield* tenant.createUser(reporting(`report${i}`, reference))
        const expected = {
          value: reference,
          $ref: `${tenant.caller.baseUrl}/Users/${boss.id}`,
          displayName: "The Boss"
        }
        assert.deepStrictEqual(managerOf(report), expected)
        assert.deepStrictEqual(managerOf(yield* tenant.findUser(report.id)), expected)
        assert.deepStrictEqual(yield* linkOf(tenant, report), { id: boss.id, reference, rule } as never)
        const entry = yield* lastEntry(tenant)
        assert.deepStrictEqual(entry?.matched, [
          { attribute: `${enterpriseUserUrn}:manager`, reference, rule, user: boss.id } as never
        ])
      }
      assert.lengthOf(yield* managerEvents(tenant), 4)
    })
  )

  it.effect("R-MGR-2: a manager who is not there leaves the field blank, reads back, and is told in the log", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("boss"))
      const report = yield* tenant.createUser(reporting("report", boss.id))
      const changed = yield* setManager(tenant, report, "nobody@halden.example")
      assert.deepStrictEqual(managerOf(changed), { value: "nobody@halden.example" })
      assert.deepStrictEqual(managerOf(yield* tenant.findUser(report.id)), { value: "nobody@halden.example" })
      assert.deepStrictEqual(yield* linkOf(tenant, report), {
        pending: { reason: "unmatched", reference: "nobody@halden.example" }
      } as never)
      const entry = yield* lastEntry(tenant)
      assert.match(textOf(entry), /Nobody here has "nobody@halden\.example"/)
      assert.deepStrictEqual(yield* managerEvents(tenant), [
        [report.id, boss.id],
        [report.id, undefined]
      ] as never)
    })
  )

  it.effect("R-MGR-2: whoever was waited for fills the manager in with the very write that brings them", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const byEmail = yield* tenant.createUser(reporting("one", "Late@halden.example"))
      const byEmployee = yield* tenant.createUser(reporting("two", "HR-9"))
      const byNumber = yield* tenant.createUser(reporting("three", "4"))
      const version = versionOf(byEmail)
      const late = yield* tenant.createUser(person("late", { [enterpriseUserUrn]: { employeeNumber: "hr-9" } }))
      for (const report of [byEmail, byEmployee, byNumber]) {
        const read = yield* tenant.findUser(report.id)
        assert.strictEqual(
          valueAt(read, [enterpriseUserUrn, "manager", "$ref"]),
          `${tenant.caller.baseUrl}/Users/${late.id}`
        )
        const entry = yield* entryAbout(tenant, report)
        assert.strictEqual(entry?.outcome, "updated")
        assert.match(entry?.cause ?? "", /^[0-9A-Z]{6}$/)
      }
      assert.strictEqual(versionOf(yield* tenant.findUser(byEmail.id)), version)
      assert.lengthOf(yield* managerEvents(tenant), 3)
      // Nobody waits any more: another e-mail of the same people changes nothing.
      yield* tenant.patchUser(late.id, [{ op: "replace", path: `${enterpriseUserUrn}:employeeNumber`, value: "HR-10" }])
      assert.lengthOf(yield* managerEvents(tenant), 3)
    })
  )

  for (const [what, reference] of [
    ["e-mail", "late@halden.example"],
    ["employee number", "HR-9"],
    ["User ID", "2"]
  ] as const) {
    it.effect(`R-MGR-2: whoever is waited for by nothing but the ${what} is found as a newcomer`, () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const report = yield* tenant.createUser(reporting("report", reference))
        const late = yield* tenant.createUser(person("late", { [enterpriseUserUrn]: { employeeNumber: "hr-9" } }))
        assert.strictEqual((yield* linkOf(tenant, report))?.id, late.id as never)
      })
    )
  }

  it.effect("R-MGR-2: a rename and a revival fill managers in, and a deletion blanks them again", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const report = yield* tenant.createUser(reporting("report", "new@halden.example"))
      const boss = yield* tenant.createUser(person("old"))
      yield* tenant.replaceUser(boss.id, person("new"))
      assert.strictEqual((yield* linkOf(tenant, report))?.id, boss.id as never)
      yield* tenant.deleteUser(boss.id)
      assert.deepStrictEqual(yield* linkOf(tenant, report), {
        pending: { reason: "unmatched", reference: "new@halden.example" }
      } as never)
      assert.deepStrictEqual(managerOf(yield* tenant.findUser(report.id)), { value: "new@halden.example" })
      assert.match(textOf(yield* entryAbout(tenant, report)), /was deleted/)
      yield* tenant.createUser(person("new"))
      assert.strictEqual((yield* linkOf(tenant, report))?.id, boss.id as never)
    })
  )

  it.effect("R-MATCH-1: an employee number that several share matches nobody, until one of them is left", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const [one, two] = [
        yield* tenant.createUser(person("one", { [enterpriseUserUrn]: { employeeNumber: "77x" } })),
        yield* tenant.createUser(person("two", { [enterpriseUserUrn]: { employeeNumber: "77X" } }))
      ]
      const report = yield* tenant.createUser(reporting("report", "77x"))
      assert.deepStrictEqual((yield* linkOf(tenant, report))?.pending, { reason: "ambiguous", reference: "77x" })
      assert.match(textOf(yield* lastEntry(tenant)), /Several people have the employee number "77x"/)
      yield* tenant.deleteUser(two.id)
      const again = yield* tenant.replaceUser(report.id, reporting("report", "77x"))
      assert.strictEqual(versionOf(again), versionOf(report))
      assert.strictEqual((yield* linkOf(tenant, report))?.id, one.id as never)
    })
  )

  it.effect("R-MATCH-1: the first rule counts, and the log tells of a later one that would have found another", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const first = yield* tenant.createUser(person("first"))
      yield* tenant.createUser(person("other", { [enterpriseUserUrn]: { employeeNumber: "1" } }))
      const report = yield* tenant.createUser(reporting("report", "1"))
      assert.strictEqual((yield* linkOf(tenant, report))?.id, first.id as never)
      const entry = yield* lastEntry(tenant)
      assert.strictEqual(entry?.matched?.[0]?.alsoBy, "employeeNumber")
      assert.match(textOf(entry), /"1" is one person's User ID, which counts, and also another's employee number/)
    })
  )

  it.effect(
    "R-MGR-3, R-MGR-5: with Sync managers off a manager is not taken, reads back, and counts once it is on",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const boss = yield* tenant.createUser(person("boss"))
        const other = yield* tenant.createUser(person("other"))
        const report = yield* tenant.createUser(reporting("report", boss.id))
        const off = yield* tenant.settle({ syncManagers: false })
        const changed = yield* setManager(off, report, other.id)
        assert.deepStrictEqual(managerOf(changed), { value: other.id })
        assert.strictEqual((yield* linkOf(off, report))?.id, boss.id as never)
        assert.match(textOf(yield* lastEntry(off)), /Sync managers is off/)
        const on = yield* tenant.settle({ syncManagers: true })
        const forced = yield* setManager(on, report, other.id)
        assert.strictEqual(
          valueAt(forced, [enterpriseUserUrn, "manager", "$ref"]),
          `${on.caller.baseUrl}/Users/${other.id}`
        )
        assert.strictEqual((yield* linkOf(on, report))?.id, other.id as never)
      })
  )

  it.effect(
    "R-MGR-4, R-MGR-5: a review window holds a change, shows it as sent, and it is applied when it closes",
    () =>
      Effect.gen(function* () {
        const calm = yield* newTenant()
        const boss = yield* calm.createUser(person("boss"))
        const next = yield* calm.createUser(person("next"))
        const report = yield* calm.createUser(reporting("report", boss.id))
        const tenant = yield* inReview(calm)
        assert.deepStrictEqual(managerOf(yield* setManager(tenant, report, next.id)), { value: next.id })
        assert.deepStrictEqual(yield* linkOf(tenant, report), {
          id: boss.id,
          reference: boss.id,
          rule: "scimId",
          pending: { reason: "reviewWindow", reference: next.id }
        } as never)
        assert.match(textOf(yield* lastEntry(tenant)), /The review window "Best-Self 2027" is open/)
        assert.strictEqual((yield* tenant.tick(report.id))._tag, "Idle")
        // Somebody new has nobody whose place is taken.
        const newcomer = yield* tenant.createUser(reporting("newcomer", boss.id))
        assert.strictEqual((yield* linkOf(tenant, newcomer))?.id, boss.id as never)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* tenant.tick(report.id))._tag, "Done")
        assert.strictEqual((yield* linkOf(tenant, report))?.id, next.id as never)
        assert.strictEqual((yield* lastEntry(tenant))?.actor.keyId, "clock")
        assert.strictEqual((yield* tenant.tick(report.id))._tag, "Idle")
      })
  )

  it.effect("R-MGR-4: a held change that is replaced meanwhile is never applied", () =>
    Effect.gen(function* () {
      const calm = yield* newTenant()
      const [boss, next, third] = [
        yield* calm.createUser(person("boss")),
        yield* calm.createUser(person("next")),
        yield* calm.createUser(person("third"))
      ]
      const report = yield* calm.createUser(reporting("report", boss.id))
      const back = yield* calm.createUser(reporting("back", boss.id))
      const tenant = yield* inReview(calm)
      for (const manager of [next, third]) yield* setManager(tenant, report, manager.id)
      for (const manager of [next, boss]) yield* setManager(tenant, back, manager.id)
      assert.isUndefined((yield* linkOf(tenant, back))?.pending)
      yield* TestClock.adjust("1 minute")
      yield* tenant.tick(report.id)
      yield* tenant.tick(back.id)
      assert.strictEqual((yield* linkOf(tenant, report))?.id, third.id as never)
      assert.strictEqual((yield* linkOf(tenant, back))?.id, boss.id as never)
    })
  )

  it.effect("R-MGR-4: that there be no manager is held as well", () =>
    Effect.gen(function* () {
      const calm = yield* newTenant()
      const boss = yield* calm.createUser(person("boss"))
      const report = yield* calm.createUser(reporting("report", boss.id))
      const tenant = yield* inReview(calm)
      yield* tenant.patchUser(report.id, [{ op: "remove", path: `${enterpriseUserUrn}:manager` }])
      assert.strictEqual((yield* linkOf(tenant, report))?.id, boss.id as never)
      assert.isUndefined(managerOf(yield* tenant.findUser(report.id)))
      yield* TestClock.adjust("1 minute")
      yield* tenant.tick(report.id)
      assert.deepStrictEqual(yield* linkOf(tenant, report), {} as never)
    })
  )

  it.effect("R-MGR-6: nobody is their own manager, not even in the request that makes or renames them", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const ada = yield* tenant.createUser(reporting("ada", "ada@halden.example"))
      assert.strictEqual((yield* linkOf(tenant, ada))?.pending?.reason, "self")
      assert.match(textOf(yield* lastEntry(tenant)), /cannot be their own manager/)
      assert.deepStrictEqual(managerOf(ada), { value: "ada@halden.example" })
      const bo = yield* tenant.createUser(reporting("bo", "robert@halden.example"))
      yield* tenant.replaceUser(bo.id, reporting("robert", "robert@halden.example"))
      assert.strictEqual((yield* linkOf(tenant, bo))?.pending?.reason, "self")
    })
  )

  it.effect("R-MGR-6: a longer cycle is accepted, and told in the log", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const bo = yield* tenant.createUser(reporting("bo", ada.id))
      const cy = yield* tenant.createUser(reporting("cy", bo.id))
      yield* setManager(tenant, ada, cy.id)
      assert.strictEqual((yield* linkOf(tenant, ada))?.id, cy.id as never)
      assert.match(textOf(yield* lastEntry(tenant)), /reports to this person/)
      // From within the cycle as well: the walk ends.
      yield* setManager(tenant, bo, cy.id)
      assert.strictEqual((yield* linkOf(tenant, bo))?.id, cy.id as never)
    })
  )

  it.effect("ABUSE-12: somebody of another organisation is nobody's manager", () =>
    Effect.gen(function* () {
      const theirs = yield* (yield* newTenant()).createUser(person("boss"))
      const tenant = yield* newTenant()
      const report = yield* tenant.createUser(reporting("report", theirs.id))
      assert.deepStrictEqual(managerOf(report), { value: theirs.id })
      const byEmail = yield* tenant.createUser(reporting("other", "boss@halden.example"))
      assert.strictEqual((yield* linkOf(tenant, byEmail))?.pending?.reason, "unmatched")
    })
  )

  it.effect("R-MGR-2: in one batch, who comes later is the manager of who came before", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const names = ["a", "b", "c", "d", "e"]
      yield* Effect.all(
        names.map((name, i) => tenant.createUser(reporting(name, `${names[i + 1] ?? "nobody"}@halden.example`))),
        { concurrency: "unbounded" }
      )
      const { users } = yield* tenant.read
      const named = (name: string) => users.find((user) => user.attributes.userName === `${name}@halden.example`)
      names.forEach((name, i) => {
        const next = names[i + 1]
        assert.strictEqual(named(name)?.manager.id, next === undefined ? undefined : named(next)?.id)
      })
    })
  )

  const address = (name: string) => [
    {
      op: "replace",
      value: { userName: `${name}@halden.example`, emails: [{ value: `${name}@halden.example`, type: "work" }] }
    }
  ]
  const number = (value: string): JsonObject => ({ [enterpriseUserUrn]: { employeeNumber: value } })
  const together = <E>(...requests: ReadonlyArray<Effect.Effect<unknown, E>>) =>
    Effect.all(requests, { concurrency: "unbounded", discard: true })

  it.effect(
    "R-MGR-2: in one batch, whoever was filled in stays, though another takes the address that was waited for",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const report = yield* tenant.createUser(reporting("ada", "head@halden.example"))
        const first = yield* tenant.createUser(person("bo"))
        const second = yield* tenant.createUser(person("cy"))
        yield* together(
          tenant.patchUser(first.id, address("head")),
          tenant.patchUser(first.id, address("bo")),
          tenant.patchUser(second.id, address("head"))
        )
        assert.strictEqual((yield* linkOf(tenant, report))?.id, first.id)
      })
  )

  it.effect("R-MATCH-1: in one batch, an employee number that somebody gave up finds nobody any more", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const boss = yield* tenant.createUser(person("bo", number("HR-7")))
      const report = yield* tenant.createUser(person("ada"))
      yield* together(
        tenant.patchUser(boss.id, [{ op: "replace", value: number("HR-8") }]),
        setManager(tenant, report, "HR-7")
      )
      assert.strictEqual((yield* linkOf(tenant, report))?.pending?.reason, "unmatched")
    })
  )

  it.effect("R-MGR-2: in one batch, whose manager became another keeps that one when the former leaves", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const former = yield* tenant.createUser(person("bo"))
      const next = yield* tenant.createUser(person("cy"))
      const report = yield* tenant.createUser(reporting("ada", former.id))
      yield* together(setManager(tenant, report, next.id), tenant.deleteUser(former.id))
      assert.strictEqual((yield* linkOf(tenant, report))?.id, next.id)
      assert.deepStrictEqual(yield* managerEvents(tenant), [
        [UserId.make(report.id), UserId.make(former.id)],
        [UserId.make(report.id), UserId.make(next.id)]
      ])
    })
  )
}
