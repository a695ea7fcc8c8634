import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { makeRejects, reportHeader, reportRow } from "@rollcall/domain/csv/ImportReport"
import { Imports } from "@rollcall/domain/csv/Imports"
import { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { Effect, Layer, Stream } from "effect"
import { DirectoryProbe } from "../../../domain/test/contract/DirectoryProbe.ts"
import { importRecords, told, useFiles } from "../../../domain/test/contract/ImportScene.ts"
import { newTenant, person, resourceTypes, useCases } from "../../../domain/test/contract/Tenant.ts"

const adapters = Layer.mergeAll(
  layerMemoryDirectory(resourceTypes),
  layerMemoryUsers(resourceTypes),
  layerMemoryGroups,
  GroupTypes.layerMemory,
  layerMemoryPeopleLookup,
  DirectoryPreview.layerMemory(resourceTypes),
  Imports.layerMemory,
  DirectoryProbe.layerMemory
).pipe(Layer.provide(MemoryStore.layer))

const services = Layer.provideMerge(Layer.mergeAll(useCases, useFiles, layerCsvReader), Layer.fresh(adapters))

const golden = (name: string): Uint8Array => readFileSync(new URL(`./golden/${name}`, import.meta.url))

const recordsIn = (bytes: Uint8Array) =>
  Effect.flatMap(CsvReader, (reader) => Stream.runCollect(reader.read(Stream.succeed(bytes))))

/** Imports a file into an organisation that has Ada and the group Ops. */
const importFile = Effect.fnUntraced(function* (bytes: Uint8Array) {
  const tenant = yield* Effect.flatMap(newTenant(), (made) => made.arrange({ csvAllowed: true }))
  yield* tenant.createUser(person("ada"))
  yield* tenant.createGroup({ displayName: "Ops" })
  const imported = yield* importRecords(tenant, yield* recordsIn(bytes))
  return { ...imported, tenant, lines: imported.outcomes.map(told) }
})

layer(services)("files as they come from the world", (it) => {
  it.effect(
    "an export of Excel: semicolons, a mark, CRLF, quoted line breaks, dates with a time, empty last rows",
    () =>
      Effect.gen(function* () {
        const { lines, summary, tenant } = yield* importFile(golden("excel.csv"))
        assert.deepStrictEqual(lines, [
          "2 created",
          "4 created",
          '5 rejected Start Date: "31/12/2027" is not a day of the calendar. Write it as MM/DD/YYYY (01/31/2027) or YYYY-MM-DD.',
          "6 updated"
        ])
        assert.deepStrictEqual(summary.ignored, [{ name: "Department", meant: undefined }])
        const { users } = yield* tenant.read
        assert.deepStrictEqual(
          users.map(({ attributes }) => attributes.title),
          ["Chief", "Lead\nof things", "Sales; north"]
        )
      })
  )

  it.effect("rows that contradict themselves or each other stay out alone, and good rows go in", () =>
    Effect.gen(function* () {
      const { lines, tenant } = yield* importFile(golden("mess.csv"))
      assert.deepStrictEqual(lines, [
        "2 created",
        "3 unchanged",
        "4 rejected -: Line 2 of the file is about the same person and says something else. Give each person one row, with all of their groups in it.",
        '5 rejected E-Mail: "Cy" is not an e-mail address (local-part@domain). Write an address such as ines@example.com.',
        '6 rejected First Name: "di@halden.example" is an e-mail address. Look whether two columns are swapped.',
        "7 created",
        "8 rejected -: The row has 6 cells where the header has 4. A comma inside a cell stands in quotes.",
        "9 rejected -: The row has 2 cells where the header has 4. A line break or a quote inside a cell stands in quotes.",
        '10 rejected groups: "Nowhere" is no group here. Make the group first, or let the import create missing groups.',
        "11 created"
      ])
      const { users } = yield* tenant.read
      assert.deepStrictEqual(
        users.map(({ attributes }) => attributes.userName),
        ["ada@halden.example", "bo@halden.example", "el@halden.example", "gil@halden.example"]
      )
    })
  )

  it.effect("a cell of 5 MB and one with NUL keep their rows out, and the log takes both", () =>
    Effect.gen(function* () {
      const large = "x".repeat(5 * 1024 * 1024)
      const text = `email,title\nbo@h.example,${large}\ncy@h.example,a\0b\ndi@h.example,fine\n`
      const { lines, tenant } = yield* importFile(new TextEncoder().encode(text))
      assert.deepStrictEqual(lines, [
        "2 rejected title: 5242880 characters are more than the 65536 that fit. Shorten it.",
        "3 rejected title: contains a NUL character. Remove it.",
        "4 created"
      ])
      assert.isBelow(JSON.stringify((yield* tenant.read).log).length, 20_000)
    })
  )

  it.effect("a column that comes twice, no column that names anybody, and an empty file are refused as a whole", () =>
    Effect.gen(function* () {
      const refusal = (text: string) =>
        Effect.map(Effect.flip(importFile(new TextEncoder().encode(text))), (error) =>
          "message" in error ? error.message : ""
        )
      assert.match(
        yield* refusal("email,E-Mail\na@h.example,b@h.example\n"),
        /^Line 1: The column email is there twice/
      )
      assert.match(yield* refusal("first_name,title\nA,B\n"), /^Line 1: No column says whom a row is about/)
      assert.match(yield* refusal(""), /^The file is empty/)
    })
  )

  it.effect("R-CSV-3: the rejects file has the rows as they were and why, and goes in once it is corrected", () =>
    Effect.gen(function* () {
      const { events, outcomes, tenant } = yield* importFile(golden("mess.csv"))
      const begun = events.find((event) => event._tag === "Begun")
      const rejects = makeRejects(begun?._tag === "Begun" ? begun.names : [])
      const file = rejects.header + outcomes.flatMap((outcome) => rejects.row(outcome) ?? []).join("")
      const corrected = file.replace("Cy,cy@halden.example", "cy@halden.example,Cy")
      assert.notStrictEqual(corrected, file)
      const again = yield* importRecords(tenant, yield* recordsIn(new TextEncoder().encode(corrected)))
      assert.deepStrictEqual(
        again.outcomes.map(({ outcome }) => outcome),
        ["updated", "created", "rejected", "rejected", "rejected", "rejected"]
      )
      assert.deepStrictEqual(again.summary.ignored, [])
    })
  )

  it.effect("ABUSE-35: a report runs nothing in a spreadsheet, whatever people are called", () =>
    Effect.gen(function* () {
      const text = `email,first_name,title\nbo@h.example,"=cmd|' /C calc'!A0",+1\n`
      const { outcomes, tenant } = yield* importFile(new TextEncoder().encode(text))
      assert.deepStrictEqual(outcomes.map(told), ["2 created"])
      assert.strictEqual((yield* tenant.read).users.find(({ number }) => number === 2)?.attributes.title, "+1")
      const report = yield* recordsIn(new TextEncoder().encode(reportHeader + outcomes.map(reportRow).join("")))
      for (const { cells } of report) for (const cell of cells) assert.notMatch(cell, /^[=+\-@\t\r\n]/)
    })
  )
})
