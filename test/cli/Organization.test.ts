import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { createDatabase } from "../support/Postgres.ts"
import { createOrganizationHere, rollcallHere } from "../support/RollcallHere.ts"

const PATIENCE = 240_000

// On one kind of database: what the program does with the other one, Program.test.ts tells.
describe("setting up an organisation on the command line", () => {
  let env: Readonly<Record<string, string>> = {}
  let drop: () => Promise<void> = () => Promise.resolve()
  beforeAll(async () => {
    const database = await createDatabase()
    env = { DATABASE_URL: database.url }
    drop = database.drop
    await createOrganizationHere(env, { subdomain: "acme", name: "Acme", preset: "product", scim: false })
  }, PATIENCE)

  afterAll(() => drop())

  /** What a command prints with `--json`, having succeeded. */
  const done = async (...args: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await rollcallHere([...args, "--json"], env)
    assert.deepStrictEqual([code, stderr], [0, ""], args.join(" "))
    return JSON.parse(stdout)
  }

  it(
    "R-ORG-8: settings changes what its flags name, leaves the rest, and shows all without flags",
    async () => {
      const before = await done("org", "settings", "acme")
      assert.deepStrictEqual(before, {
        subdomain: "acme",
        name: "Acme",
        timeZone: "UTC",
        settings: {
          syncManagers: true,
          startDates: true,
          pastStartDates: "refuse",
          syncPasswords: true,
          userNameAndEmail: "linked",
          existingGroupName: "overwrite",
          deactivateOnTerminationDate: false
        }
      })
      const some = ["--past-start-dates", "start-now", "--deactivate-on-termination-date", "on"]
      const changed = await done("org", "settings", "acme", ...some, "--time-zone", "Europe/Berlin")
      assert.deepStrictEqual(changed, {
        ...before,
        timeZone: "Europe/Berlin",
        settings: { ...before.settings, pastStartDates: "startNow", deactivateOnTerminationDate: true }
      })
      // A preset counts for what is not said otherwise.
      const preset = await done("org", "settings", "acme", "--preset", "rfc", "--existing-group-name", "overwrite")
      assert.deepStrictEqual(preset.settings, {
        ...before.settings,
        pastStartDates: "startNow",
        userNameAndEmail: "free"
      })
      const renamed = await done("org", "settings", "acme", "--name", "Acme Værft", "--sync-managers", "off")
      assert.deepStrictEqual(
        [renamed.name, renamed.timeZone, renamed.settings.syncManagers],
        ["Acme Værft", "Europe/Berlin", false]
      )
      assert.deepStrictEqual(await done("org", "settings", "acme"), renamed)
    },
    PATIENCE
  )

  it(
    "R-ORG-1: single sign-on is switched on with its page, off, and on again without naming the page",
    async () => {
      const page = "https://sso.example.com/acme"
      const on = { subdomain: "acme", enabled: true, signInUrl: page }
      assert.deepStrictEqual(await done("org", "sso", "acme", "--on", "--sign-in-url", page), on)
      assert.deepStrictEqual(await done("org", "sso", "acme", "--off"), { ...on, enabled: false })
      assert.deepStrictEqual(await done("org", "sso", "acme", "--on"), on)
      assert.deepStrictEqual(await done("org", "sso", "acme"), on)
    },
    PATIENCE
  )

  it(
    "R-MGR-4: a review window opens by the organisation's clocks, is listed, closed, and closed once",
    async () => {
      await done("org", "settings", "acme", "--time-zone", "Europe/Berlin")
      const open = ["review-window", "open", "acme", "--name", "Best-Self"]
      const first = await done(...open, "--until", "2127-03-01")
      assert.strictEqual(first.closesAt, "2127-02-28T23:00:00.000Z")
      const second = await done(...open, "--until", "2127-03-01T00:00Z")
      assert.strictEqual(second.closesAt, "2127-03-01T00:00:00.000Z")
      const states = (rows: ReadonlyArray<{ readonly id: string; readonly state: string }>) =>
        rows.map(({ id, state }) => [id, state])
      assert.deepStrictEqual(states(await done("review-window", "list", "acme")), [
        [first.id, "open"],
        [second.id, "open"]
      ])
      const closed = await done("review-window", "close", "acme", "--id", first.id)
      assert.deepStrictEqual(
        closed.closed.map(({ id }: { id: string }) => id),
        [first.id]
      )
      await done("review-window", "close", "acme")
      assert.deepStrictEqual(states(await done("review-window", "list", "acme")), [
        [first.id, "closed"],
        [second.id, "closed"]
      ])
      const again = await rollcallHere(["review-window", "close", "acme"], env)
      assert.deepStrictEqual([again.code, again.stdout], [1, ""])
      assert.match(again.stderr, /^No review window of acme is open\. .*review-window list acme/)
    },
    PATIENCE
  )

  it(
    "R-ORG-6: enable-scim and disable-scim switch as org scim does, and org show tells all that is set",
    async () => {
      assert.deepStrictEqual(await done("org", "enable-scim", "acme"), { subdomain: "acme", scimEnabled: true })
      const shown = await done("org", "show", "acme")
      assert.deepStrictEqual(Object.keys(shown), [
        "subdomain",
        "name",
        "timeZone",
        "scimBaseUrl",
        "scimEnabled",
        "csvAllowed",
        "singleSignOn",
        "settings",
        "reviewWindows"
      ])
      assert.strictEqual(shown.scimEnabled, true)
      assert.match(shown.scimBaseUrl, /\/scim\/v2$/)
      await done("org", "disable-scim", "acme")
      const text = await rollcallHere(["org", "show", "acme"], env)
      assert.match(text.stdout, /^SCIM +off$/m)
      await done("org", "scim", "on", "acme")
      assert.isTrue((await done("org", "show", "acme")).scimEnabled)
      const unknown = await rollcallHere(["org", "show", "nobody"], env)
      assert.deepStrictEqual([unknown.code, unknown.stdout], [1, ""])
      assert.match(unknown.stderr, /There is no organisation "nobody"/)
    },
    PATIENCE
  )

  it(
    "what is wrong is told with its flag, ends with 2, and changes nothing",
    async () => {
      const before = await done("org", "show", "acme")
      const open = ["review-window", "open", "acme", "--name"]
      const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, told: RegExp]> = [
        [["org", "settings", "acme", "--sync-managers", "maybe"], /--sync-managers: "maybe"/],
        [["org", "settings", "acme", "--time-zone", "Mars/Olympus"], /--time-zone: "Mars\/Olympus"/],
        [["org", "settings", "acme", "--name", " "], /--name/],
        [["org", "sso", "acme", "--on", "--off"], /--on or --off/],
        [["org", "sso", "acme", "--sign-in-url", "https://sso.example.com"], /--sign-in-url goes with --on/],
        [["org", "sso", "acme", "--on", "--sign-in-url", "http://sso.example.com"], /--sign-in-url .*https:/],
        [
          ["org", "sso", "acme", "--on", "--sign-in-url", "https://a:hunter2@sso.example.com"],
          /--sign-in-url .*password/
        ],
        [[...open, "Best-Self", "--until", "tomorrow"], /--until "tomorrow"/],
        [[...open, "Best-Self", "--until", "2127-02-30"], /--until/],
        [[...open, "Best-Self", "--until", "2020-03-01"], /--until .*past/],
        [[...open, "a\nb", "--until", "2127-03-01"], /--name/]
      ]
      for (const [args, told] of wrong) {
        const { code, stderr, stdout } = await rollcallHere(args, env)
        assert.deepStrictEqual([code, stdout], [2, ""], args.join(" "))
        assert.match(stderr, told)
        assert.include(stderr, "--help` explains the usage.")
        assert.notInclude(stderr, "hunter2")
      }
      assert.deepStrictEqual(await done("org", "show", "acme"), before)
    },
    PATIENCE
  )
})

describe("the help of the commands that set up an organisation", () => {
  for (const command of [
    ["org", "show"],
    ["org", "settings"],
    ["org", "sso"],
    ["org", "enable-scim"],
    ["org", "disable-scim"],
    ["review-window", "open"],
    ["review-window", "close"],
    ["review-window", "list"]
  ]) {
    it(`${command.join(" ")} has an example`, async () => {
      const { code, stderr, stdout } = await rollcallHere([...command, "--help"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.include(stdout, "EXAMPLES")
      assert.include(stdout, `rollcall ${command.join(" ")} acme`)
    })
  }
})
