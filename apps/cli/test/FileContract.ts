import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, type Vitest } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { Effect } from "effect"
import type { Outcome } from "./CapturedRun.ts"

type Run = (...args: ReadonlyArray<string>) => Effect.Effect<Outcome>

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-files-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const people = `email,first_name,title,manager,groups
ada@halden.example,Ada,"=Lead, and ""more""",,Fjord;Skerry
bo@halden.example,Bo,Lead,ada@halden.example,
cy@halden.example,Cy,,,Fjord
`

const events = ({ stdout }: Outcome): ReadonlyArray<Record<string, unknown>> =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

/** `rollcall export`, `compare` and `groups import`, whichever way their stores are reached. */
export const fileCommandContract = (
  it: Vitest.MethodsNonLive<Stores>,
  program: Effect.Effect<Run, never, Stores>
): void => {
  /** An organisation of three people and two groups. */
  const scene = Effect.fnUntraced(function* (subdomain: string) {
    const run = yield* program
    const directory = yield* temporary
    yield* run("org", "create", subdomain, "--name", subdomain)
    const file = join(directory, "people.csv")
    writeFileSync(file, people)
    const { code } = yield* run("import", file, "--org", subdomain, "--create-groups")
    assert.strictEqual(code, 0)
    return { run, directory, file }
  })

  it.effect("R-CSV: export users, imported again, changes nothing; printed and written it is the same", () =>
    Effect.gen(function* () {
      const { directory, run } = yield* scene("exporting")
      const out = join(directory, "out.csv")
      const written = yield* run("export", "users", "--org", "exporting", "--out", out, "--json")
      assert.deepStrictEqual(events(written), [{ subdomain: "exporting", kind: "users", format: "csv", count: 3, out }])
      const printed = yield* run("export", "users", "--org", "exporting")
      assert.deepStrictEqual([printed.code, printed.stderr], [0, ""])
      assert.strictEqual(printed.stdout, readFileSync(out, "utf8"))
      assert.match(printed.stdout, /^scim_id,user_id,[^\n]*\r\n(?:[^\n]+\r\n){3}$/)
      // ABUSE-35
      assert.include(printed.stdout, `"'=Lead, and ""more"""`)
      const again = yield* run("import", out, "--org", "exporting", "--json")
      assert.deepInclude(events(again).at(-1), { event: "ended", created: 0, updated: 0, unchanged: 3, rejected: 0 })
      const same = yield* run("compare", out, "--org", "exporting", "--json")
      assert.strictEqual(same.code, 0)
      assert.deepInclude(events(same).at(-1), { rows: 3, same: 3, missing: 0, different: 0, unclear: 0, extra: 0 })
    })
  )

  it.effect("an export as JSON lines has a person a line: with --format, by the name of --out, and with --json", () =>
    Effect.gen(function* () {
      const { directory, run } = yield* scene("lines")
      const out = join(directory, "out.jsonl")
      yield* run("export", "users", "--org", "lines", "--out", out)
      for (const flags of [["--format", "jsonl"], ["--json"]]) {
        const printed = yield* run("export", "users", "--org", "lines", ...flags)
        assert.deepStrictEqual(
          events(printed).map(({ email, groups }) => [email, groups]),
          [
            ["ada@halden.example", "Fjord;Skerry"],
            ["bo@halden.example", undefined],
            ["cy@halden.example", "Fjord"]
          ]
        )
        assert.strictEqual(printed.stdout, readFileSync(out, "utf8"))
      }
      const both = yield* run("export", "users", "--org", "lines", "--json", "--format", "csv")
      assert.deepStrictEqual([both.code, both.stdout], [2, ""])
      assert.match(both.stderr, /^--json and --format csv .*\n`rollcall export users --help`/)
      const unwritable = yield* run("export", "users", "--org", "lines", "--out", join(directory, "no", "x.csv"))
      assert.strictEqual(unwritable.code, 1)
      assert.match(unwritable.stderr, /The file of --out, .* cannot be written/)
    })
  )

  it.effect("export log has an entry a row, the newest first, with the case code that opens it (R-LOG-3)", () =>
    Effect.gen(function* () {
      const { run } = yield* scene("logged")
      const csv = yield* run("export", "log", "--org", "logged")
      assert.match(csv.stdout, /^time,case,client,.*\r\n/)
      const entries = events(yield* run("export", "log", "--org", "logged", "--format", "jsonl"))
      assert.strictEqual(csv.stdout.match(/\r\n/g)?.length, entries.length + 1)
      const [newest] = entries
      assert.match(String(newest?.request), /^CSV people\.csv line 4$/)
      assert.include(csv.stdout, `,${newest?.case},`)
    })
  )

  it.effect("compare tells who is missing, extra, different and unclear with exit code 1, and stores nothing", () =>
    Effect.gen(function* () {
      const { directory, run } = yield* scene("compared")
      const roster = join(directory, "roster.csv")
      const rows = ["ada@halden.example,Chief", "not an address,Lead", "dag@halden.example,Lead", "cy@halden.example,"]
      writeFileSync(roster, ["email,title,Shoe", ...rows.map((row) => `${row},38`), ""].join("\n"))
      for (const _ of [1, 2]) {
        const { code, stderr, stdout } = yield* run("compare", roster, "--org", "compared")
        assert.strictEqual(code, 1)
        assert.match(stderr, /^The column "Shoe" is not known and was ignored/)
        assert.match(stdout, /^different: ada@halden\.example, line 2: title "=Lead, and .*" -> "Chief"$/m)
        assert.match(stdout, /^unclear: line 3, column "email": .*not an e-mail address/m)
        assert.match(stdout, /^missing: dag@halden\.example, line 4$/m)
        assert.match(stdout, /^extra: bo@halden\.example \(User ID \d+\) is in no row$/m)
        assert.match(stdout, /^ {2}the same +1$/m)
      }
      const told = events(yield* run("compare", roster, "--org", "compared", "--json"))
      assert.deepStrictEqual(
        told.map(({ event }) => event),
        ["begun", "different", "unclear", "missing", "extra", "ended"]
      )
      const none = yield* run("compare", join(directory, "none.csv"), "--org", "compared")
      assert.match(none.stderr, /none\.csv" cannot be read: there is no such file/)
    })
  )

  it.effect(
    "R-CSV-5: groups import moves groups to types, which are made; what export groups writes changes nothing",
    () =>
      Effect.gen(function* () {
        const { directory, run } = yield* scene("typed")
        const types = join(directory, "types.csv")
        writeFileSync(types, "group,type\nFjord,Places\nNobody's,Places\n")
        const rejects = join(directory, "rejects.csv")
        const dry = yield* run("groups", "import", types, "--org", "typed", "--dry-run")
        assert.strictEqual(dry.code, 1)
        assert.match(dry.stdout, /^ {2}would be updated +1$/m)
        assert.notInclude(dry.stdout, "created")
        const moved = yield* run("groups", "import", types, "--org", "typed", "--rejects", rejects, "--json")
        assert.strictEqual(moved.code, 1)
        assert.deepInclude(events(moved).at(-1), { event: "ended", updated: 1, rejected: 1, dryRun: false })
        assert.match(readFileSync(rejects, "utf8"), /^error,group,type\r\n.*is no group here.*,Nobody's,Places\r\n$/)
        const out = join(directory, "groups.csv")
        yield* run("export", "groups", "--org", "typed", "--out", out)
        assert.match(readFileSync(out, "utf8"), /^group,type,group_id,admins\r\nFjord,Places,/)
        const again = yield* run("groups", "import", out, "--org", "typed", "--json")
        assert.deepStrictEqual([again.code, events(again).at(-1)?.unchanged], [0, 2])
      })
  )
}
