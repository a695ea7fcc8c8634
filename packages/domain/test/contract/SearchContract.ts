import { assert, type Vitest } from "@effect/vitest"
import type { SearchScope } from "@rollcall/domain/directory/ResourceSearch"
import type { SearchRequest } from "@rollcall/domain/scim/SearchRequest"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { Effect } from "effect"
import { assertRefused, type ListMessage, members, newTenant, person, type Services, type Tenant } from "./Tenant.ts"

const names = (resources: ReadonlyArray<{ readonly [name: string]: unknown }>): ReadonlyArray<unknown> =>
  resources.map((resource) => String(resource.userName ?? resource.displayName).replace("@halden.example", ""))

/** All pages of a search by cursor, each as its names. */
const walk = Effect.fnUntraced(function* (tenant: Tenant, scope: SearchScope, request: Partial<SearchRequest>) {
  const pages: Array<ReadonlyArray<unknown>> = []
  let cursor: string | undefined = ""
  while (cursor !== undefined) {
    const page: ListMessage = yield* tenant.search(scope, { ...request, cursor })
    pages.push(names(page.Resources))
    cursor = page.nextCursor
  }
  return pages
})

/** Six people in the order of their User IDs, one of them deleted, and two groups. */
const halden = Effect.gen(function* () {
  const tenant = yield* newTenant("rfc")
  const eve = yield* tenant.createUser(person("eve", { title: "Lead" }))
  const ada = yield* tenant.createUser(person("ada", { title: "engineer" }))
  const gone = yield* tenant.createUser(person("gone", { title: "Lead" }))
  yield* tenant.createUser(person("dan"))
  yield* tenant.createUser(person("bo", { title: "ENGINEER" }))
  yield* tenant.createUser(person("cy", { title: "lead" }))
  yield* tenant.createGroup({ displayName: "Robotics", members: members(eve, ada, gone) })
  yield* tenant.createGroup({ displayName: "Sales" })
  yield* tenant.deleteUser(gone.id)
  return { tenant, eve, ada }
})

/** Lists, filters, orders and pages: R-SCIM-2, R-SCIM-3. */
export const searchContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("R-SCIM-3: a list is in the order of the numbers and leaves out the deleted", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const all = yield* tenant.search("User")
      assert.deepStrictEqual(names(all.Resources), ["eve", "ada", "dan", "bo", "cy"])
      assert.strictEqual(all.totalResults, 5)
      assert.strictEqual(all.itemsPerPage, 5)
      assert.strictEqual(all.startIndex, 1)
      assert.deepStrictEqual(names((yield* tenant.search("Group")).Resources), ["Robotics", "Sales"])
    })
  )

  it.effect("R-SCIM-3: pages by index and by cursor hold each resource once, count=0 counts", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const second = yield* tenant.search("User", { startIndex: 3, count: 2 })
      assert.deepStrictEqual([names(second.Resources), second.totalResults], [["dan", "bo"], 5])
      const beyond = yield* tenant.search("User", { startIndex: 9, count: 2 })
      assert.deepStrictEqual([beyond.Resources, beyond.totalResults], [[], 5])
      const none = yield* tenant.search("User", { count: 0, filter: 'title eq "lead"' })
      assert.deepStrictEqual([none.Resources, none.totalResults], [[], 2])
      const two = { count: 2 }
      assert.deepStrictEqual(yield* walk(tenant, "User", two), [["eve", "ada"], ["dan", "bo"], ["cy"]])
      assert.deepStrictEqual(yield* walk(tenant, "Group", { count: 1 }), [["Robotics"], ["Sales"]])
    })
  )

  it.effect("R-SCIM-3: sorted lists compare without regard to case, break ties by number, end with who has none", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const up = { sortBy: "title", count: 2 }
      assert.deepStrictEqual(yield* walk(tenant, "User", up), [["ada", "bo"], ["eve", "cy"], ["dan"]])
      const down = { ...up, sortOrder: "descending" } as const
      assert.deepStrictEqual(yield* walk(tenant, "User", down), [["dan", "eve"], ["cy", "ada"], ["bo"]])
      const byName = yield* tenant.search("User", { sortBy: "userName" })
      assert.deepStrictEqual(names(byName.Resources), ["ada", "bo", "cy", "dan", "eve"])
    })
  )

  it.effect("a cursor sees what was written after it, and skips nothing of what stood", () =>
    Effect.gen(function* () {
      const { ada, tenant } = yield* halden
      const first = yield* tenant.search("User", { cursor: "", count: 2 })
      yield* tenant.deleteUser(ada.id)
      yield* tenant.createUser(person("new"))
      const rest = yield* tenant.search("User", { cursor: first.nextCursor })
      assert.deepStrictEqual(names(rest.Resources), ["dan", "bo", "cy", "new"])
    })
  )

  const filters: ReadonlyArray<readonly [SearchScope, string, ReadonlyArray<string>]> = [
    ["User", 'userName eq "ADA@halden.example"', ["ada"]],
    ["User", 'emails[type eq "work" and value sw "c"]', ["cy"]],
    ["User", 'title pr and not (title co "lead")', ["ada", "bo"]],
    ["User", 'groups.display eq "robotics"', ["eve", "ada"]],
    ["User", 'schemas eq "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"', ["eve", "ada", "dan", "bo", "cy"]],
    ["User", "urn:ietf:params:scim:schemas:extension:15Five:2.0:User:userId gt 4", ["bo", "cy"]],
    ["User", 'title eq "gone" or userName eq "gone@halden.example"', []],
    ["Group", 'displayName eq "robotics"', ["Robotics"]],
    ["Group", "members pr", ["Robotics"]]
  ]
  for (const [scope, filter, expected] of filters) {
    it.effect(`R-SCIM-2: ${scope}s by ${filter}`, () =>
      Effect.gen(function* () {
        const { tenant } = yield* halden
        const found = yield* tenant.search(scope, { filter })
        assert.deepStrictEqual(names(found.Resources), expected)
        assert.strictEqual(found.totalResults, expected.length)
      })
    )
  }

  it.effect("R-SCIM-2: links are filtered by as they are answered", () =>
    Effect.gen(function* () {
      const { ada, eve, tenant } = yield* halden
      const location = valueAt(eve, ["meta", "location"])
      const byLocation = yield* tenant.search("User", { filter: `meta.location eq "${location}"` })
      assert.deepStrictEqual(names(byLocation.Resources), ["eve"])
      const filter = `members[$ref eq "https://halden.example/scim/v2/Users/${ada.id}"]`
      assert.deepStrictEqual(names((yield* tenant.search("Group", { filter })).Resources), ["Robotics"])
    })
  )

  it.effect("R-GROUP-5: members come with a list of groups unless they are excluded", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const counts = (list: ListMessage) =>
        list.Resources.map((group) => (group.members as ReadonlyArray<unknown> | undefined)?.length)
      assert.deepStrictEqual(counts(yield* tenant.search("Group")), [2, 0])
      assert.deepStrictEqual(counts(yield* tenant.search("Group", { excludedAttributes: "members" })), [
        undefined,
        undefined
      ])
    })
  )

  it.effect("RFC 7644 3.4.3: a search of everything counts people and then groups", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const all = yield* tenant.search("All", { startIndex: 5, count: 2 })
      assert.deepStrictEqual([names(all.Resources), all.totalResults], [["cy", "Robotics"], 7])
      const rest = yield* tenant.search("All", { startIndex: 7, count: 2 })
      assert.deepStrictEqual(names(rest.Resources), ["Sales"])
      const some = yield* tenant.search("All", { filter: 'displayName eq "sales"' })
      assert.deepStrictEqual(names(some.Resources), ["Sales"])
      const people = yield* tenant.search("All", { filter: 'userName sw "a"' })
      assert.deepStrictEqual(names(people.Resources), ["ada"])
    })
  )

  it.effect("RFC 7644 3.4.2.3: what only people can be sorted by sorts them and leaves the groups in", () =>
    Effect.gen(function* () {
      const { tenant } = yield* halden
      const sorted = yield* tenant.search("All", { sortBy: "userName", sortOrder: "descending" })
      assert.deepStrictEqual(names(sorted.Resources), ["eve", "dan", "cy", "bo", "ada", "Robotics", "Sales"])
      yield* assertRefused(tenant, tenant.search("All", { sortBy: "shoeSize" }), {
        status: 400,
        scimType: "invalidValue"
      })
    })
  )

  it.effect("R-SCIM-5: a search that cannot be read is refused, and the refusal is in the log", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const filter = { status: 400, scimType: "invalidFilter" }
      yield* assertRefused(tenant, tenant.search("User", { filter: "userName eq" }), filter)
      yield* assertRefused(tenant, tenant.search("User", { filter: 'shoeSize eq "1"' }), filter)
      yield* assertRefused(tenant, tenant.search("User", { sortBy: "password" }), {
        status: 400,
        scimType: "invalidValue"
      })
      yield* assertRefused(tenant, tenant.search("User", { cursor: "bogus" }), {
        status: 400,
        scimType: "invalidCursor"
      })
      yield* assertRefused(tenant, tenant.search("All", { cursor: "" }), { status: 400, scimType: "invalidCursor" })
    })
  )

  it.effect("a resource in a list is the resource as it is found alone", () =>
    Effect.gen(function* () {
      const { ada, tenant } = yield* halden
      const [listed] = (yield* tenant.search("User", { filter: 'userName sw "ada"' })).Resources
      assert.deepStrictEqual(listed, yield* tenant.findUser(ada.id))
      assert.strictEqual((valueAt(ada, ["schemas"]) as ReadonlyArray<unknown>)[0], userUrn)
    })
  )
}
