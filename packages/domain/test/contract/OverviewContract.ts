import { assert, layer as suite } from "@effect/vitest"
import { Overview, overviewEdges } from "@rollcall/domain/organization/Overview"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type Adapters, newTenant, person, useCases } from "./Tenant.ts"

const managed = (manager: string) => ({
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { manager: { value: manager } }
})

/** What the figures of an organisation count. */
export const overviewContract = (name: string, adapters: Layer.Layer<Adapters | Overview>): void =>
  suite(Layer.provideMerge(useCases, Layer.fresh(adapters)), { timeout: "60 seconds" })(
    `the overview (${name})`,
    (it) => {
      it.effect("R-API-1: the overview counts people by state, managers that need a look, and calls over time", () =>
        Effect.gen(function* () {
          const overview = yield* Overview
          const tenant = yield* newTenant()
          const other = yield* newTenant()
          yield* TestClock.adjust("2 days")
          const now = yield* Clock.currentTimeMillis
          yield* other.createUser(person("ada"))
          const ada = yield* tenant.createUser(person("ada"))
          yield* tenant.createUser(person("bo", managed("nobody@halden.example")))
          yield* tenant.createUser(person("cy", { [extension]: { startDate: "2099-01-01" } }))
          yield* tenant.createUser(person("di", { [extension]: { startDate: "2099-01-01" }, active: false }))
          const gone = yield* tenant.createUser(person("eve", { ...managed("nobody@halden.example"), active: false }))
          yield* tenant.deleteUser(gone.id)
          yield* Effect.flip(tenant.createUser(person("ada")))
          yield* TestClock.adjust("1 hour")
          yield* tenant.patchUser(ada.id, [{ op: "replace", path: "active", value: false }])
          const held = yield* tenant.arrange({
            reviewWindows: [{ id: "w", name: "Review", opensAt: now, closesAt: 9e12 }]
          })
          yield* held.patchUser(ada.id, [{ op: "replace", path: "manager", value: "bo@halden.example" }])
          const edges = overviewEdges("day", yield* Clock.currentTimeMillis)
          assert.strictEqual(edges.length, 25)
          const { calls, ...figures } = yield* overview.figures(tenant.organization.id, edges)
          assert.deepStrictEqual(figures, {
            people: { started: 1, scheduled: 1, deactivated: 2 },
            managers: { unmatched: 1, ambiguous: 0, held: 1 }
          })
          assert.strictEqual(calls.length, 24)
          assert.deepStrictEqual(
            calls.slice(-3).map((one) => [one.calls, one.refused]),
            [
              [0, 0],
              [7, 1],
              [2, 0]
            ]
          )
          const first = edges[0] ?? 0
          const { calls: before } = yield* overview.figures(tenant.organization.id, [0, first])
          assert.deepStrictEqual(before, [{ from: 0, to: first, calls: 0, refused: 0 }])
        })
      )

      it.effect("an organisation of which nothing is known has no figures but zeros", () =>
        Effect.gen(function* () {
          const tenant = yield* newTenant()
          const { calls, managers, people } = yield* (yield* Overview).figures(tenant.organization.id, [0, 5, 9])
          assert.deepStrictEqual(people, { started: 0, scheduled: 0, deactivated: 0 })
          assert.deepStrictEqual(managers, { unmatched: 0, ambiguous: 0, held: 0 })
          assert.deepStrictEqual(calls, [
            { from: 0, to: 5, calls: 0, refused: 0 },
            { from: 5, to: 9, calls: 0, refused: 0 }
          ])
        })
      )
    }
  )
