import { assert, type Vitest } from "@effect/vitest"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import { type ApiClient, ApiScene } from "./ApiScene.ts"
import { scimCalls } from "./ScimCalls.ts"

/** People through the Public API: lists, search, a person's page, and what is done by hand. */
export const usersContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  const everyName = Effect.fnUntraced(function* (client: ApiClient, query: { readonly sortOrder?: "descending" }) {
    const names: Array<string> = []
    let after: string | null = ""
    do {
      const asked: { after?: string } = after === "" ? {} : { after }
      const page = yield* client.users.list({ query: { ...query, ...asked, limit: 2, sortBy: "userName" } })
      assert.isAtMost(page.items.length, 2)
      names.push(...page.items.map(({ firstName }) => firstName ?? ""))
      after = page.next
    } while (after !== null)
    return names
  })

  it.effect("R-API-1: people are listed page by page, in either order, and by a SCIM filter", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      for (const name of ["bo", "ada", "cy", "eve", "di"]) yield* scim.person(name, { title: `T-${name}` })
      const client = yield* tenant.clientWith("read")
      assert.deepStrictEqual(yield* everyName(client, {}), ["ada", "bo", "cy", "di", "eve"])
      assert.deepStrictEqual(yield* everyName(client, { sortOrder: "descending" }), ["eve", "di", "cy", "bo", "ada"])
      const found = yield* client.users.list({ query: { filter: 'title eq "t-CY"' } })
      assert.deepStrictEqual(
        found.items.map(({ email, state, origin }) => [email, state, origin]),
        [["cy@halden.example", "started", "scim"]]
      )
      assert.isNull(found.next)
    })
  )

  it.effect("a filter, an order, a limit or a cursor that cannot be is refused with what is wrong", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      yield* scimCalls(tenant).person("ada")
      yield* scimCalls(tenant).person("bo")
      const { users } = tenant.client
      const { next } = yield* users.list({ query: { limit: 1 } })
      const cases = [
        [{ filter: "title eq" }, /filter/],
        [{ sortBy: "nothing" }, /sortBy/],
        [{ after: "nowhere" }, /cursor does not belong/],
        // A cursor of another query.
        [{ after: next ?? "", sortBy: "userName" }, /cursor does not belong/],
        [{ search: "ada", sortBy: "userName" }, /search stands alone/]
      ] as const
      for (const [query, detail] of cases) {
        const error = yield* Effect.flip(users.list({ query }))
        assert.deepInclude(error, { _tag: "InvalidRequest", status: 400 }, JSON.stringify(query))
        assert.match(String(error), detail)
        assert.match(String(error), /\[case [0-9A-Z]{6}\]/)
      }
    })
  )

  it.effect("people are found by the beginning of each name, userName, e-mail and employee number as it is typed", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      yield* scim.person("anna", {
        name: { givenName: "Anna", familyName: "Bergström" },
        displayName: "Annie B.",
        [enterpriseUserUrn]: { employeeNumber: "E-100" }
      })
      yield* scim.person("bo", { name: { givenName: "Bo", familyName: "Annan" } })
      yield* scim.person("cy", { name: { givenName: "Cy", familyName: "Dahl" } })
      const { users } = tenant.client
      const found = (search: string) =>
        Effect.map(users.list({ query: { search } }), ({ items, next }) => {
          assert.isNull(next)
          return items.map(({ userName }) => userName.slice(0, userName.indexOf("@")))
        })
      for (const text of ["anna b", "ANNIE", "bergström, an", "  Bergstro\u0308m  A", "anna@hal", "e-1"]) {
        assert.deepStrictEqual(yield* found(text), ["anna"], text)
      }
      assert.deepStrictEqual(yield* found("an"), ["anna", "bo"])
      assert.deepStrictEqual(yield* found("d"), ["cy"])
      for (const text of ["nna", "%", "_", " ", "anna  x"]) assert.deepStrictEqual(yield* found(text), [], text)
    })
  )

  it.effect("R-MATCH: a person is shown by SCIM ID, User ID, e-mail and employee number, and which rule it was", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const ada = yield* scim.person("ada", { [enterpriseUserUrn]: { employeeNumber: "7/ü" } })
      yield* scim.person("bo", { [enterpriseUserUrn]: { employeeNumber: "1" } })
      const { users } = tenant.client
      for (const [reference, rule] of [
        [ada.toUpperCase(), "scimId"],
        ["1", "userId"],
        ["ADA@halden.example", "email"],
        ["7/Ü", "employeeNumber"]
      ] as const) {
        const shown = yield* users.show({ params: { reference } })
        assert.deepStrictEqual([shown.person.id, shown.matchedBy], [ada, rule])
        assert.strictEqual(shown.alsoMatchedBy, rule === "userId" ? "employeeNumber" : null)
      }
      yield* scim.person("cy", { [enterpriseUserUrn]: { employeeNumber: "1" } })
      const nobody = yield* Effect.flip(users.show({ params: { reference: "zoe@halden.example" } }))
      assert.deepInclude(nobody, { _tag: "NotFound", status: 404 })
      yield* scim.person("di", { [enterpriseUserUrn]: { employeeNumber: "X" } })
      yield* scim.person("ed", { [enterpriseUserUrn]: { employeeNumber: "x" } })
      const several = yield* Effect.flip(users.show({ params: { reference: "x" } }))
      assert.match(String(several), /Several people have the employee number/)
    })
  )

  it.effect("R-USER-11, R-LOG-4: a person's page has state, sources, groups, the manager's status and the story", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const boss = yield* scim.person("boss", { displayName: "The Boss" })
      const ada = yield* scim.person("ada", {
        [enterpriseUserUrn]: { manager: { value: "boss@halden.example" } },
        [defaultExtensionUserUrn]: { location: "Ålborg", custom_badge: 7 }
      })
      const team = yield* scim.group("Team", [ada])
      yield* tenant.client.groups.setAdmins({ params: { id: team }, payload: { admins: ["ada@halden.example"] } })
      const { users } = tenant.client
      const shown = yield* users.show({ params: { reference: ada } })
      assert.deepInclude(shown.person, {
        state: "started",
        location: "Ålborg",
        manager: { id: boss, displayName: "The Boss" },
        managerStatus: "followed"
      })
      assert.deepInclude(shown.manager, { reference: "boss@halden.example", matchedBy: "email", notFollowed: null })
      assert.deepStrictEqual(shown.groups, [{ id: team, displayName: "Team" }])
      assert.deepStrictEqual(shown.adminOf, [{ id: team, displayName: "Team" }])
      assert.deepInclude(shown.fields, { name: "custom_badge", value: 7, source: "scim" })
      assert.match(shown.standing.join(), /may sign in/)
      assert.match(shown.story[0]?.headline ?? "", /created the person|ada@halden.example/)
      assert.match(JSON.stringify(shown.story), /matched The Boss by e-mail/)
      assert.match(shown.lastCall, /by "?IdP"?/)

      yield* scim.set(ada, `${enterpriseUserUrn}:manager`, { value: "nobody@halden.example" })
      const later = yield* users.show({ params: { reference: ada } })
      assert.deepInclude(later.person, { manager: null, managerStatus: "unmatched" })
      assert.strictEqual(later.manager.notFollowed, "nobody@halden.example")
      assert.match(later.manager.explanation.join(), /nobody here has it/)
      assert.strictEqual(later.story[0]?.outcome, "updated")
    })
  )

  it.effect("R-ORG-7: a person is added by hand while SCIM is off, and not while it is on", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const payload = {
        email: "ada@halden.example",
        firstName: "Ada",
        lastName: "Okafor",
        employeeNumber: "E1",
        manager: "2",
        location: "Oslo",
        hireDate: "2020-01-31",
        custom: { custom_badge: 7 }
      }
      const { users } = tenant.client
      const refused = yield* Effect.flip(users.add({ payload }))
      assert.deepInclude(refused, { _tag: "Forbidden", status: 403 })
      assert.match(String(refused), /by hand while SCIM is on/)
      assert.lengthOf((yield* users.list({ query: {} })).items, 0)

      yield* tenant.configure({ scimEnabled: false })
      const key = yield* tenant.clientWith("admin")
      const ada = yield* key.users.add({ payload })
      assert.deepInclude(ada, {
        userId: 1,
        userName: "ada@halden.example",
        name: "Ada Okafor",
        email: "ada@halden.example",
        state: "started",
        origin: "hand",
        managerStatus: "unmatched",
        version: 'W/"1"'
      })
      const shown = yield* key.users.show({ params: { reference: "e1" } })
      assert.deepInclude(shown.fields, { name: "location", value: "Oslo", source: "hand" })
      assert.strictEqual(shown.attributes.displayName, "Ada Okafor")
      const bo = yield* key.users.add({ payload: { email: "bo@halden.example", startDate: "2999-01-31" } })
      assert.deepInclude(bo, { state: "scheduled", startsOn: "2999-01-31", name: "bo@halden.example" })
      // The manager who was waited for has come (R-MGR-2).
      assert.strictEqual((yield* key.users.show({ params: { reference: "1" } })).person.manager?.id, bo.id)
      const odd = yield* Effect.flip(key.users.add({ payload: { email: "cy@halden.example", custom: { badge: 1 } } }))
      assert.match(String(odd), /"badge" is no custom attribute/)
    })
  )

  it.effect("R-USER-7, R-USER-12: somebody is deactivated and reactivated by hand, at the version that is meant", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const ada = yield* scimCalls(tenant).person("ada")
      const { users } = tenant.client
      const params = { reference: "ada@halden.example" }
      const first = yield* users.deactivate({ params, headers: { "if-match": 'W/"1"' } })
      assert.deepInclude(first, { id: ada, state: "deactivated", version: 'W/"2"' })
      assert.strictEqual((yield* users.deactivate({ params, headers: {} })).version, 'W/"2"')
      const stale = yield* Effect.flip(users.reactivate({ params, headers: { "if-match": 'W/"1"' } }))
      assert.deepInclude(stale, { _tag: "PreconditionFailed", status: 412 })
      assert.strictEqual((yield* users.reactivate({ params, headers: {} })).state, "started")
      const { story } = yield* users.show({ params })
      assert.deepStrictEqual(
        story.map(({ outcome }) => outcome),
        ["updated", "refused", "unchanged", "updated", "created"]
      )
      assert.match(JSON.stringify(story[0]), /admin/)
      const nobody = yield* Effect.flip(users.deactivate({ params: { reference: "zoe" }, headers: {} }))
      assert.deepInclude(nobody, { _tag: "NotFound", status: 404 })
    })
  )

  it.effect("ABUSE-11: people of another organisation are shown, found and changed by nobody", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const theirs = yield* scene.newTenant()
      const ada = yield* scimCalls(theirs).person("ada")
      const { users } = (yield* scene.newTenant()).client
      for (const reference of [ada, "1", "ada@halden.example"]) {
        for (const asked of [
          Effect.asVoid(users.show({ params: { reference } })),
          Effect.asVoid(users.deactivate({ params: { reference }, headers: {} }))
        ]) {
          assert.deepInclude(yield* Effect.flip(asked), { _tag: "NotFound", status: 404 })
        }
      }
      assert.deepStrictEqual((yield* users.list({ query: { search: "ada" } })).items, [])
      assert.deepStrictEqual((yield* users.list({ query: {} })).items, [])
      assert.strictEqual((yield* theirs.client.users.show({ params: { reference: ada } })).person.state, "started")
    })
  )

  it.effect(
    "ABUSE-14: a key that may only read changes nothing, and is told the same of who is there and who is not",
    () =>
      Effect.gen(function* () {
        const tenant = yield* (yield* ApiScene).newTenant()
        const ada = yield* scimCalls(tenant).person("ada")
        const { users } = yield* tenant.clientWith("read")
        for (const reference of [ada, "nobody"]) {
          const refused = yield* Effect.flip(users.deactivate({ params: { reference }, headers: {} }))
          assert.deepInclude(refused, { _tag: "Forbidden", status: 403 })
        }
        assert.strictEqual((yield* users.show({ params: { reference: ada } })).person.state, "started")
      })
  )
}
