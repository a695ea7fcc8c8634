import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import { ApiScene } from "./ApiScene.ts"
import { scimCalls } from "./ScimCalls.ts"

/** Groups through the Public API. */
export const groupsContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect("R-ORG-7: a group that was made in the product is managed by hand while SCIM is on", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const [ada, bo] = [yield* scim.person("ada"), yield* scim.person("bo")]
      const { groups } = tenant.client
      const made = yield* groups.create({ payload: { displayName: "Choir", members: ["ada@halden.example"] } })
      assert.deepInclude(made, { displayName: "Choir", origin: "hand", version: 'W/"1"', admins: [] })
      assert.strictEqual(made.type.name, "Groups")
      const params = { id: made.id }
      const changed = yield* groups.changeMembers({
        params,
        headers: { "if-match": 'W/"1"' },
        payload: { add: ["2"], remove: [ada, "nobody@halden.example"] }
      })
      assert.strictEqual(changed.version, 'W/"2"')
      assert.strictEqual((yield* groups.show({ params })).memberCount, 1)
      const { items } = yield* groups.members({ params, query: {} })
      assert.deepStrictEqual(
        items.map(({ id }) => id),
        [bo]
      )
      const renamed = yield* groups.rename({ params, headers: {}, payload: { displayName: "Big Choir" } })
      assert.deepInclude(renamed, { displayName: "Big Choir", version: 'W/"3"' })
      const stale = yield* Effect.flip(groups.remove({ params, headers: { "if-match": 'W/"2"' } }))
      assert.deepInclude(stale, { _tag: "PreconditionFailed", status: 412 })
      yield* groups.remove({ params, headers: {} })
      assert.deepInclude(yield* Effect.flip(groups.show({ params })), { _tag: "NotFound", status: 404 })
    })
  )

  it.effect("R-ORG-7: a group of the identity provider keeps its name and members, and gets type and admins", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const ada = yield* scim.person("ada", { displayName: "Ada" })
      const id = yield* scim.group("Team", [ada])
      const params = { id }
      const { groups, groupTypes } = tenant.client
      for (const asked of [
        Effect.asVoid(groups.rename({ params, headers: {}, payload: { displayName: "Crew" } })),
        Effect.asVoid(groups.changeMembers({ params, headers: {}, payload: { remove: [ada] } })),
        groups.remove({ params, headers: {} })
      ]) {
        const refused = yield* Effect.flip(asked)
        assert.deepInclude(refused, { _tag: "Forbidden", status: 403 })
        assert.match(String(refused), /comes from the identity provider/)
      }
      const sites = yield* groupTypes.define({ payload: { name: "Sites" } })
      const moved = yield* groups.setType({ params, payload: { type: sites.id } })
      assert.deepStrictEqual(moved.type, { id: sites.id, name: "Sites" })
      const administered = yield* groups.setAdmins({ params, payload: { admins: ["1", "ada@halden.example"] } })
      assert.deepStrictEqual(administered.admins, [{ id: ada, displayName: "Ada" }])
      assert.strictEqual(administered.version, 'W/"1"')
      const strangers = yield* Effect.flip(groups.setAdmins({ params, payload: { admins: ["1", "zoe"] } }))
      assert.match(String(strangers), /admins names people whom this organisation does not have: "zoe"/)
      const none = yield* Effect.flip(groups.setType({ params, payload: { type: "nothing" } }))
      assert.deepInclude(none, { _tag: "NotFound", status: 404 })
      const [listed] = (yield* groups.list({ query: { filter: 'displayName eq "team"' } })).items
      assert.deepStrictEqual([listed?.admins, listed?.type.name], [administered.admins, "Sites"])
    })
  )

  it.effect("R-GROUP-4: whoever is not there is not added, by hand no more than by SCIM, and nothing else is", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const tenant = yield* scene.newTenant()
      const ada = yield* scimCalls(tenant).person("ada")
      const stranger = yield* scimCalls(yield* scene.newTenant()).person("zoe")
      const { groups } = tenant.client
      const { id } = yield* groups.create({ payload: { displayName: "Choir" } })
      for (const unknown of ["zoe@halden.example", stranger, "99"]) {
        const request = { params: { id }, headers: {}, payload: { add: [ada, unknown] } }
        const refused = yield* Effect.flip(groups.changeMembers(request))
        assert.deepInclude(refused, { _tag: "InvalidRequest", status: 400 })
        assert.include(String(refused), unknown)
      }
      assert.strictEqual((yield* groups.show({ params: { id } })).memberCount, 0)
      const nobody = yield* Effect.flip(groups.changeMembers({ params: { id }, headers: {}, payload: {} }))
      assert.match(String(nobody), /names nobody/)
      const taken = yield* Effect.flip(groups.create({ payload: { displayName: "choir" } }))
      assert.deepInclude(taken, { _tag: "Conflict", status: 409 })
    })
  )

  it.effect("members and groups come a page at a time, each once", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const scim = scimCalls(tenant)
      const people: Array<string> = []
      for (const name of ["ada", "bo", "cy", "di", "ed"]) people.push(yield* scim.person(name))
      const id = yield* scim.group("All", people)
      yield* scim.group("Some", people.slice(0, 2))
      const { groups } = yield* tenant.clientWith("read")
      const seen: Array<string> = []
      let after: string | null = ""
      do {
        const query: { limit: number; after?: string } = { limit: 2, ...(after === "" ? {} : { after }) }
        const page = yield* groups.members({ params: { id }, query })
        assert.isAtMost(page.items.length, 2)
        seen.push(...page.items.map((member) => member.id))
        after = page.next
      } while (after !== null)
      assert.deepStrictEqual(seen, people.toSorted())
      const first = yield* groups.list({ query: { limit: 1, sortBy: "displayName", sortOrder: "descending" } })
      const query = { limit: 1, sortBy: "displayName", sortOrder: "descending", after: first.next ?? "" } as const
      const second = yield* groups.list({ query })
      const names = [...first.items, ...second.items].map(({ displayName }) => displayName)
      assert.deepStrictEqual([names, second.next], [["Some", "All"], null])
      // The cursor of one group opens no other.
      const { next } = yield* groups.members({ params: { id }, query: { limit: 1 } })
      const other = (first.items[0] ?? { id }).id
      const foreign = groups.members({ params: { id: other }, query: { after: next ?? "" } })
      assert.deepInclude(yield* Effect.flip(foreign), { _tag: "InvalidRequest", status: 400 })
    })
  )

  it.effect("ABUSE-11: another organisation's group is shown and changed by nobody", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const theirs = yield* scene.newTenant()
      const group = yield* theirs.client.groups.create({ payload: { displayName: "Secret" } })
      const { groups } = (yield* scene.newTenant()).client
      const params = { id: group.id }
      for (const asked of [
        Effect.asVoid(groups.show({ params })),
        Effect.asVoid(groups.members({ params, query: {} })),
        Effect.asVoid(groups.rename({ params, headers: {}, payload: { displayName: "Mine" } })),
        Effect.asVoid(groups.setAdmins({ params, payload: { admins: [] } })),
        groups.remove({ params, headers: {} })
      ]) {
        assert.deepInclude(yield* Effect.flip(asked), { _tag: "NotFound", status: 404 })
      }
      assert.strictEqual((yield* theirs.client.groups.show({ params })).displayName, "Secret")
    })
  )
}
