import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, type Vitest } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Scope } from "effect"
import type { Outcome } from "./CapturedRun.ts"

type Run = (...args: ReadonlyArray<string>) => Effect.Effect<Outcome>

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-import-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const people = `Email,First Name,Title,Shoe
ada@halden.example,Ada,Lead,38
not an address,Bo,Lead,39
cy@halden.example,Cy,"=cmd|' /C calc'!A0",40
`

/** The last line that a command printed with `--json`. */
const last = ({ stdout }: Outcome) => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")

/** The commands of an import, and organisations for them. */
export interface ImportCommands<R> {
  programTelling(onPrint?: (line: string) => void): Effect.Effect<Run, never, R>
  /** Makes an organisation: its subdomain, and the flags by which files come into it this way. */
  organization(options: {
    readonly scim: boolean
  }): Effect.Effect<{ readonly org: string; readonly flags: ReadonlyArray<string> }, never, R>
}

/** `rollcall import`, whichever way its rows get into the directory. */
export const importCommandContract = <R>(it: Vitest.MethodsNonLive<R>, commands: ImportCommands<R>): void => {
  /** An organisation of its own, a file of people, and the program for both. */
  const scene = Effect.fnUntraced(function* (options: { readonly scim: boolean } = { scim: false }) {
    const directory = yield* temporary
    const { flags, org } = yield* commands.organization(options)
    const program = (onPrint?: (line: string) => void) =>
      Effect.map(
        commands.programTelling(onPrint),
        (run): Run =>
          (...args) =>
            run(...args, ...flags)
      )
    const file = join(directory, "people.csv")
    writeFileSync(file, people)
    return { run: yield* program(), program, directory, file, org }
  }) satisfies (...args: ReadonlyArray<never>) => Effect.Effect<unknown, never, R | Scope.Scope>

  it.effect(
    "R-CSV-3: a dry run tells what would happen, with exit code 1 where rows would stay out, and stores nothing",
    () =>
      Effect.gen(function* () {
        const { directory, file, org, run } = yield* scene()
        const twice = [
          yield* run("import", file, "--org", org, "--dry-run"),
          yield* run("import", file, "--org", org, "--dry-run")
        ]
        for (const { code, stderr, stdout } of twice) {
          assert.deepStrictEqual([code, stderr], [1, ""])
          assert.match(stdout, new RegExp(`would do this in ${org}; nothing was stored\\. 3 rows`))
          assert.match(stdout, /^ {2}would be created +2$/m)
          assert.match(stdout, /^ {2}would be rejected +1$/m)
          assert.match(stdout, /The column "Shoe" is not known and was ignored/)
          assert.match(stdout, /line 2, created, ada@halden\.example: .*title "Lead"/)
          assert.match(stdout, /line 3, column "Email": "not an address" is not an e-mail address/)
          assert.notMatch(stdout, /\[case /)
        }
        assert.isFalse(existsSync(join(directory, "people.rejects.csv")))
      })
  )

  it.effect(
    "R-CSV-3: good rows go in, bad ones go to a file that goes in once it is corrected; a second time nothing changes",
    () =>
      Effect.gen(function* () {
        const { directory, file, org, run } = yield* scene()
        const first = yield* run("import", file, "--org", org, "--json")
        assert.strictEqual(first.code, 1)
        assert.strictEqual(first.stderr, "")
        const events = first.stdout
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        const names = new Set(events.map(({ event }) => event).filter((event) => event !== "sent"))
        assert.deepStrictEqual([...names], ["begun", "progress", "ended"])
        assert.deepInclude(events.at(-1), { created: 2, updated: 0, unchanged: 0, rejected: 1, line: 4, dryRun: false })
        const rejects = join(directory, "people.rejects.csv")
        const [header, row] = readFileSync(rejects, "utf8").split("\r\n")
        assert.strictEqual(header, "error,Email,First Name,Title,Shoe")
        assert.match(row ?? "", /^"line 3: Email: .*\[case [0-9A-Z]{6}\]",not an address,Bo,Lead,39$/)

        writeFileSync(rejects, readFileSync(rejects, "utf8").replace(",not an address,", ",bo@halden.example,"))
        const mended = yield* run("import", rejects, "--org", org, "--json")
        assert.deepStrictEqual([mended.code, last(mended).created], [0, 1])
        const again = yield* run("import", rejects, "--org", org, "--json")
        assert.deepInclude(last(again), { created: 0, updated: 0, unchanged: 1, rejected: 0 })
      })
  )

  it.effect("ABUSE-35: a report in CSV runs nothing in a spreadsheet; one in JSON lines has every row", () =>
    Effect.gen(function* () {
      const { directory, file, org, run } = yield* scene()
      const [csv, json] = [join(directory, "report.csv"), join(directory, "report.jsonl")]
      const told = yield* run("import", file, "--org", org, "--dry-run", "--report", csv)
      assert.include(told.stdout, `The report is in ${csv}.`)
      assert.match(readFileSync(csv, "utf8"), /^line,outcome,scim_id.*\r\n2,created,/)
      assert.notMatch(readFileSync(csv, "utf8"), /(^|,)=/m)
      yield* run("import", file, "--org", org, "--report", json)
      const rows = readFileSync(json, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.deepStrictEqual(
        rows.map(({ line, outcome }) => [line, outcome]),
        [
          [2, "created"],
          [3, "rejected"],
          [4, "created"]
        ]
      )
    })
  )

  it.effect("R-ORG-7: while SCIM is on an import is refused with exit code 1 and what to do", () =>
    Effect.gen(function* () {
      const { directory, file, org, run } = yield* scene({ scim: true })
      const refused = yield* run("import", file, "--org", org)
      assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
      assert.match(
        refused.stderr,
        new RegExp(`^SCIM is on for ${org}: .*\`rollcall org allow-csv ${org}\` allows them.*\\n$`)
      )
      assert.isFalse(existsSync(join(directory, "people.rejects.csv")))
    })
  )

  it.effect("R-CSV-1: --template is a file of this organisation's columns, which imports as nothing", () =>
    Effect.gen(function* () {
      const { directory, file, org, run } = yield* scene()
      writeFileSync(file, "email,custom_shoe_size\nada@halden.example,38\n")
      yield* run("import", file, "--org", org)
      const { code, stdout } = yield* run("import", "--template", "--org", org)
      assert.strictEqual(code, 0)
      assert.match(stdout, /^scim_id,user_id,.*email,.*groups,custom_shoe_size\n$/)
      const template = join(directory, "template.csv")
      writeFileSync(template, stdout)
      const nothing = yield* run("import", template, "--org", org, "--json")
      assert.deepInclude(last(nothing), { event: "ended", created: 0, updated: 0, unchanged: 0, rejected: 0 })
    })
  )

  it.effect("what cannot be read or written is told with its flag, before anything happens", () =>
    Effect.gen(function* () {
      const { directory, file, org, run } = yield* scene()
      const missing = yield* run("import", join(directory, "none.csv"), "--org", org)
      assert.deepStrictEqual([missing.code, missing.stdout], [1, ""])
      assert.match(missing.stderr, /none\.csv" cannot be read: there is no such file/)
      const unwritable = yield* run("import", file, "--org", org, "--report", join(directory, "no", "r.csv"))
      assert.deepStrictEqual([unwritable.code, unwritable.stdout], [1, ""])
      assert.match(unwritable.stderr, /The file of --report, .* cannot be written/)
      writeFileSync(file, Buffer.from("email,title\nada@halden.example,Caf\xe9\n", "latin1"))
      const encoded = yield* run("import", file, "--org", org)
      assert.strictEqual(encoded.code, 1)
      assert.match(encoded.stderr, /UTF-8/)
      const { stdout } = yield* run("import", file, "--org", org, "--json", "--no-resume")
      assert.notInclude(stdout, '"ended"')
    })
  )

  it.effect(
    "R-CSV-4: Ctrl-C finishes what is on its way, says how to go on, and the same command goes on behind it",
    () =>
      Effect.gen(function* () {
        const { directory, file, org, program, run } = yield* scene()
        const count = 12_000
        const rows = Array.from({ length: count }, (_, i) => `p${i}@halden.example,Lead`)
        writeFileSync(file, ["email,title", ...rows, ""].join("\n"))
        const report = join(directory, "report.jsonl")
        const reported = () =>
          readFileSync(report, "utf8")
            .trimEnd()
            .split("\n")
            .map((line): number => JSON.parse(line).line)

        const printed: Array<Record<string, number | string>> = []
        const underway = yield* Deferred.make<void>()
        const told = yield* program((line) => {
          printed.push(JSON.parse(line))
          if (printed.filter(({ event }) => event === "progress").length === 1)
            Deferred.doneUnsafe(underway, Effect.void)
        })
        const command = ["import", file, "--org", org, "--json", "--report", report]
        const running = yield* Effect.forkChild(told(...command))
        yield* Deferred.await(underway)
        yield* Fiber.interrupt(running)
        const end = printed.at(-1)
        assert.strictEqual(end?.event, "stopped")
        const line = Number(end?.line)
        assert.isAbove(line, 1)
        assert.isBelow(line, count)
        // The report has all rows that went in, and no other.
        assert.deepStrictEqual(
          reported(),
          Array.from({ length: line - 1 }, (_, i) => i + 2)
        )

        const rest = yield* run(...command)
        assert.strictEqual(rest.code, 0)
        const begun = rest.stdout
          .split("\n")
          .map((text) => JSON.parse(text || "null"))
          .find((told) => told?.event === "begun")
        assert.deepInclude(begun, { event: "begun", resumedAfter: line })
        assert.strictEqual(last(rest).created, count - (line - 1))
        assert.deepStrictEqual(
          reported(),
          Array.from({ length: count }, (_, i) => i + 2)
        )
        const again = yield* run("import", file, "--org", org, "--dry-run", "--json")
        assert.deepInclude(last(again), { created: 0, unchanged: count })
      })
  )
}
