import { assert, type Vitest } from "@effect/vitest"
import { enterpriseUserUrn } from "@rollcall/domain/scim/schemas/EnterpriseUserSchema"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import { Effect } from "effect"
import { newTenant, person, type Services } from "./Tenant.ts"

/** Resolving references outside of a write, on every adapter: R-MATCH-1 to 3. */
export const matchingContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-MATCH-3: any number of references are resolved at once, each by its own rule", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { [enterpriseUserUrn]: { employeeNumber: "HR-1" } }))
      const bo = yield* tenant.createUser(person("bo", { [enterpriseUserUrn]: { employeeNumber: "hr-1" } }))
      const cy = yield* tenant.createUser(person("cy", { [enterpriseUserUrn]: { employeeNumber: "1" } }))
      const matching = yield* UserMatching
      const references = [ada.id, "2", "CY@halden.example", "hr-1", "1", "nobody", ""]
      const found = yield* matching.resolve(tenant.organization.id, references)
      assert.deepStrictEqual(
        references.map((reference) => {
          const match = found.get(reference)
          return match?._tag === "Matched" ? [match.user.id, match.rule, match.alsoBy] : match?.several
        }),
        [
          [ada.id, "scimId", undefined],
          [bo.id, "userId", undefined],
          [cy.id, "email", undefined],
          "employeeNumber",
          [ada.id, "userId", "employeeNumber"],
          undefined,
          undefined
        ] as ReadonlyArray<unknown>
      )
      assert.strictEqual((yield* matching.resolve(tenant.organization.id, [])).size, 0)
    })
  )

  it.effect("R-MATCH-2: whoever was deleted does not match, and matches again once they are back", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada", { [enterpriseUserUrn]: { employeeNumber: "HR-1" } }))
      yield* tenant.deleteUser(ada.id)
      const matching = yield* UserMatching
      const references = [ada.id, "1", "ada@halden.example", "HR-1"]
      const tags = Effect.map(matching.resolve(tenant.organization.id, references), (found) =>
        references.map((reference) => found.get(reference)?._tag)
      )
      assert.deepStrictEqual(yield* tags, ["Unmatched", "Unmatched", "Unmatched", "Unmatched"])
      yield* tenant.createUser(person("ada"))
      assert.deepStrictEqual(yield* tags, ["Matched", "Matched", "Matched", "Matched"])
    })
  )

  it.effect("R-MATCH-1, ABUSE-12: nobody of another organisation matches", () =>
    Effect.gen(function* () {
      const theirs = yield* (yield* newTenant()).createUser(person("ada"))
      const tenant = yield* newTenant()
      const matching = yield* UserMatching
      const found = yield* matching.resolve(tenant.organization.id, [theirs.id, "1", "ada@halden.example"])
      assert.deepStrictEqual(
        [...found.values()].map(({ _tag }) => _tag),
        ["Unmatched", "Unmatched", "Unmatched"]
      )
    })
  )
}
