import { assert, type Vitest } from "@effect/vitest"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import { ApiScene } from "./ApiScene.ts"

/** Group types through the Public API (R-GROUP-3). */
export const groupTypesContract = (it: Vitest.MethodsNonLive<ApiScene | HttpClient.HttpClient>): void => {
  it.effect(
    "R-GROUP-3: group types are defined, renamed, put in order and deleted, with how many groups they have",
    () =>
      Effect.gen(function* () {
        const tenant = yield* (yield* ApiScene).newTenant()
        const { groups, groupTypes } = tenant.client
        const sites = yield* groupTypes.define({ payload: { name: "Sites" } })
        const teams = yield* groupTypes.define({ payload: { name: "Teams" } })
        assert.deepInclude(teams, { position: 2, groupCount: 0 })
        const { id } = yield* groups.create({ payload: { displayName: "Oslo" } })
        yield* groups.setType({ params: { id }, payload: { type: sites.id } })
        const names = (listed: { readonly items: ReadonlyArray<typeof sites> }) =>
          listed.items.map(({ groupCount, name }) => `${name} ${groupCount}`)
        const reader = yield* tenant.clientWith("read")
        assert.deepStrictEqual(names(yield* reader.groupTypes.list()), ["Groups 0", "Sites 1", "Teams 0"])
        const renamed = yield* groupTypes.rename({
          params: { id: sites.id.toUpperCase() },
          payload: { name: "Offices" }
        })
        assert.deepStrictEqual(names(renamed), ["Groups 0", "Offices 1", "Teams 0"])
        const order = yield* groupTypes.reorder({ payload: { order: [teams.id, sites.id] } })
        assert.deepStrictEqual(names(order), ["Groups 0", "Teams 0", "Offices 1"])
        const left = yield* groupTypes.remove({ params: { id: sites.id } })
        assert.deepStrictEqual(names(left), ["Groups 1", "Teams 0"])
        assert.strictEqual((yield* groups.show({ params: { id } })).type.name, "Groups")
      })
  )

  it.effect("what cannot be is refused, and the log tells of it", () =>
    Effect.gen(function* () {
      const tenant = yield* (yield* ApiScene).newTenant()
      const { groupTypes } = tenant.client
      const teams = yield* groupTypes.define({ payload: { name: "Teams" } })
      const params = { id: defaultGroupType.id }
      const cases = [
        [Effect.asVoid(groupTypes.define({ payload: { name: "TEAMS" } })), 409, /There is a group type "Teams"/],
        [Effect.asVoid(groupTypes.define({ payload: { name: " " } })), 400, /names no group type/],
        [Effect.asVoid(groupTypes.rename({ params, payload: { name: "X" } })), 400, /keeps its name/],
        [Effect.asVoid(groupTypes.remove({ params })), 400, /cannot be deleted/],
        [Effect.asVoid(groupTypes.remove({ params: { id: "nothing" } })), 404, /Group type nothing not found/],
        [Effect.asVoid(groupTypes.reorder({ payload: { order: [teams.id, teams.id] } })), 400, /every group type once/]
      ] as const
      for (const [asked, status, detail] of cases) {
        const error = yield* Effect.flip(asked)
        assert.deepInclude(error, { status })
        assert.match(String(error), detail)
        assert.match(String(error), /\[case [0-9A-Z]{6}\]/)
      }
      const reader = yield* tenant.clientWith("read", "integrations", "import", "access-check")
      const refused = yield* Effect.flip(reader.groupTypes.remove({ params: { id: teams.id } }))
      assert.deepInclude(refused, { _tag: "Forbidden", status: 403 })
    })
  )
}
