import { assert, layer, type Vitest } from "@effect/vitest"
import { type CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { DirectoryExport, userFormat } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { ImportId } from "@rollcall/domain/csv/ImportStep"
import { Imports } from "@rollcall/domain/csv/Imports"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect, Layer, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { readText } from "../csv/CsvText.ts"
import { importProperties } from "./ImportProperties.ts"
import {
  broken,
  type FileServices,
  fileOf,
  type ImportAdapters,
  type ImportServices,
  importRecords,
  outcomesOf,
  predicted,
  told,
  useFiles
} from "./ImportScene.ts"
import { members, newTenant, person, resourceTypes, type Tenant, useCases } from "./Tenant.ts"

/** An organisation that takes imports. */
const importing = Effect.flatMap(newTenant(), (tenant) => tenant.arrange({ csvAllowed: true }))

const attributesOf = (tenant: Tenant, userName: string) =>
  Effect.map(
    tenant.read,
    ({ users }) => users.find(({ attributes }) => attributes.userName === userName)?.attributes ?? {}
  )

const failed = (tenant: Tenant, text: string, options = {}) =>
  Effect.map(importRecords(tenant, fileOf(text), options), ({ outcomes }) => outcomes.map(told))

const newFile = (name: string, fingerprint?: string) => ({
  id: ImportId.make(SecureRandom.uuidV7Unsafe()),
  kind: "users" as const,
  name,
  fingerprint,
  by: "import"
})

/**
 * What every adapter keeps for imports: run on memory, on PostgreSQL and on the embedded database; `remote` is another way to
 * what is done with files.
 */
export const importContract = (
  name: string,
  adapters: Layer.Layer<ImportAdapters>,
  runs?: number,
  remote?: Layer.Layer<FileServices, never, FileServices>
): void => {
  const files = remote === undefined ? useFiles : Layer.provideMerge(remote, useFiles)
  layer(Layer.provideMerge(Layer.merge(useCases, files), Layer.fresh(adapters)), { timeout: "120 seconds" })(
    `imports (${name})`,
    (it) => {
      rowContract(it)
      runContract(it, remote === undefined ? killed : unreadable)
      recordContract(it)
      typeContract(it)
      compareContract(it)
      importProperties(it, runs ?? 60)
    }
  )
}

type It = Vitest.MethodsNonLive<ImportServices>

const rowContract = (it: It): void => {
  it.effect("R-CSV-1, R-CSV-2: a row makes a person with all that it says, by CSV, and the log has its entry", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const { outcomes, summary } = yield* importRecords(
        tenant,
        fileOf(`
          E-Mail | First Name | LAST_NAME | title | employee-number | Location | manager | Start Date | Custom Shoe Size | Nonsense
          ada@halden.example | Ada | Okafor | Lead | e7 | Oslo | bo@halden.example | 01/02/1969 | 42 | x
          bo@halden.example | Bo | | | | | | | |
        `)
      )
      assert.deepStrictEqual(outcomes.map(told), ["2 created", "3 created"])
      assert.deepStrictEqual(summary.ignored, [{ name: "Nonsense", meant: undefined }])
      assert.deepStrictEqual(summary.counts, { created: 2, updated: 0, unchanged: 0, rejected: 0 })
      const { events, log, users } = yield* tenant.read
      const [ada, bo] = users
      assert.deepStrictEqual(ada?.attributes, {
        userName: "ada@halden.example",
        emails: [{ value: "ada@halden.example", type: "work", primary: true }],
        name: { givenName: "Ada", familyName: "Okafor" },
        title: "Lead",
        active: true,
        [enterpriseUserUrn]: { employeeNumber: "e7", manager: { value: "bo@halden.example" } },
        [extension]: { location: "Oslo", startDate: "01/02/1969", custom_shoe_size: "42", userId: 1 }
      })
      assert.strictEqual(ada?.origin, "csv")
      assert.strictEqual(ada?.sources.title, "csv")
      // R-START, R-MGR-2: a past start date has begun; a manager of a later row is filled in.
      assert.isDefined(ada?.standing.startedAt)
      assert.strictEqual(ada?.manager.id, bo?.id)
      assert.deepStrictEqual(
        log.map(({ entry }) => [entry.request, entry.outcome]),
        [
          ["CSV people.csv line 2", "created"],
          ["CSV people.csv line 3", "created"],
          ["CSV people.csv line 3", "updated"]
        ]
      )
      assert.isTrue(events.every(({ event }) => !("mail" in event)))
    })
  )

  it.effect("only who is invited is written to", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      yield* importRecords(tenant, fileOf("email\nada@halden.example"), { invite: true })
      const { events } = yield* tenant.read
      assert.deepStrictEqual(
        events.flatMap(({ event }) => ("mail" in event ? [event.mail] : [])),
        ["welcome"]
      )
    })
  )

  it.effect(
    "R-CSV-2: an empty cell leaves what stands, [clear] clears it, and the email moves the linked userName",
    () =>
      Effect.gen(function* () {
        const tenant = yield* importing
        const ada = yield* tenant.createUser(
          person("ada", { title: "Lead", [enterpriseUserUrn]: { employeeNumber: "7", costCenter: "R" } })
        )
        const { outcomes } = yield* importRecords(
          tenant,
          fileOf(`
          scim_id | email | title | first_name | employee_number
          ${ada.id} | ada.o@halden.example | [Clear] | | [clear]
        `)
        )
        assert.deepStrictEqual(outcomes.map(told), ["2 updated"])
        assert.strictEqual(outcomes[0]?.rule, "scimId")
        const attributes = yield* attributesOf(tenant, "ada.o@halden.example")
        assert.strictEqual(attributes.title, undefined)
        assert.strictEqual(valueAt(attributes, ["name", "givenName"]), "ada")
        assert.deepStrictEqual(attributes.emails, [{ value: "ada.o@halden.example", type: "work", primary: true }])
        assert.deepStrictEqual(attributes[enterpriseUserUrn], { costCenter: "R" })
      })
  )

  it.effect(
    "R-MATCH-1: rows match by SCIM ID, User ID, email, employee number; columns that contradict are refused",
    () =>
      Effect.gen(function* () {
        const tenant = yield* importing
        const numbered = (employeeNumber: string) => ({ [enterpriseUserUrn]: { employeeNumber } })
        const ada = yield* tenant.createUser(person("ada", numbered("e1")))
        const bo = yield* tenant.createUser(person("bo", numbered("e2")))
        yield* tenant.createUser(person("cy", numbered("e2")))
        yield* tenant.createUser(person("di", numbered("e3")))
        const { outcomes } = yield* importRecords(
          tenant,
          fileOf(`
          scim_id | user_id | email | employee_number | title
          ${ada.id} | 1 | ADA@halden.example | E1 | A
          | 2 | | | B
          | | cy@halden.example | e2 | C
          | | | e3 | D
          ${ada.id} | 2 | | | X
          | | bo@halden.example | e1 | X
          | | | e2 | X
          ${bo.id.replaceAll(/[0-9a-f]/g, "0")} | | bo@halden.example | | X
          | 99 | | | X
          | x7 | | | X
          12 | | | | X
          | | | e9 | X
          | | ada@halden.example | e9 | A
        `)
        )
        assert.deepStrictEqual(
          outcomes.map((outcome) => `${told(outcome)}${outcome.rule === undefined ? "" : ` by ${outcome.rule}`}`),
          [
            "2 updated by scimId",
            "3 updated by userId",
            "4 updated by email",
            "5 updated by employeeNumber",
            '6 rejected user_id: "2" is bo@halden.example (User ID 2), but scim_id is ada@halden.example (User ID 1). Correct one of the two, or leave it empty.',
            '7 rejected employee_number: "e1" is ada@halden.example (User ID 1), but email is bo@halden.example (User ID 2). Correct one of the two, or leave it empty.',
            '8 rejected employee_number: several people have "e2". Give their e-mail or User ID as well.',
            '9 rejected scim_id: nobody here has "00000000-0000-0000-0000-000000000000". Leave the cell empty to match by e-mail.',
            '10 rejected user_id: nobody here has "99". Leave the cell empty to match by e-mail.',
            '11 rejected user_id: "x7" is no User ID (digits). Leave the cell empty to match by e-mail.',
            '12 rejected scim_id: "12" is no SCIM ID (a UUID). Leave the cell empty to match by e-mail.',
            "13 rejected email: nobody here matches the row, and somebody new needs an e-mail address. Add it, or correct what names the person.",
            "14 rejected -: Line 2 of the file is about the same person and says something else. Give each person one row, with all of their groups in it."
          ]
        )
        const { log } = yield* tenant.read
        assert.strictEqual(log.length, 4 + 13)
      })
  )

  it.effect("R-CSV-1: groups are added to, created only where that was asked for, and never guessed", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const ada = yield* tenant.createUser(person("ada"))
      const ops = yield* tenant.createGroup({ displayName: "Ops", members: members(ada) })
      const file = `
        email | groups
        ada@halden.example | Ops; Pilots
        bo@halden.example | Ops
        cy@halden.example | ops
      `
      assert.deepStrictEqual(yield* failed(tenant, file), [
        '2 rejected groups: "Pilots" is no group here. Make the group first, or let the import create missing groups.',
        "3 created",
        '4 rejected groups: "ops" is no group here, but "Ops" is. Spell it so.'
      ])
      assert.deepStrictEqual(yield* failed(tenant, file, { createGroups: true }), [
        "2 updated",
        "3 unchanged",
        '4 rejected groups: "ops" is no group here, but "Ops" is. Spell it so.'
      ])
      const { groups, members: memberships, users } = yield* tenant.read
      assert.deepStrictEqual(
        groups.map(({ displayName, origin, version }) => [displayName, origin, version]),
        [
          ["Ops", "scim", 2],
          ["Pilots", "csv", 1]
        ]
      )
      const boId = users.find(({ attributes }) => attributes.userName === "bo@halden.example")?.id
      const pilots = groups.find(({ displayName }) => displayName === "Pilots")
      assert.deepStrictEqual(
        new Map(memberships),
        new Map([
          [ops.id, [ada.id, boId ?? ""].toSorted()],
          [pilots?.id ?? "", [ada.id]]
        ] as never)
      )
    })
  )

  it.effect("R-ORG-7, ABUSE-16: while SCIM is on, and imports are not allowed, nothing of the file is looked at", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const refusal = yield* Effect.flip(importRecords(tenant, fileOf("email\nada@halden.example")))
      assert.strictEqual(refusal._tag, "ImportRefused")
      assert.match(refusal.message, /rollcall org allow-csv/)
      const { log, users } = yield* tenant.read
      assert.deepStrictEqual([log, users], [[], []])
    })
  )
}

const people = (count: number, title: string) =>
  fileOf(["email | title", ...Array.from({ length: count }, (_, i) => `p${i}@halden.example | ${title}`)].join("\n"))

type BrokenOff = (tenant: Tenant, records: ReadonlyArray<CsvRecord>, fingerprint: string) => ReturnType<typeof exitOf>

const exitOf = (
  tenant: Tenant,
  records: ReadonlyArray<CsvRecord> | Stream.Stream<CsvRecord, CsvUnreadable>,
  fingerprint: string
) => Effect.exit(importRecords(tenant, records, {}, fingerprint))

/** An import in whose process everything ends behind some records. */
const killed: BrokenOff = (tenant, records, fingerprint) => exitOf(tenant, [...records, broken], fingerprint)

/** An import whose file cannot be read behind some records: where it is read is not where it is carried out. */
const unreadable: BrokenOff = (tenant, records, fingerprint) =>
  exitOf(
    tenant,
    Stream.concat(
      Stream.fromIterable(records),
      Stream.fail(new CsvUnreadable({ line: undefined, problem: "It broke off", remedy: "Mend it" }))
    ),
    fingerprint
  )

const runContract = (it: It, brokenOff: BrokenOff): void => {
  it.effect("R-CSV-3: the same file twice changes nothing the second time", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      yield* importRecords(tenant, people(8, "Lead"))
      const before = yield* tenant.read
      const { summary } = yield* importRecords(tenant, people(8, "Lead"))
      const after = yield* tenant.read
      assert.deepStrictEqual(summary.counts, { created: 0, updated: 0, unchanged: 8, rejected: 0 })
      assert.deepStrictEqual([after.users, after.events], [before.users, before.events])
      assert.strictEqual(after.log.length, 16)
    })
  )

  it.effect("R-CSV-1, ABUSE-35: odd values that SCIM brought are exported harmlessly and go in again unchanged", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const odd = [
        { title: " Lead ", [extension]: { custom_level: 7, custom_flag: true, custom_list: ["a;b", "c", " d"] } },
        { title: "=1+1", [extension]: { custom_level: "x7", custom_flag: "yes", custom_list: "alone" } },
        { title: "ada@halden.example", [extension]: { custom_level: "7", custom_flag: "true", location: "A\r\nB" } },
        { title: "[clear]", name: { givenName: "'=x", familyName: '"quoted", so' } },
        { title: "'tis", [extension]: { hireDate: "2019-01-02", startDate: "12/31/2030" }, active: false },
        {
          emails: [
            { value: "home@halden.example", type: "home" },
            { value: "w@halden.example", type: "work" }
          ]
        }
      ]
      for (const [i, more] of odd.entries()) yield* tenant.createUser(person(`p${i}`, more))
      const [first] = (yield* tenant.read).users
      yield* tenant.createGroup({
        displayName: " Ops; north\\ ",
        members: first === undefined ? [] : members({ id: first.id })
      })
      const before = yield* tenant.read
      const format = userFormat(resourceTypes, before.state.customAttributes)
      const people = yield* Stream.runCollect((yield* DirectoryExport).users(tenant.organization.id))
      const records = readText(format.header + people.map(format.row).join(""))
      for (const { cells } of records) for (const cell of cells) assert.notMatch(cell, /^[=+\-@\t\r\n]/)
      const { outcomes } = yield* importRecords(tenant, records)
      assert.deepStrictEqual(
        outcomes.map(({ outcome }) => outcome),
        odd.map(() => "unchanged")
      )
      const { events, groups, users } = yield* tenant.read
      assert.deepStrictEqual([users, groups, events], [before.users, before.groups, before.events])
    })
  )

  it.effect("R-CSV-3: a dry run stores nothing, and tells of later rows what earlier ones would have done", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const ada = yield* tenant.createUser(person("ada", { title: "Lead" }))
      const file = fileOf(`
        email | scim_id | title | employee_number | manager | groups
        ada@halden.example | | Chief | e1 | |
        bo@halden.example | | Lead | e2 | ada@halden.example | Ops
        cy@halden.example | | | | e2 | Ops; Pilots
        | ${ada.id} | Chief | | |
        BO@halden.example | | Chief | | |
        di@halden.example | | | e2 | |
      `)
      const before = yield* tenant.read
      const dry = yield* importRecords(tenant, file, { dryRun: true, createGroups: true })
      assert.deepStrictEqual(yield* tenant.read, before)
      const real = yield* importRecords(tenant, file, { createGroups: true })
      assert.deepStrictEqual(
        dry.outcomes.map((outcome) => outcome.line),
        [2, 3, 4, 5, 6, 7]
      )
      assert.deepStrictEqual(dry.outcomes.map(predicted), real.outcomes.map(predicted))
      assert.deepStrictEqual(dry.summary.sample.length, 3)
    })
  )

  it.effect("R-CSV-4: a file that was stopped goes on behind the last batch, and ends as one that was not", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const file = people(10, "Lead")
      // The second half never comes: what the first part of the file is known by is the same.
      yield* brokenOff(tenant, file.slice(0, 6), "f1")
      const half = yield* tenant.read
      assert.isAbove(half.users.length, 0)
      assert.isBelow(half.users.length, 10)
      const { events, summary } = yield* importRecords(tenant, file, {}, "f1")
      assert.strictEqual(events[0]?._tag === "Begun" ? events[0].resumedAfter : 0, half.users.length + 1)
      assert.strictEqual(summary.before.created + summary.counts.created, 10)
      const { log, users } = yield* tenant.read
      assert.deepStrictEqual([users.length, log.length], [10, 10])
      const again = yield* importRecords(tenant, file, {}, "f1")
      assert.deepStrictEqual(again.summary.counts, { created: 0, updated: 0, unchanged: 10, rejected: 0 })
    })
  )

  it.effect("R-CSV-4: whoever goes on still knows whom the first part was about", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const file = fileOf(`
        email | title
        ada@halden.example | Lead
        bo@halden.example | Lead
        cy@halden.example | Lead
        di@halden.example | Lead
        Ada@halden.example | Chief
      `)
      yield* brokenOff(tenant, file.slice(0, 5), "f2")
      const { outcomes } = yield* importRecords(tenant, file, {}, "f2")
      assert.match(outcomes.map(told).at(-1) ?? "", /^6 rejected -: Line 2 of the file is about the same person/)
    })
  )

  it.effect("two imports at once into one organisation both end, and nobody is there twice (ABUSE-6)", () =>
    Effect.gen(function* () {
      const tenant = yield* importing
      const both = yield* Effect.all(
        [importRecords(tenant, people(20, "Lead"), {}, "a"), importRecords(tenant, people(20, "Lead"), {}, "b")],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        both.map(({ summary }) => summary.ended),
        [true, true]
      )
      const imports = yield* Imports
      for (const record of yield* imports.list(tenant.organization.id, { limit: 10 })) {
        assert.strictEqual(record.line, 21)
      }
      const counts = both.map(({ summary }) => summary.counts)
      assert.strictEqual((counts[0]?.created ?? 0) + (counts[1]?.created ?? 0), 20)
      assert.strictEqual((counts[0]?.unchanged ?? 0) + (counts[1]?.unchanged ?? 0), 20)
      assert.strictEqual((yield* tenant.read).users.length, 20)
    })
  )
}

const recordContract = (it: It): void => {
  it.effect("an import is found again by its fingerprint until it is finished, and listed, the latest first", () =>
    Effect.gen(function* () {
      const { id } = (yield* newTenant()).organization
      const other = (yield* newTenant()).organization
      const imports = yield* Imports
      const first = yield* imports.begin(id, newFile("a.csv", "f"))
      assert.deepStrictEqual((yield* imports.begin(id, newFile("b.csv", "f"))).id, first.id)
      yield* imports.finish(id, first.id)
      const second = yield* imports.begin(id, newFile("b.csv", "f"))
      assert.notStrictEqual(second.id, first.id)
      assert.notStrictEqual(
        (yield* imports.begin(id, newFile("c.csv"))).id,
        (yield* imports.begin(id, newFile("c.csv"))).id
      )
      const all = yield* imports.list(id, { limit: 10 })
      assert.deepStrictEqual(
        all.map(({ name }) => name),
        ["c.csv", "c.csv", "b.csv", "a.csv"]
      )
      assert.deepStrictEqual(yield* imports.list(id, { before: second.id, limit: 10 }), all.slice(3))
      assert.deepStrictEqual(yield* imports.find(id, first.id), all[3])
      assert.isDefined(all[3]?.finishedAt)
      assert.deepStrictEqual(yield* imports.rejects(id, first.id, { after: 0, until: 1_000 }), [])
      // ABUSE-11: nothing of another organisation.
      assert.deepStrictEqual(yield* imports.list(other.id, { limit: 10 }), [])
      assert.strictEqual(yield* imports.find(other.id, first.id), undefined)
      assert.notStrictEqual((yield* imports.begin(other.id, newFile("b.csv", "f"))).id, second.id)
    })
  )
}

const typeContract = (it: It): void => {
  it.effect("R-CSV-5: a file moves groups to types, defines those that are missing, and tells what it cannot do", () =>
    Effect.gen(function* () {
      // SCIM owns no types: it may be on.
      const tenant = yield* newTenant()
      yield* tenant.createGroup({ displayName: "Ops" })
      yield* tenant.createGroup({ displayName: "Sales" })
      const records = fileOf(`
        Group | Type | note
        Ops | Teams | x
        Sales | teams |
        ops | Teams |
        Ops | |
        Ops | Teams |
        Sales | Groups |
      `)
      const { run } = yield* GroupTypeImport
      const importer = {
        organization: tenant.organization,
        actor: { keyId: "csv", keyLabel: "import", client: "test" },
        requestId: "csv"
      }
      const runOnce = (dryRun: boolean) =>
        Effect.map(
          Stream.runCollect(run(importer, { name: "types.csv", records: Stream.fromIterable(records) }, { dryRun })),
          outcomesOf
        )
      const before = yield* tenant.read
      const dry = yield* runOnce(true)
      assert.deepStrictEqual(yield* tenant.read, before)
      const real = yield* runOnce(false)
      assert.deepStrictEqual(dry.map(told), real.map(told))
      assert.deepStrictEqual(real.map(told), [
        "2 updated",
        "3 updated",
        '4 rejected Group: "ops" is no group here. Write the name as it is spelt, case and all.',
        "5 rejected Type: the name is missing. Write the name of a group type.",
        "6 unchanged",
        "7 updated"
      ])
      assert.deepStrictEqual(real[0]?.changes, [{ attribute: "type", before: "Groups", after: "Teams" }])
      const { groups, groupTypes } = yield* tenant.read
      assert.deepStrictEqual(
        groupTypes.map(({ name }) => name),
        ["Teams"]
      )
      assert.deepStrictEqual(
        groups.map(({ displayName, type }) => [displayName, type]),
        [
          ["Ops", groupTypes[0]?.id],
          ["Sales", defaultGroupType.id]
        ]
      )
    })
  )
}

const compareContract = (it: It): void => {
  it.effect("a roster is compared: who is missing, extra or different; nothing is written, and SCIM may be on", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      yield* tenant.createUser(person("ada", { title: "Lead" }))
      yield* tenant.createUser(person("bo", { title: "Lead" }))
      yield* tenant.createUser(person("cy", { active: false }))
      yield* tenant.createUser(person("di"))
      const records = fileOf(`
        email | title | start_date
        ada@halden.example | Lead |
        BO@halden.example | Chief |
        el@halden.example | |
        di@halden.example | | 31/12/2027
      `)
      const before = yield* tenant.read
      const { compare } = yield* RosterComparison
      const events = yield* Stream.runCollect(
        compare(
          {
            organization: tenant.organization,
            actor: { keyId: "csv", keyLabel: "import", client: "test" },
            requestId: "csv"
          },
          { name: "roster.csv", records: Stream.fromIterable(records) }
        )
      )
      assert.deepStrictEqual(yield* tenant.read, before)
      const differences = events.flatMap((event) => (event._tag === "Compared" ? event.differences : []))
      assert.deepStrictEqual(
        differences.map((one) => [one._tag, one._tag === "Extra" ? one.user.userName : one.row.user?.userName]),
        [
          ["Different", "bo@halden.example"],
          ["Missing", "el@halden.example"],
          ["Unclear", "di@halden.example"],
          ["Extra", "cy@halden.example"]
        ]
      )
      const [changed] = differences
      assert.deepStrictEqual(changed?._tag === "Different" ? changed.row.changes : [], [
        { attribute: "title", before: "Lead", after: "Chief" }
      ])
      assert.strictEqual(events.at(-1)?._tag, "Ended")
    })
  )
}
