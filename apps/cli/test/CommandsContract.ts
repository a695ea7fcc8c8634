import { assert, layer } from "@effect/vitest"
import { ServedAddress } from "@rollcall/cli/ServedAddress"
import type { Stores } from "@rollcall/cli/Stores"
import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { LogReading } from "@rollcall/domain/log/LogReading"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { installation } from "../src/Composition.ts"
import { http } from "../src/Storage.ts"
import { capturedRun } from "./CapturedRun.ts"
import { fileCommandContract } from "./FileContract.ts"
import { importCommandContract } from "./ImportContract.ts"
import { insightCommandContract } from "./InsightContract.ts"

const environment = (variables: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))

/** The program on the stores that the suite shares; `onPrint` is told of each line that it prints. */
const programTelling = (onPrint?: (line: string) => void) =>
  Effect.map(Effect.context<Stores>(), (shared) =>
    capturedRun(
      {
        version: "1.2.3",
        http,
        installation,
        // Nothing else of the test's own: the console is the one that captures.
        stores: Layer.succeedContext(
          Context.pick(
            Organizations,
            OAuthClients,
            OAuthAdministration,
            OrganizationAdministration,
            UserImport,
            GroupTypeImport,
            DirectoryExport,
            RosterComparison,
            PeopleReading,
            LogReading,
            OutboxAdministration
          )(shared).pipe(Context.add(ServedAddress, Context.get(shared, ServedAddress)))
        )
      },
      onPrint
    )
  )
const program = programTelling()
const json = (stdout: string): unknown => {
  assert.match(stdout, /^[^\n]+\n$/)
  return JSON.parse(stdout)
}

/**
 * What the commands do, whichever way their stores are reached; each test has organisations of its own. `served` is the
 * port of the server that answers for the stores, if one does.
 */
export const commandsContract = (
  name: string,
  stores: Layer.Layer<Stores, unknown>,
  served?: Effect.Effect<number>
): void =>
  layer(Layer.orDie(stores), { timeout: 120_000 })(`the commands, ${name}`, (it) => {
    it.effect("org create --json prints the four fields and nothing else, and stores what was asked for", () =>
      Effect.gen(function* () {
        const run = yield* program
        const { code, stderr, stdout } = yield* run(
          ...["org", "create", "acme", "--name", "Acme A/S", "--preset", "rfc", "--scim", "--json"],
          ...["--time-zone", "Europe/Copenhagen"]
        )
        assert.deepStrictEqual([code, stderr], [0, ""])
        const created = json(stdout) as Record<string, string>
        assert.deepStrictEqual(Object.keys(created), ["subdomain", "scimBaseUrl", "scimToken", "apiKey"])
        assert.strictEqual(created.subdomain, "acme")
        // The server's own address, whatever the environment of the command says.
        const port = served === undefined ? 3000 : yield* served
        assert.strictEqual(created.scimBaseUrl, `http://127.0.0.1:${port}/scim/v2`)
        // R-ORG-3
        assert.match(created.scimToken ?? "", /^[A-Za-z0-9]{30}$/)
        assert.match(created.apiKey ?? "", /^[A-Za-z0-9]{32}$/)
        const stored = yield* (yield* Organizations).findBySubdomain("acme")
        assert.deepInclude(stored, {
          name: "Acme A/S",
          timeZone: "Europe/Copenhagen",
          scimEnabled: true,
          settings: presets.rfc
        })
      })
    )

    it.effect("org create has the defaults of R-ORG-1, R-ORG-6 and R-ORG-8: UTC, SCIM off, preset product", () =>
      Effect.gen(function* () {
        const { code, stdout } = yield* (yield* program)("org", "create", "plain", "--name", " Plain ")
        assert.strictEqual(code, 0)
        assert.match(stdout, /SCIM is off; `rollcall org scim on plain`/)
        assert.match(stdout, /^SCIM token {5}[A-Za-z0-9]{30}$/m)
        assert.match(stdout, /shown only now/)
        const stored = yield* (yield* Organizations).findBySubdomain("plain")
        assert.deepInclude(stored, {
          name: "Plain",
          timeZone: "UTC",
          scimEnabled: false,
          settings: presets.product
        })
      })
    )

    it.effect("org create of a taken subdomain is refused, and what is there stays", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "taken", "--name", "First")
        const again = yield* run("org", "create", "taken", "--name", "Second", "--json")
        assert.deepStrictEqual([again.code, again.stdout], [1, ""])
        assert.match(again.stderr, /^The subdomain taken is taken\. [^\n]+\n$/)
        const { stdout } = yield* run("org", "list", "--json")
        assert.deepInclude(json(stdout) as ReadonlyArray<unknown>, {
          subdomain: "taken",
          name: "First",
          timeZone: "UTC",
          scimEnabled: false
        })
      })
    )

    // A server that answers knows its address itself.
    if (served === undefined) {
      it.effect("org create makes nothing where the environment cannot be read", () =>
        Effect.gen(function* () {
          const run = yield* program
          const { code, stderr } = yield* Effect.provide(
            run("org", "create", "portless", "--name", "P"),
            environment({ PORT: "many" })
          )
          assert.strictEqual(code, 1)
          assert.match(stderr, /^The environment is not right: .*PORT.*`rollcall config` lists every variable\.\n$/)
          assert.isUndefined(yield* (yield* Organizations).findBySubdomain("portless"))
        })
      )
    }

    it.effect("org create prints the address under BASE_DOMAIN, the server's where one answers (R-ORG-2)", () =>
      Effect.gen(function* () {
        const run = yield* program
        const { stdout } = yield* Effect.provide(
          run("org", "create", "addressed", "--name", "A", "--json"),
          environment({ BASE_DOMAIN: "example.com", PUBLIC_URL: "https://example.com:8443" })
        )
        const addressed = "https://addressed.example.com:8443/scim/v2"
        const expected = served === undefined ? addressed : `http://127.0.0.1:${yield* served}/scim/v2`
        assert.propertyVal(json(stdout), "scimBaseUrl", expected)
      })
    )

    it.effect("org scim switches SCIM on and off (R-ORG-6)", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "switched", "--name", "S")
        const on = yield* run("org", "scim", "on", "SWITCHED", "--json")
        assert.deepStrictEqual(json(on.stdout), { subdomain: "switched", scimEnabled: true })
        assert.isTrue((yield* (yield* Organizations).findBySubdomain("switched"))?.scimEnabled)
        yield* run("org", "scim", "off", "switched")
        assert.isFalse((yield* (yield* Organizations).findBySubdomain("switched"))?.scimEnabled)
      })
    )

    it.effect(
      "token create, list and revoke let tokens be rotated without a gap, and show a secret once (R-ORG-3)",
      () =>
        Effect.gen(function* () {
          const run = yield* program
          yield* run("org", "create", "rotating", "--name", "R", "--scim")
          const made = yield* run("token", "create", "rotating", "--label", "Okta, 2027", "--json")
          const token = json(made.stdout) as Record<string, string>
          assert.deepStrictEqual(Object.keys(token), ["subdomain", "id", "kind", "label", "scopes", "secret"])
          assert.match(token.secret ?? "", /^[A-Za-z0-9]{30}$/)
          const key = json((yield* run("token", "create", "rotating", "--api", "--json")).stdout) as Record<
            string,
            string
          >
          assert.match(key.secret ?? "", /^[A-Za-z0-9]{32}$/)

          const listed = yield* run("token", "list", "rotating", "--json")
          assert.notInclude(listed.stdout, token.secret ?? "missing")
          const keys = json(listed.stdout) as ReadonlyArray<Record<string, unknown>>
          assert.deepStrictEqual(
            keys.map(({ kind }) => kind),
            ["scim", "api", "scim", "api"]
          )
          assert.deepInclude(keys[2], {
            id: token.id,
            label: "Okta, 2027",
            hint: token.secret?.slice(-4),
            revokedAt: null
          })

          const revoked = yield* run("token", "revoke", "rotating", token.id ?? "", "--json")
          assert.deepStrictEqual(json(revoked.stdout), { subdomain: "rotating", id: token.id, revoked: true })
          const again = yield* run("token", "revoke", "rotating", token.id ?? "")
          assert.strictEqual(again.code, 1)
          const table = (yield* run("token", "list", "rotating")).stdout
          assert.match(table, new RegExp(`^${token.id} .*revoked +Okta, 2027$`, "m"))
        })
    )

    it.effect("oauth-client create, add-secret, federate, list and revoke rotate what a client has (R-ORG-5)", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "kelp", "--name", "K", "--scim")
        const record = (stdout: string) => json(stdout) as Record<string, string>
        const made = record((yield* run("oauth-client", "create", "kelp", "--label", "Entra", "--json")).stdout)
        assert.deepStrictEqual(Object.keys(made), ["subdomain", "clientId", "label", "tokenUrl", "secretId", "secret"])
        assert.strictEqual(made.tokenUrl, `http://127.0.0.1:${served === undefined ? 3000 : yield* served}/oauth/token`)
        const id = made.clientId ?? ""
        const second = record(
          (yield* run("oauth-client", "add-secret", "kelp", id, "--label", "2028", "--json")).stdout
        )
        const claims = [
          "--issuer",
          "https://login.kelp.example/t1/v2.0",
          "--subject",
          "s1",
          "--audience",
          "api://k/.default"
        ]
        const federated = record((yield* run("oauth-client", "federate", "kelp", id, ...claims, "--json")).stdout)
        assert.strictEqual(federated.audience, "api://k")
        const bare = record(
          (yield* run("oauth-client", "create", "kelp", "--label", "bare", "--no-secret", "--json")).stdout
        )
        assert.notProperty(bare, "secret")

        const listed = yield* run("oauth-client", "list", "kelp", "--json")
        for (const { secret } of [made, second]) assert.notInclude(listed.stdout, secret ?? "missing")
        const clients = json(listed.stdout) as ReadonlyArray<{ clientId: string; secrets: Array<{ id: string }> }>
        assert.deepStrictEqual(
          clients.map(({ clientId, secrets }) => [clientId, secrets.map((one) => one.id)]),
          [
            [id, [made.secretId, second.secretId]],
            [bare.clientId, []]
          ]
        )
        const revoked = yield* run("oauth-client", "revoke", "kelp", id, "--secret", made.secretId ?? "", "--json")
        assert.deepInclude(json(revoked.stdout), { secretId: made.secretId, revoked: true })
        assert.strictEqual((yield* run("oauth-client", "revoke", "kelp", id, "--secret", made.secretId ?? "")).code, 1)
        const table = (yield* run("oauth-client", "list", "kelp")).stdout
        assert.match(table, new RegExp(`^ +${made.secretId} +secret .* revoked +first$`, "m"))
        assert.match(table, new RegExp(`^ +${second.secretId} +secret .* never +2028$`, "m"))
        assert.strictEqual((yield* run("oauth-client", "revoke", "kelp", id)).code, 0)
        const gone = yield* run("oauth-client", "add-secret", "kelp", id, "--label", "late")
        assert.strictEqual(gone.code, 1)
        assert.match(gone.stderr, /`rollcall oauth-client list kelp`/)
        // Neither another organisation's client, nor what is a secret and no id, which is not repeated.
        yield* run("org", "create", "weed", "--name", "W")
        for (const wrong of [bare.clientId ?? "", second.secret ?? ""]) {
          const { code, stderr } = yield* run("oauth-client", "revoke", "weed", wrong)
          assert.strictEqual(code, 1)
          assert.notInclude(stderr, wrong)
        }
        const http = yield* run(
          "oauth-client",
          "federate",
          "kelp",
          bare.clientId ?? "",
          ...claims.with(1, "http://x.example")
        )
        assert.strictEqual(http.code, 1)
        assert.match(http.stderr, /issuer is not an https/)
        const logged = yield* run("export", "log", "--org", "kelp", "--format", "jsonl")
        const entries = logged.stdout
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        assert.deepStrictEqual(
          entries
            .toReversed()
            .slice(2)
            .map(({ actor, outcome, request }) => [actor.keyId, outcome, request]),
          [
            ["operator", "updated", "rollcall oauth-client create kelp"],
            ["operator", "updated", "rollcall oauth-client create kelp"],
            ["operator", "updated", "rollcall oauth-client add-secret kelp"],
            ["operator", "updated", "rollcall oauth-client federate kelp"],
            ["operator", "updated", "rollcall oauth-client create kelp"],
            ["operator", "updated", "rollcall oauth-client revoke kelp"],
            ["operator", "refused", "rollcall oauth-client revoke kelp"],
            ["operator", "updated", "rollcall oauth-client revoke kelp"],
            ["operator", "refused", "rollcall oauth-client federate kelp"]
          ]
        )
        for (const { secret } of [made, second]) assert.notInclude(logged.stdout, secret ?? "missing")
      })
    )

    it.effect("R-ORG-7: org allow-csv gives the operator's leave and takes it back", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "importing", "--name", "I", "--scim")
        const allowed = yield* run("org", "allow-csv", "importing", "--json")
        assert.deepStrictEqual(json(allowed.stdout), { subdomain: "importing", csvAllowed: true })
        assert.propertyVal(json((yield* run("org", "show", "importing", "--json")).stdout), "csvAllowed", true)
        const off = yield* run("org", "allow-csv", "importing", "--off", "--json")
        assert.deepStrictEqual(json(off.stdout), { subdomain: "importing", csvAllowed: false })
      })
    )

    it.effect("org settings, org sso and review-window change what they say, and refuse what cannot be", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "changing", "--name", "C")
        const changed = yield* run("org", "settings", "changing", "--preset", "rfc", "--start-dates", "off", "--json")
        assert.deepStrictEqual(json(changed.stdout), {
          subdomain: "changing",
          name: "C",
          timeZone: "UTC",
          settings: { ...presets.rfc, startDates: false }
        })
        const url = "https://sso.example.com/c"
        const on = yield* run("org", "sso", "changing", "--on", "--sign-in-url", url, "--json")
        assert.deepStrictEqual(json(on.stdout), { subdomain: "changing", enabled: true, signInUrl: url })
        const until = ["--name", "Review", "--until", "9999-01-01T00:00Z"]
        const opened = json((yield* run("review-window", "open", "changing", ...until, "--json")).stdout)
        assert.propertyVal(opened, "closesAt", "9999-01-01T00:00:00.000Z")
        const closed = yield* run("review-window", "close", "changing", "--json")
        assert.nestedPropertyVal(json(closed.stdout), "closed[0].name", "Review")
        const again = yield* run("review-window", "close", "changing")
        assert.deepStrictEqual([again.code, again.stdout], [1, ""])
        assert.match(again.stderr, /^No review window of changing is open\./)
      })
    )

    it.effect("token create --api --scope makes a key for that; a SCIM token has no scope", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "scoped", "--name", "S")
        const scopes = ["--scope", "read", "--scope", "access-check"]
        const { stdout } = yield* run("token", "create", "scoped", "--api", ...scopes, "--json")
        assert.deepInclude(json(stdout) as object, { kind: "api", scopes: ["read", "access-check"] })
        const wrong = yield* run("token", "create", "scoped", "--scope", "read")
        assert.deepStrictEqual([wrong.code, wrong.stdout], [2, ""])
        assert.match(wrong.stderr, /--scope goes with --api/)
      })
    )

    it.effect("a secret given in place of an id is not repeated", () =>
      Effect.gen(function* () {
        const run = yield* program
        const created = json((yield* run("org", "create", "pasting", "--name", "P", "--json")).stdout)
        const { scimToken } = created as { scimToken: string }
        const { code, stderr } = yield* run("token", "revoke", "pasting", scimToken)
        assert.strictEqual(code, 1)
        assert.notInclude(stderr, scimToken)
        assert.match(stderr, /`rollcall token list pasting`/)
      })
    )

    it.effect("a token of another organisation is not revoked (ABUSE-11)", () =>
      Effect.gen(function* () {
        const run = yield* program
        yield* run("org", "create", "mine", "--name", "M")
        yield* run("org", "create", "theirs", "--name", "T")
        const [theirs] = json((yield* run("token", "list", "theirs", "--json")).stdout) as ReadonlyArray<{ id: string }>
        assert.strictEqual((yield* run("token", "revoke", "mine", theirs?.id ?? "")).code, 1)
        const after = json((yield* run("token", "list", "theirs", "--json")).stdout) as ReadonlyArray<unknown>
        assert.deepInclude(after[0], { id: theirs?.id, revokedAt: null })
      })
    )

    it.effect("an organisation that does not exist is refused, and the refusal says how to find those that do", () =>
      Effect.gen(function* () {
        const run = yield* program
        const noId = "0190a0a0-0000-7000-8000-000000000000"
        for (const command of ["org scim on", "token list", "token create", "token revoke"]) {
          const rest = command === "token revoke" ? ["nobody", noId] : ["nobody"]
          const { code, stderr, stdout } = yield* run(...command.split(" "), ...rest, "--json")
          assert.deepStrictEqual([code, stdout], [1, ""])
          assert.strictEqual(stderr, 'There is no organisation "nobody". `rollcall org list` lists those that exist.\n')
        }
      })
    )

    importCommandContract(it, {
      programTelling,
      organization: Effect.fnUntraced(function* ({ scim }) {
        const org = `i${SecureRandom.uuidV4Unsafe().slice(0, 8)}`
        yield* (yield* program)("org", "create", org, "--name", org, ...(scim ? ["--scim"] : []))
        return { org, flags: [] }
      })
    })
    fileCommandContract(it, program)
    insightCommandContract(it, programTelling)
  })
