import { assert, type Vitest } from "@effect/vitest"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import { assertRefused, memberIdsOf, newTenant, person, type Services } from "./Tenant.ts"

const bulkUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
const message = (...operations: ReadonlyArray<Json>): JsonObject => ({ schemas: [bulkUrn], Operations: operations })
const post = (path: string, bulkId: string, data: Json): Json => ({ method: "POST", path, bulkId, data })

const results = (answer: JsonObject): ReadonlyArray<JsonObject> => answer.Operations as ReadonlyArray<JsonObject>
const statuses = (answer: JsonObject): ReadonlyArray<Json | undefined> => results(answer).map(({ status }) => status)

/** Bulk requests go by the rules of single ones: R-SCIM-1, ABUSE-12 and 16. */
export const bulkContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect(
    "RFC 7644 3.7: people and a group that refers to them by bulkId are made, in whatever order they stand",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const group = { displayName: "Robotics", members: [{ value: "bulkId:a" }, { value: "bulkId:b" }] }
        const answer = yield* tenant.bulk(
          message(post("/Groups", "g", group), post("/Users", "a", person("ada")), post("/Users", "b", person("bo")))
        )
        assert.deepStrictEqual(statuses(answer), ["201", "201", "201"])
        const [found] = (yield* tenant.search("Group")).Resources
        const people = (yield* tenant.search("User")).Resources
        assert.deepStrictEqual(
          found === undefined ? [] : memberIdsOf(found),
          people.map(({ id }) => id)
        )
        assert.strictEqual(results(answer)[0]?.location, valueAt(found ?? {}, ["meta", "location"]))
      })
  )

  it.effect(
    "ABUSE-16: uniqueness, unknown members and versions are checked in bulk as elsewhere; others go through",
    () =>
      Effect.gen(function* () {
        const tenant = yield* newTenant()
        const elsewhere = yield* newTenant()
        const foreign = yield* elsewhere.createUser(person("ada"))
        const ada = yield* tenant.createUser(person("ada"))
        const answer = yield* tenant.bulk(
          message(
            post("/Users", "a", person("ADA")),
            post("/Groups", "g", { displayName: "Robotics", members: [{ value: foreign.id }] }),
            { method: "DELETE", path: `/Users/${foreign.id}` },
            {
              method: "PATCH",
              path: `/Users/${ada.id}`,
              version: 'W/"9"',
              data: { Operations: [{ op: "remove", path: "title" }] }
            },
            post("/Users", "b", person("bo")),
            { method: "PUT", path: `/Users/${ada.id}`, version: 'W/"1"', data: person("ada", { title: "Lead" }) }
          )
        )
        assert.deepStrictEqual(statuses(answer), ["409", "400", "404", "412", "201", "200"])
        const snapshot = yield* tenant.read
        assert.deepStrictEqual(
          snapshot.log.slice(1).map(({ entry }) => entry.outcome),
          ["refused", "refused", "refused", "refused", "created", "updated"]
        )
        assert.strictEqual(snapshot.state.counters.userCount, 2)
        assert.strictEqual((yield* elsewhere.search("User")).totalResults, 1)
      })
  )

  it.effect("RFC 7644 3.7.3: after failOnErrors failures the rest is not tried", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const answer = yield* tenant.bulk({
        ...message(post("/Users", "a", {}), post("/Users", "b", person("bo"))),
        failOnErrors: 1
      })
      assert.deepStrictEqual(statuses(answer), ["400"])
      assert.strictEqual((yield* tenant.search("User")).totalResults, 0)
    })
  )

  it.effect("a body that is no bulk request is refused as a whole", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      yield* assertRefused(tenant, tenant.bulk({ Operations: [] }), { status: 400, scimType: "invalidSyntax" })
    })
  )
}
