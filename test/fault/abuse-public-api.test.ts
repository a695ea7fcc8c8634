import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { ApiScene, layerApiScene } from "../api/ApiScene.ts"
import { scimCalls } from "../api/ScimCalls.ts"

layer(layerApiScene("postgresql"), { timeout: "120 seconds", excludeTestServices: true })(
  "the Public API, by whoever holds a key of it",
  (it) => {
    it.effect("ABUSE-15: nobody filters or sorts by a password, nor by anything with a key that may not read", () =>
      Effect.gen(function* () {
        const tenant = yield* (yield* ApiScene).newTenant()
        const scim = scimCalls(tenant)
        const ada = yield* scim.person("ada")
        yield* scim.set(ada, "password", "correct horse battery")
        const { groups, users } = tenant.client
        for (const query of [
          { filter: "password pr" },
          { filter: 'not (password sw "$argon2id")' },
          { filter: 'userName pr and password eq "correct horse battery"' },
          { sortBy: "password" }
        ]) {
          const refused = yield* Effect.flip(users.list({ query }))
          assert.deepInclude(refused, { _tag: "InvalidRequest", status: 400 }, JSON.stringify(query))
        }
        // What a person has and a group has not is no oracle there either.
        assert.deepInclude(yield* Effect.flip(groups.list({ query: { filter: "password pr" } })), { status: 400 })
        const checker = yield* tenant.clientWith("access-check", "import", "integrations")
        for (const query of [{ filter: 'userName sw "a"' }, { sortBy: "userName" }, { search: "a" }, { filter: "(" }]) {
          const refused = yield* Effect.flip(checker.users.list({ query }))
          assert.deepInclude(refused, { _tag: "Forbidden", status: 403 }, JSON.stringify(query))
        }
      })
    )

    it.effect("ABUSE-16: what SCIM may not do to people and groups, the Public API may not do either", () =>
      Effect.gen(function* () {
        const tenant = yield* (yield* ApiScene).newTenant()
        const ada = yield* scimCalls(tenant).person("ada")
        const on = tenant.client
        const team = yield* scimCalls(tenant).group("Team", [ada])
        const email = "bo@halden.example"
        // R-ORG-7, while SCIM is on.
        assert.deepInclude(yield* Effect.flip(on.users.add({ payload: { email } })), { status: 403 })
        const group = { params: { id: team }, headers: {} }
        const removal = on.groups.changeMembers({ ...group, payload: { remove: [ada] } })
        assert.deepInclude(yield* Effect.flip(removal), { status: 403 })
        assert.deepInclude(yield* Effect.flip(on.groups.remove(group)), { status: 403 })

        yield* tenant.configure({ scimEnabled: false })
        const { groups, users } = yield* tenant.clientWith("admin")
        const refused = [
          // R-USER-6, also in another spelling, and by the userName of somebody else.
          [{ email: "ADA@halden.example" }, 409, /Email address already in use/],
          [{ email, userName: "ada@halden.example" }, 409, /Email address already in use/],
          // R-START-5, R-START-1.
          [{ email, startDate: "01/31/2020" }, 400, /lies in the past/],
          [{ email, hireDate: "02/30/2027" }, 400, /not a day of the calendar/],
          // ABUSE-33, ABUSE-34.
          [{ email, userName: "b\u200bo" }, 400, /invisible character/],
          [{ email: "bo@halden.example,eve@evil.example" }, 400, /e-mail address/],
          [{ email: "not an address" }, 400, /e-mail address/],
          [{ email: " " }, 400, /userName|e-mail/]
        ] as const
        for (const [payload, status, detail] of refused) {
          const error = yield* Effect.flip(users.add({ payload }))
          assert.deepInclude(error, { status }, JSON.stringify(payload))
          assert.match(String(error), detail)
        }
        assert.lengthOf((yield* users.list({ query: {} })).items, 1)
        // R-GROUP-2: a name that is taken, by a new group and by a renamed one.
        const choir = yield* groups.create({ payload: { displayName: "Choir" } })
        assert.deepInclude(yield* Effect.flip(groups.create({ payload: { displayName: "Team" } })), { status: 409 })
        const rename = { params: { id: choir.id }, headers: {}, payload: { displayName: "Team" } }
        assert.deepInclude(yield* Effect.flip(groups.rename(rename)), { status: 409 })
        const bad = { params: { id: choir.id }, headers: {}, payload: { displayName: "a\u202eb" } }
        assert.deepInclude(yield* Effect.flip(groups.rename(bad)), { status: 400 })
      })
    )
  }
)
