import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, type Vitest } from "@effect/vitest"
import type { Stores } from "@rollcall/cli/Stores"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Outcome } from "./CapturedRun.ts"

type Run = (...args: ReadonlyArray<string>) => Effect.Effect<Outcome>

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollcall-insight-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const json = ({ stdout }: Outcome) => JSON.parse(stdout)

/** `rollcall user`, `log`, `outbox` and `key`, whichever way their stores are reached. */
export const insightCommandContract = (
  it: Vitest.MethodsNonLive<Stores>,
  programTelling: (onPrint?: (line: string) => void) => Effect.Effect<Run, never, Stores>
): void => {
  /** An organisation of two people, who are written to. */
  const scene = Effect.fnUntraced(function* (subdomain: string) {
    const run = yield* programTelling()
    const directory = yield* temporary
    yield* run("org", "create", subdomain, "--name", subdomain)
    const file = join(directory, "people.csv")
    writeFileSync(
      file,
      "email,employee_number,title,manager,groups\nada@halden.example,e7,Lead,,Fjord\nbo@halden.example,e8,,e7,\nno,,,,\n"
    )
    yield* run("import", file, "--org", subdomain, "--create-groups", "--invite")
    return { run, file }
  })

  it.effect("R-LOG-4: user show names the rule, the state, where each field came from, the manager and the story", () =>
    Effect.gen(function* () {
      const { run } = yield* scene("shown")
      const { code, stderr, stdout } = yield* run("user", "show", "e8", "--org", "shown")
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.match(stdout, /^bo@halden\.example, matched from "e8" by employee number\.$/m)
      assert.match(stdout, /^ {2}State +started$/m)
      assert.match(stdout, /^ {2}Manager status +followed$/m)
      assert.match(stdout, /^ {2}The manager is ada@halden\.example, matched from "e7" by /m)
      assert.match(stdout, /^ {2}employeeNumber +csv +"e8"$/m)
      assert.match(stdout, /^ {2}On .* created the person bo@halden\.example\. .*\[case [0-9A-Z]{6}\]$/m)
      const told = json(yield* run("user", "show", "BO@halden.example", "--org", "shown", "--json"))
      assert.deepInclude(told, { matchedBy: "email", alsoMatchedBy: null })
      assert.deepInclude(told.person, { userName: "bo@halden.example", managerStatus: "followed", origin: "csv" })
      const nobody = yield* run("user", "show", "cy@halden.example", "--org", "shown")
      assert.deepStrictEqual([nobody.code, nobody.stdout], [1, ""])
    })
  )

  it.effect("R-LOG-2, R-LOG-3: log search finds by person, group, outcome, text and time, and opens a case", () =>
    Effect.gen(function* () {
      const { file, run } = yield* scene("searched")
      const types = `${file}.types.csv`
      writeFileSync(types, "group,type\nFjord,Places\n")
      yield* run("groups", "import", types, "--org", "searched")
      const found = (...flags: ReadonlyArray<string>) =>
        Effect.map(run("log", "search", "--org", "searched", "--json", ...flags), (told) =>
          (json(told) as ReadonlyArray<{ subject?: { name: string }; outcome: string; case: string }>).map(
            (entry) => entry
          )
        )
      const names = (entries: ReadonlyArray<{ subject?: { name: string } }>) =>
        entries.map(({ subject }) => subject?.name)
      assert.deepStrictEqual(names(yield* found("--person", "e7")), ["ada@halden.example"])
      assert.deepStrictEqual(names(yield* found("--group", "fjord")), ["Fjord"])
      const refused = yield* found("--outcome", "refused")
      assert.strictEqual(refused.length, 1)
      assert.deepStrictEqual(names(yield* found("--text", "bo@halden", "--limit", "1")), ["bo@halden.example"])
      assert.deepStrictEqual(yield* found("--to", "1970-01-01"), [])
      const [entry] = refused
      const opened = yield* run("log", "search", "--org", "searched", "--case", (entry?.case ?? "").toLowerCase())
      assert.match(opened.stdout, new RegExp(`was refused: CSV people\\.csv line 4.*\\[case ${entry?.case}\\]\n$`))
      const wrong: ReadonlyArray<readonly [flags: ReadonlyArray<string>, message: RegExp]> = [
        [["--case", "K7Q2M9", "--text", "x"], /^--case names one entry/],
        [["--from", "yesterday"], /^--from: "yesterday" is no time/],
        [["--person", "e7", "--group", "Fjord"], /--person or --group/],
        [["--limit", "0"], /^--limit is from 1/]
      ]
      for (const [flags, message] of wrong) {
        const { code, stderr } = yield* run("log", "search", "--org", "searched", ...flags)
        assert.strictEqual(code, 2)
        assert.match(stderr, message)
      }
      const none = yield* run("log", "search", "--org", "searched", "--group", "Skerry")
      assert.match(none.stderr, /has no group "Skerry"/)
    })
  )

  it.effect("log tail tells the latest, the oldest of them first, and each new entry once as it comes", () =>
    Effect.gen(function* () {
      const { file, run } = yield* scene("tailed")
      const latest = yield* run("log", "tail", "--org", "tailed", "--no-follow", "--lines", "2", "--json")
      const subjects = (lines: ReadonlyArray<string>) => lines.map((line) => JSON.parse(line).request)
      assert.deepStrictEqual(subjects(latest.stdout.trimEnd().split("\n")), [
        "CSV people.csv line 3",
        "CSV people.csv line 4"
      ])

      const printed: Array<string> = []
      const begun = yield* Deferred.make<void>()
      const followed = yield* Deferred.make<void>()
      const told = yield* programTelling((line) => {
        printed.push(line)
        if (printed.length === 1) Deferred.doneUnsafe(begun, Effect.void)
        if (printed.length === 3) Deferred.doneUnsafe(followed, Effect.void)
      })
      const running = yield* Effect.forkChild(told("log", "tail", "--org", "tailed", "--lines", "1", "--json"))
      yield* Deferred.await(begun)
      writeFileSync(file, "email\ncy@halden.example\ndag@halden.example\n")
      yield* run("import", file, "--org", "tailed")
      const ticking = yield* Effect.forkChild(
        Effect.forever(Effect.andThen(TestClock.adjust("1 second"), Effect.yieldNow))
      )
      yield* Deferred.await(followed)
      yield* Fiber.interrupt(ticking)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(subjects(printed), [
        "CSV people.csv line 4",
        "CSV people.csv line 2",
        "CSV people.csv line 3"
      ])
    })
  )

  it.effect("key create, list and revoke are about API keys and their scopes alone (R-ORG-3)", () =>
    Effect.gen(function* () {
      const run = yield* programTelling()
      yield* run("org", "create", "keyed", "--name", "K")
      const made = json(yield* run("key", "create", "keyed", "--scope", "import", "--label", "HR", "--json"))
      assert.match(made.secret, /^[A-Za-z0-9]{32}$/)
      assert.deepInclude(made, { subdomain: "keyed", label: "HR", scopes: ["import"] })
      const listed = yield* run("key", "list", "keyed", "--json")
      assert.notInclude(listed.stdout, made.secret)
      assert.deepStrictEqual(
        json(listed).map(({ scopes }: { scopes: unknown }) => scopes),
        [["admin"], ["import"]]
      )
      const [scim] = json(yield* run("token", "list", "keyed", "--json")).filter(
        ({ kind }: { kind: string }) => kind === "scim"
      )
      const notMine = yield* run("key", "revoke", "keyed", scim.id)
      assert.strictEqual(notMine.code, 1)
      assert.match(notMine.stderr, /no live API key with this id/)
      assert.strictEqual((yield* run("key", "revoke", "keyed", made.id)).code, 0)
      assert.match((yield* run("key", "list", "keyed")).stdout, new RegExp(`^${made.id} .*revoked +import +HR$`, "m"))
    })
  )

  it.effect("outbox list and resend: what cannot be found or does not go together is told", () =>
    Effect.gen(function* () {
      const { run } = yield* scene("mailed")
      const none = yield* run("outbox", "list", "--org", "mailed", "--state", "givenUp")
      assert.deepStrictEqual([none.code, none.stdout], [0, "The outbox has no such e-mail.\n"])
      const counted = json(yield* run("outbox", "resend", "--org", "mailed", "--state", "failed", "--json"))
      assert.deepStrictEqual(counted, { subdomain: "mailed", state: "failed", count: 0, sent: false })
      const missing = yield* run("outbox", "resend", "welcome:nobody", "--org", "mailed")
      assert.strictEqual(missing.code, 1)
      assert.match(missing.stderr, /no such e-mail/)
      const both = yield* run("outbox", "resend", "x", "--org", "mailed", "--state", "kept")
      assert.deepStrictEqual([both.code, both.stdout], [2, ""])
    })
  )
}
