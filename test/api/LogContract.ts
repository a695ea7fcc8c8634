import { assert, type Vitest } from "@effect/vitest"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { Effect, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene } from "./ApiScene.ts"
import { scimCalls } from "./ScimCalls.ts"

/** The provisioning log on the Public API (R-LOG-2, R-LOG-3, ABUSE-35). */
export const logContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  /** A tenant with three groups made by SCIM, and one refusal. */
  const arrange = Effect.fnUntraced(function* () {
    const { baseUrl, newTenant } = yield* ApiScene
    const tenant = yield* newTenant({ preset: "rfc" })
    const create = (displayName: string) =>
      HttpClientRequest.post(`${baseUrl}/scim/v2/Groups`, { headers: { "user-agent": "=cmd|'/c calc'!A1" } }).pipe(
        HttpClientRequest.bearerToken(tenant.scimToken),
        HttpClientRequest.bodyJsonUnsafe({ displayName }),
        HttpClient.execute,
        Effect.flatMap((response) => response.json),
        Effect.map((body) => String(Reflect.get(Object(body), "id")))
      )
    const ids = [yield* create("Crew"), yield* create('=HYPERLINK("x")'), yield* create("Band")]
    yield* create("crew")
    return { ...tenant, baseUrl, ids, reader: yield* tenant.clientWith("read") }
  })

  it.effect("R-LOG-2: it is searched by group, outcome, time, text and key, page by page, the newest first", () =>
    Effect.gen(function* () {
      const { ids, reader } = yield* arrange()
      const found = (query: Parameters<typeof reader.log.search>[0]["query"]) =>
        Effect.map(reader.log.search({ query }), ({ items }) => items.map(({ subject }) => subject?.name ?? null))
      assert.deepStrictEqual(yield* found({ subject: ids[0] ?? "", outcome: "created" }), ["Crew"])
      assert.deepStrictEqual(yield* found({ text: "bAND" }), ["Band"])
      const { items: refused } = yield* reader.log.search({ query: { outcome: "refused" } })
      assert.strictEqual(refused.length, 1)
      assert.deepInclude(refused[0], { status: 409, via: "scim" })
      const { items: all } = yield* reader.log.search({ query: { key: refused[0]?.key.id ?? "" } })
      assert.strictEqual(all.length, 4)
      const at = all.map((line) => line.at)
      assert.deepStrictEqual(
        at,
        at.toSorted((left, right) => right - left)
      )
      assert.deepStrictEqual(yield* found({ from: (at[0] ?? 0) + 60_000 }), [])
      assert.deepStrictEqual(yield* found({ to: at.at(-1) ?? 0, subject: ids[0] ?? "" }), [])
      const codes: Array<string> = []
      let after: string | undefined
      do {
        const query = { limit: 2, ...(after === undefined ? {} : { after }) }
        const page = yield* reader.log.search({ query })
        codes.push(...page.items.map(({ caseCode }) => caseCode))
        after = page.next ?? undefined
      } while (after !== undefined)
      const { items } = yield* reader.log.search({ query: {} })
      assert.deepStrictEqual(
        codes,
        items.map(({ caseCode }) => caseCode)
      )
      const wrong = yield* Effect.flip(reader.log.search({ query: { after: "x" } }))
      assert.deepInclude(wrong, { _tag: "InvalidRequest", status: 400 })
    })
  )

  it.effect(
    "R-LOG-2, R-MATCH-1: it is searched by whatever names a person; of what names nobody, or several, it says so",
    () =>
      Effect.gen(function* () {
        const { reader, ...tenant } = yield* arrange()
        const scim = scimCalls(tenant)
        const employee = (employeeNumber: string) => ({ [enterpriseUserUrn]: { employeeNumber } })
        const ada = yield* scim.person("ada", employee("E-7"))
        yield* scim.person("bo", employee("E-9"))
        yield* scim.person("cy", employee("E-9"))
        const { userId } = (yield* reader.users.show({ params: { reference: ada } })).person
        const found = (query: Parameters<typeof reader.log.search>[0]["query"]) =>
          Effect.map(reader.log.search({ query }), ({ items }) => items.map(({ subject }) => subject?.id))
        for (const person of [ada, ada.toUpperCase(), String(userId), "ADA@halden.example", " e-7 "]) {
          assert.deepStrictEqual(yield* found({ person }), [ada], person)
        }
        const lines = yield* reader.log.exportJson({ query: { person: "ada@halden.example" } })
        assert.deepStrictEqual(
          (yield* Stream.runCollect(lines)).map(({ subject }) => subject?.id),
          [ada]
        )
        for (const [person, detail] of [
          [
            "nobody@halden.example",
            /^Nobody here has "nobody@halden\.example" as SCIM ID, User ID, e-mail or employee number/
          ],
          ["E-9", /^Several people have the employee number "E-9"/]
        ] as const) {
          for (const asked of [
            reader.log.search({ query: { person } }),
            Effect.flatMap(reader.log.exportJson({ query: { person } }), Stream.runCollect),
            Effect.flatMap(reader.log.exportCsv({ query: { person } }), Stream.runCollect)
          ] as ReadonlyArray<Effect.Effect<unknown, unknown>>) {
            const problem = yield* Effect.flip(asked)
            assert.deepInclude(problem, { _tag: "NotFound", status: 404 })
            assert.match(String(Reflect.get(Object(problem), "detail")), detail)
          }
        }
        const both = yield* Effect.flip(reader.log.search({ query: { person: ada, subject: ada } }))
        assert.deepInclude(both, { _tag: "InvalidRequest", status: 400 })
        // Whoever is deleted is nobody by name, and has a story by the SCIM ID.
        yield* scim.remove(ada)
        assert.strictEqual((yield* found({ person: ada })).length, 2)
        assert.deepInclude(yield* Effect.flip(reader.log.search({ query: { person: "ada@halden.example" } })), {
          status: 404
        })
      })
  )

  it.effect(
    "R-LOG-3: a case code opens its entry in full, told in sentences; another organisation's opens nothing",
    () =>
      Effect.gen(function* () {
        const { reader } = yield* arrange()
        const { items } = yield* reader.log.search({ query: { outcome: "refused" } })
        const code = items[0]?.caseCode ?? ""
        const entry = yield* reader.log.show({ params: { case: code.toLowerCase() } })
        assert.deepInclude(entry, { caseCode: code, outcome: "refused" })
        assert.match(entry.headline, /was refused/)
        assert.isAbove(entry.sentences.length, 1)
        const missing = yield* Effect.flip(reader.log.show({ params: { case: "ZZZZZZ" } }))
        assert.deepInclude(missing, { _tag: "NotFound", status: 404 })
      })
  )

  it.effect("ABUSE-35: an export as CSV has every entry, and no cell that a spreadsheet would run", () =>
    Effect.gen(function* () {
      const { apiKey, baseUrl, reader } = yield* arrange()
      const response = yield* HttpClient.execute(
        HttpClientRequest.get(`${baseUrl}/api/v1/log/export/csv`).pipe(HttpClientRequest.bearerToken(apiKey))
      )
      assert.match(response.headers["content-type"] ?? "", /^text\/csv/)
      const lines = (yield* response.text).trimEnd().split("\r\n")
      assert.match(lines[0] ?? "", /^time,case,outcome,/)
      assert.notMatch(lines.join("\n"), /(^|,)"?[=+@]/m)
      assert.include(lines.join("\n"), "'=cmd|")
      const { items } = yield* reader.log.search({ query: {} })
      assert.strictEqual(lines.length - 1, items.length)
    })
  )

  it.effect("an export as lines of JSON has what the search finds, in full", () =>
    Effect.gen(function* () {
      const { reader } = yield* arrange()
      const stream = yield* reader.log.exportJson({ query: { outcome: "created", text: "displayName" } })
      const entries = yield* Stream.runCollect(stream)
      assert.sameMembers(
        [...entries].map(({ subject }) => subject?.name),
        ["Band", '=HYPERLINK("x")', "Crew"]
      )
      assert.isTrue([...entries].every(({ headline }) => headline.length > 0))
    })
  )

  it.effect(
    "R-LOG-1: what changes webhooks and OAuth clients is in it, and what of that was refused, without secrets",
    () =>
      Effect.gen(function* () {
        const { client } = yield* (yield* ApiScene).newTenant()
        const made = yield* client.webhooks.create({ payload: { url: "https://receiver.example.com/rollcall" } })
        const oauth = yield* client.oauthClients.create({ payload: { label: "Entra" } })
        const added = yield* client.oauthClients.addSecret({
          params: { clientId: oauth.clientId },
          payload: { label: "first" }
        })
        const refused = yield* Effect.flip(client.webhooks.remove({ params: { id: crypto.randomUUID() } }))
        assert.match(String(refused), /\[case [0-9A-Z]{6}\]/)
        // Before these the keys of the tenant were made.
        const { items } = yield* client.log.search({ query: { limit: 4 } })
        assert.deepStrictEqual(
          items.map(({ outcome, request }) => `${outcome} ${request.replace(/[0-9a-f-]{36}|rco_[^/]+/, "ID")}`),
          [
            "refused DELETE /api/v1/webhooks/ID",
            "updated POST /api/v1/oauth-clients/ID/secrets",
            "updated POST /api/v1/oauth-clients",
            "updated POST /api/v1/webhooks"
          ]
        )
        const text = JSON.stringify(
          yield* Effect.forEach(items, ({ caseCode }) => client.log.show({ params: { case: caseCode } }))
        )
        assert.match(text, /A webhook endpoint was made\./)
        assert.notInclude(text, made.secret)
        assert.notInclude(text, added.secret)
      })
  )

  it.effect(
    "R-LOG-1: it tells of webhooks, OAuth clients and who signs for them what was and what is, and no secret",
    () =>
      Effect.gen(function* () {
        const { client } = yield* (yield* ApiScene).newTenant()
        const { oauthClients, webhooks } = client
        /** What the latest entry says was changed. */
        const changed = Effect.gen(function* () {
          const [latest] = (yield* client.log.search({ query: { limit: 1 } })).items
          const { changes, sentences } = yield* client.log.show({ params: { case: latest?.caseCode ?? "" } })
          // What a person reads names every attribute of it.
          for (const { attribute } of changes) assert.include(sentences.join(" "), attribute)
          return changes.map(({ after, attribute, before }) => [attribute, before, after])
        })

        const payload = { url: "https://receiver.example.com/rollcall?key=s3cr3t", description: "Shop" }
        const made = yield* webhooks.create({ payload })
        assert.deepStrictEqual(yield* changed, [
          ["webhook.url", null, "https://receiver.example.com/rollcall?…"],
          ["webhook.description", null, "Shop"],
          ["webhook.types", null, "all"],
          ["webhook.enabled", null, true]
        ])
        const webhook = { params: { id: made.webhook.id }, headers: {} }
        yield* webhooks.update({
          ...webhook,
          payload: { description: "Till", types: ["user.created"], enabled: false }
        })
        assert.deepStrictEqual(yield* changed, [
          ["webhook.description", "Shop", "Till"],
          ["webhook.types", "all", ["user.created"]],
          ["webhook.enabled", true, false]
        ])
        const rotated = yield* webhooks.rotateSecret({ ...webhook, payload: {} })
        assert.deepStrictEqual(yield* changed, [])
        yield* webhooks.remove(webhook)
        assert.deepInclude(yield* changed, ["webhook.url", "https://receiver.example.com/rollcall?…", null])

        const { clientId } = yield* oauthClients.create({ payload: { label: "Entra" } })
        assert.deepStrictEqual(yield* changed, [["client.label", null, "Entra"]])
        const params = { clientId }
        const added = yield* oauthClients.addSecret({ params, payload: { label: "first" } })
        assert.deepStrictEqual(yield* changed, [
          ["credential.label", null, "first"],
          ["credential.endsWith", null, added.secret.slice(-4)]
        ])
        yield* oauthClients.revokeCredential({ params: { clientId, id: added.entry.id } })
        assert.deepStrictEqual(yield* changed, [
          ["credential.label", "first", null],
          ["credential.endsWith", added.secret.slice(-4), null]
        ])
        const identity = { issuer: "https://login.example.com/t1", subject: "s1", audience: "api://rollcall" }
        yield* oauthClients.federate({ params, payload: { label: "one", ...identity } })
        assert.lengthOf(yield* changed, 4)
        yield* oauthClients.federate({ params, payload: { label: "one", ...identity, subject: "s2" } })
        assert.deepStrictEqual(yield* changed, [["federation.subject", "s1", "s2"]])
        yield* oauthClients.revoke({ params })
        assert.deepStrictEqual(yield* changed, [["client.label", "Entra", null]])

        const { items } = yield* client.log.search({ query: {} })
        const text = JSON.stringify(
          yield* Effect.forEach(items, ({ caseCode }) => client.log.show({ params: { case: caseCode } }))
        )
        for (const secret of ["s3cr3t", made.secret, rotated.secret, added.secret]) assert.notInclude(text, secret)
      })
  )
}
