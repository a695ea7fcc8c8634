import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { assertRefused, newTenant, type Resource, type Services, type Tenant } from "./Tenant.ts"

const lastNotes = (tenant: Tenant) =>
  Effect.map(tenant.read, ({ log }) =>
    (log.at(-1)?.entry.notes ?? []).filter((note) => note.attribute === "displayName")
  )

const rename = (tenant: Tenant, { id }: Resource, value: string) =>
  tenant.patchGroup(id, [{ op: "replace", path: "displayName", value }])

/** Near misses of group names are pointed out in the log: R-GROUP-2, R-HELP. */
export const groupNameContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-GROUP-2: a new group whose name nearly is another's is made, and the log names the other one", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const first = yield* tenant.createGroup({ displayName: "Sales Team" })
      assert.deepStrictEqual(yield* lastNotes(tenant), [])
      for (const displayName of ["sales team", " Sales  Team", "Sales-Team", "Ｓales Team", "Sales_Team"]) {
        const other = yield* tenant.createGroup({ displayName })
        assert.notStrictEqual(other.id, first.id)
        const [note, ...more] = yield* lastNotes(tenant)
        assert.deepStrictEqual(more, [])
        assert.deepInclude(note, { kind: "told", habit: "rule" })
        assert.include(note?.text, `Nearly the same name has "Sales Team" (${first.id})`)
        yield* tenant.deleteGroup(other.id)
      }
      for (const displayName of ["Sales Teams", "Sales", "Șales Team", "Sales+Team"]) {
        yield* tenant.createGroup({ displayName })
        assert.deepStrictEqual(yield* lastNotes(tenant), [], displayName)
      }
      // The exact name overwrites, and near ones are beside the point.
      yield* tenant.createGroup({ displayName: "SALES TEAM" })
      yield* tenant.createGroup({ displayName: "Sales Team" })
      assert.deepStrictEqual(yield* lastNotes(tenant), [])
    })
  )

  it.effect("R-GROUP-2: a group that is given nearly another's name keeps it, and the log names the other one", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const first = yield* tenant.createGroup({ displayName: "Robotics" })
      const second = yield* tenant.createGroup({ displayName: "Ops" })
      yield* rename(tenant, second, "robotics")
      assert.include((yield* lastNotes(tenant))[0]?.text, `"Robotics" (${first.id})`)
      // A group is no near miss of itself.
      yield* rename(tenant, second, "Ops")
      yield* rename(tenant, second, "OPS")
      assert.deepStrictEqual(yield* lastNotes(tenant), [])
      yield* tenant.replaceGroup(second.id, { displayName: "Robotics " })
      assert.include((yield* lastNotes(tenant))[0]?.text, `"Robotics" (${first.id})`)
      // What does not touch the name says nothing of it.
      yield* tenant.patchGroup(second.id, [{ op: "replace", path: "externalId", value: "g2" }])
      assert.deepStrictEqual(yield* lastNotes(tenant), [])
    })
  )

  it.effect("R-GROUP-2: of many near misses the log names those made first, and counts the others", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const made = yield* Effect.forEach(["Ops", "OPS", "ops", "O ps", "Op-s"], (displayName) =>
        tenant.createGroup({ displayName })
      )
      yield* tenant.createGroup({ displayName: "o_p_s" })
      const named = ["Ops", "OPS", "ops"].map((name, i) => `"${name}" (${made[i]?.id})`)
      assert.include((yield* lastNotes(tenant))[0]?.text, `${named.join(", ")} and 2 more.`)
    })
  )

  it.effect(
    "R-GROUP-2: with the setting `conflict` names that differ in case are 409, other near misses pointed out",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant("rfc")
        const first = yield* tenant.createGroup({ displayName: "Sales Team" })
        const conflict = { status: 409, scimType: "uniqueness", detail: new RegExp(first.id) }
        yield* assertRefused(tenant, tenant.createGroup({ displayName: "SALES TEAM" }), conflict)
        yield* assertRefused(tenant, tenant.createGroup({ displayName: "Sales Team" }), conflict)
        const second = yield* tenant.createGroup({ displayName: "Sales  Team" })
        assert.include((yield* lastNotes(tenant))[0]?.text, first.id)
        yield* assertRefused(tenant, rename(tenant, second, "sales team"), conflict)
      })
  )

  it.effect("a near miss in another organisation is no near miss (ABUSE-13)", () =>
    Effect.gen(function* () {
      yield* (yield* newTenant()).createGroup({ displayName: "Sales Team" })
      const tenant = yield* newTenant()
      yield* tenant.createGroup({ displayName: "sales team" })
      assert.deepStrictEqual(yield* lastNotes(tenant), [])
    })
  )
}
