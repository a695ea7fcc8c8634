import { assert, describe, it } from "@effect/vitest"
import { Refused } from "@rollcall/cli/Refused"
import type { Stores } from "@rollcall/cli/Stores"
import { ConfigProvider, Effect, Layer } from "effect"
import { installation } from "../src/Composition.ts"
import { http } from "../src/Storage.ts"
import { capturedRun } from "./CapturedRun.ts"

const untouched = Layer.effectContext<Stores, never, never>(Effect.die(new Error("the database was opened")))
const run = capturedRun({ version: "1.2.3", http, installation, stores: untouched })
const withEnvironment = (variables: Record<string, string>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))

describe("wrong usage", () => {
  const cases: ReadonlyArray<readonly [args: string, line: RegExp, help: string]> = [
    ["org create", /^Missing required argument: subdomain$/, "rollcall org create"],
    ["org create acme", /^Missing required flag: --name$/, "rollcall org create"],
    ["org create Acme --name A", /subdomain.*"Acme".* lower-case letters, digits and hyphens/, "rollcall org create"],
    ["org create my_team --name A", /lower-case letters, digits and hyphens/, "rollcall org create"],
    ["org create acme --name A --preset loose", /--preset.*"loose".*product/, "rollcall org create"],
    ["org create acme --name A --time-zone Mars/Base", /--time-zone.*IANA time zone/, "rollcall org create"],
    ["import a.csv --org acme --api-key k", /--api-key.* go with --server/, "rollcall import"],
    ["import a.csv --org acme --server https://a.example", /needs an API key: .*ROLLCALL_API_KEY/, "rollcall import"],
    ["import a.csv --org acme --server a.example --api-key k", /--server takes the address/, "rollcall import"],
    ["import a.csv --org acme --server https://u:p@a.example --api-key k", /without user, password/, "rollcall import"],
    ["import a.csv --org acme --server http://a.example --api-key k", /not https:.*--insecure-http/, "rollcall import"],
    [
      "import a.csv --org acme --server https://a.example --api-key k --api-key-file f",
      /Give one of --api-key and --api-key-file/,
      "rollcall import"
    ],
    [
      "org create acme --nmae A",
      /^Unrecognized flag: --nmae in command rollcall org create\. Did you mean --name\?$/,
      "rollcall org create"
    ],
    ["org create acme extra --name A", /Unexpected positional argument: "extra"/, "rollcall org create"],
    ["org scim maybe acme", /state.*"maybe"/, "rollcall org scim"],
    ["org creat", /Unknown subcommand "creat".*\. Did you mean create\?$/, "rollcall org"],
    ["token revoke acme", /Missing required argument: id/, "rollcall token revoke"],
    ["export users", /^Missing required flag: --org$/, "rollcall export users"],
    ["export users --org acme --format xml", /--format.*"xml".*csv/, "rollcall export users"],
    ["compare --org acme", /^Missing required argument: file$/, "rollcall compare"]
  ]
  for (const [args, line, help] of cases) {
    it.effect(
      `rollcall ${args}: a line that says what is wrong, a line that says where the help is, and exit code 2`,
      () =>
        Effect.gen(function* () {
          const { code, stderr, stdout } = yield* run(...args.split(" "))
          assert.deepStrictEqual([code, stdout], [2, ""])
          const lines = stderr.trimEnd().split("\n")
          assert.match(lines[0] ?? "", line)
          assert.strictEqual(lines.at(-1), `\`${help} --help\` explains the usage.`)
        })
    )
  }

  it.effect("a noun without a verb shows its help as an error", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run("org")
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.include(stderr, "rollcall org <subcommand> [flags]")
    })
  )
})

describe("help", () => {
  const withoutGlobal = (help: string) => help.replace(/GLOBAL FLAGS\n(?: {2}.*\n)+\n?/, "").trimEnd()

  it.effect("of the program lists the nouns", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run("--help")
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(
        withoutGlobal(stdout),
        `DESCRIPTION
  Look after a Rollcall installation: organisations, their tokens, the database.

USAGE
  rollcall <subcommand> [flags]

SUBCOMMANDS
  org              Organisations: the customers, each with its own people and groups
  import           Import people from a CSV file: each row creates or updates a person
  compare          Tell who is missing, extra or different against a roster, and store nothing
  export           Write people, groups or the log as CSV or JSON lines
  groups           Groups and their types
  user             People
  log              The provisioning log: what happened, and why
  outbox           E-mails to people: owed, sent, failing, given up
  review-window    Review windows: the times in which managers stay who they are
  token            SCIM tokens and API keys of an organisation
  key              Keys for the Public API, each for what its scopes say
  oauth-client     Clients that get their tokens by OAuth 2.0, and what they prove themselves by
  db               The database
  config           List the environment variables with their values or defaults; secrets are masked
  doctor           Check configuration, database, clock and mail server, and say what to do`
      )
    })
  )

  const pinned: ReadonlyArray<readonly [command: string, usage: string, flags: ReadonlyArray<string>]> = [
    [
      "org create",
      "rollcall org create [flags] <subdomain>",
      ["--name NAME", "--preset", "--scim", "--time-zone ZONE"]
    ],
    ["org list", "rollcall org list [flags]", []],
    ["org scim", "rollcall org scim [flags] <state> <organisation>", []],
    ["token create", "rollcall token create [flags] <organisation>", ["--label LABEL", "--api", "--scope"]],
    ["org allow-csv", "rollcall org allow-csv [flags] <organisation>", ["--off"]],
    ["token list", "rollcall token list [flags] <organisation>", []],
    ["token revoke", "rollcall token revoke [flags] <organisation> <id>", []],
    [
      "oauth-client create",
      "rollcall oauth-client create [flags] <organisation>",
      ["--label LABEL", "--secret-label LABEL", "--no-secret"]
    ],
    ["oauth-client list", "rollcall oauth-client list [flags] <organisation>", []],
    [
      "oauth-client add-secret",
      "rollcall oauth-client add-secret [flags] <organisation> <client-id>",
      ["--label LABEL"]
    ],
    [
      "oauth-client federate",
      "rollcall oauth-client federate [flags] <organisation> <client-id>",
      ["--issuer ISSUER", "--subject SUBJECT", "--audience AUDIENCE", "--label LABEL"]
    ],
    ["oauth-client revoke", "rollcall oauth-client revoke [flags] <organisation> <client-id>", ["--secret ID"]],
    ["export users", "rollcall export users [flags]", ["--org ORGANISATION", "--format choice", "--out FILE"]],
    ["export groups", "rollcall export groups [flags]", ["--org ORGANISATION", "--format choice", "--out FILE"]],
    ["export log", "rollcall export log [flags]", ["--org ORGANISATION", "--format choice", "--out FILE"]],
    ["compare", "rollcall compare [flags] <file>", ["--org ORGANISATION"]],
    [
      "groups import",
      "rollcall groups import [flags] <file>",
      ["--org ORGANISATION", "--dry-run", "--report FILE", "--rejects FILE"]
    ],
    ["db migrate", "rollcall db migrate [flags]", []],
    ["db status", "rollcall db status [flags]", []],
    ["config", "rollcall config [flags]", []]
  ]
  for (const [command, usage, flags] of pinned) {
    it.effect(`of ${command}: its usage, its flags and --json stay as they are`, () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* run(...command.split(" "), "--help")
        assert.strictEqual(code, 0)
        const lines = stdout.split("\n").map((line) => line.trim())
        assert.include(lines, usage)
        const listed = lines.filter((line) => line.startsWith("--"))
        const global = listed.findIndex((line) => line.startsWith("--help"))
        assert.deepStrictEqual(
          listed.slice(0, global).map((line, index) => line.startsWith(flags[index] ?? "none")),
          flags.map(() => true)
        )
        assert.isTrue(listed.some((line) => line.startsWith("--json")))
      })
    )
  }

  it.effect("--version names the program and its version", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run("--version"), { code: 0, stdout: "rollcall 1.2.3\n", stderr: "" })
    })
  )
})

describe("rollcall config", () => {
  it.effect("lists every variable once with its value or default, and masks what is secret", () =>
    Effect.gen(function* () {
      const environment = { DATABASE_URL: "postgresql://ada:hunter2@db/rollcall", PORT: "8080", BASE_DOMAIN: "" }
      const { code, stdout } = yield* withEnvironment(environment)(run("config", "--json"))
      assert.strictEqual(code, 0)
      assert.notInclude(stdout, "hunter2")
      const listed: ReadonlyArray<Record<string, unknown>> = JSON.parse(stdout)
      const of = (name: string) =>
        listed.filter((variable) => variable.name === name).map(({ set, value }) => [value, set])
      assert.deepStrictEqual(of("DATABASE_URL"), [["postgresql://ada:***@db/rollcall", true]])
      assert.deepStrictEqual(of("DATA_DIR"), [["./data", false]])
      assert.deepStrictEqual(of("PORT"), [["8080", true]])
      assert.deepStrictEqual(of("BASE_DOMAIN"), [["localhost", false]])
      assert.deepStrictEqual(of("PUBLIC_URL"), [[null, false]])
      assert.strictEqual(new Set(listed.map(({ name }) => name)).size, listed.length)
    })
  )
  it.effect("is a table without --json", () =>
    Effect.gen(function* () {
      const { stdout } = yield* withEnvironment({ DATA_DIR: "memory:" })(run("config"))
      assert.match(stdout, /^NAME +VALUE +FROM +MEANING\n/)
      assert.match(stdout, /^DATA_DIR +memory: +environment +/m)
    })
  )
})

describe("a refusal", () => {
  it.effect("is one line on the standard error, and exit code 1", () =>
    Effect.gen(function* () {
      const refusing = capturedRun({
        version: "1",
        http,
        installation,
        stores: Layer.effectContext<Stores, Refused, never>(new Refused({ problem: "It is closed", remedy: "Open it" }))
      })
      assert.deepStrictEqual(yield* refusing("org", "list"), {
        code: 1,
        stdout: "",
        stderr: "It is closed. Open it.\n"
      })
    })
  )
  it.effect("of an unforeseen kind says so in one line", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run("org", "list"), {
        code: 1,
        stdout: "",
        stderr: "The program failed in a way that was not foreseen: the database was opened\n"
      })
    })
  )
})
