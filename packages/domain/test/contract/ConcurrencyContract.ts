import { assert, type Vitest } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Exit, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { assertRefused, memberIdsOf, members, newTenant, person, type Services, submit, type Tenant } from "./Tenant.ts"

const atOnce = { concurrency: "unbounded" } as const

/** How many of the requests got through, and the statuses of those refused. */
const outcomes = <A, E>(requests: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.map(Effect.all(requests.map(Effect.result), atOnce), (results) => ({
    done: results.filter(Result.isSuccess).length,
    refused: results.flatMap((result) => {
      if (Result.isSuccess(result)) return []
      return result.failure instanceof ScimError ? result.failure.status : result.failure
    })
  }))

const repeat = <A>(count: number, make: (index: number) => A): Array<A> =>
  Array.from({ length: count }, (_, i) => make(i))

/** Sees that events and log entries are numbered without gaps, and that the counters say what stands. */
export const assertInOrder = Effect.fnUntraced(function* (tenant: Tenant) {
  const { events, groups, log, state, users } = yield* tenant.read
  assert.deepStrictEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => index + 1)
  )
  assert.deepStrictEqual(
    log.map(({ sequence }) => sequence),
    log.map((_, index) => index + 1)
  )
  assert.deepStrictEqual(state.counters, {
    eventSequence: events.length,
    logSequence: log.length,
    userSequence: Math.max(0, ...users.map(({ number }) => number)),
    groupSequence: state.counters.groupSequence,
    userCount: users.filter(({ deletedAt }) => deletedAt === undefined).length,
    groupCount: groups.length
  })
})

const rename = (to: string) => [{ op: "replace", path: "userName", value: to }]

/** Many at once, in batches or not: ABUSE-1, 2, 5, 6, 10, and the order of events. */
export const concurrencyContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("ABUSE-1: 200 members added by 200 parallel PATCHes are all there, each told by one event", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const people = yield* Effect.all(
        repeat(200, (i) => tenant.createUser(person(`p${i}`))),
        atOnce
      )
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const events = (yield* tenant.read).events.length
      const add = people.map((one) =>
        tenant.patchGroup(group.id, [{ op: "add", path: "members", value: members(one) }])
      )
      assert.strictEqual((yield* outcomes(add)).done, 200)
      assert.deepStrictEqual(
        memberIdsOf(yield* tenant.findGroup(group.id)).toSorted(),
        people.map(({ id }) => id).toSorted()
      )
      const { events: all, groups } = yield* tenant.read
      assert.strictEqual(groups[0]?.version, 201)
      assert.deepStrictEqual(
        all.slice(events).map(({ event }) => "version" in event && event.version),
        repeat(200, (i) => i + 2)
      )
      yield* assertInOrder(tenant)
    })
  )

  it.effect("ABUSE-2: members added while others are removed: only what is named changes", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const people = yield* Effect.all(
        repeat(40, (i) => tenant.createUser(person(`p${i}`))),
        atOnce
      )
      const [old, fresh] = [people.slice(0, 20), people.slice(20)]
      const group = yield* tenant.createGroup({ displayName: "Robotics", members: members(...old) })
      yield* outcomes([
        ...fresh.map((one) => tenant.patchGroup(group.id, [{ op: "add", path: "members", value: members(one) }])),
        ...old.map(({ id }) => tenant.patchGroup(group.id, [{ op: "remove", path: `members[value eq "${id}"]` }]))
      ])
      assert.deepStrictEqual(
        memberIdsOf(yield* tenant.findGroup(group.id)).toSorted(),
        fresh.map(({ id }) => id).toSorted()
      )
    })
  )

  it.effect("ABUSE-5: of parallel writes with the same If-Match one succeeds, the others get 412", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      const titles = repeat(20, (i) =>
        tenant.patchUser(ada.id, [{ op: "replace", path: "title", value: `title ${i}` }], 'W/"1"')
      )
      assert.deepStrictEqual(yield* outcomes(titles), { done: 1, refused: repeat(19, () => 412) })
      const replaced = repeat(10, (i) => tenant.replaceUser(ada.id, person("ada", { title: `other ${i}` }), 'W/"2"'))
      assert.deepStrictEqual(yield* outcomes(replaced), { done: 1, refused: repeat(9, () => 412) })
      yield* assertInOrder(tenant)
    })
  )

  it.effect("ABUSE-6: of 50 parallel creates of one person one succeeds, 49 are refused as taken", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const creates = repeat(50, () => tenant.createUser(person("ada")))
      assert.deepStrictEqual(yield* outcomes(creates), { done: 1, refused: repeat(49, () => 409) })
      const { log, state, users } = yield* tenant.read
      assert.strictEqual(users.length, 1)
      assert.strictEqual(state.counters.userSequence, 1)
      assert.strictEqual(log.filter(({ entry }) => entry.error?.scimType === "uniqueness").length, 49)
      yield* assertInOrder(tenant)
    })
  )

  it.effect("R-USER-8: of parallel creates of a deleted person one revives them", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const ada = yield* tenant.createUser(person("ada"))
      yield* tenant.deleteUser(ada.id)
      const creates = repeat(10, () => tenant.createUser(person("ada")))
      assert.deepStrictEqual(yield* outcomes(creates), { done: 1, refused: repeat(9, () => 409) })
      assert.strictEqual((yield* tenant.read).users.length, 1)
    })
  )

  it.effect("R-GROUP-2: parallel creates of one group name make one group", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const people = yield* Effect.all(
        repeat(10, (i) => tenant.createUser(person(`p${i}`))),
        atOnce
      )
      const creates = people.map((one) => tenant.createGroup({ displayName: "Robotics", members: members(one) }))
      const made = yield* Effect.all(creates, atOnce)
      assert.strictEqual(new Set(made.map(({ id }) => id)).size, 1)
      const { groups, members: memberships } = yield* tenant.read
      assert.strictEqual(groups.length, 1)
      assert.strictEqual(memberships[0]?.[1].length, 1)
      const strict = yield* newTenant("rfc")
      const again = repeat(10, (i) => strict.createGroup({ displayName: i % 2 === 0 ? "Robotics" : "ROBOTICS" }))
      assert.deepStrictEqual(yield* outcomes(again), { done: 1, refused: repeat(9, () => 409) })
      yield* assertInOrder(tenant)
    })
  )

  it.effect("ABUSE-10: a person who is deleted while they are added leaves no dangling member", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const people = yield* Effect.all(
        repeat(20, (i) => tenant.createUser(person(`p${i}`))),
        atOnce
      )
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const { refused } = yield* outcomes(
        people.flatMap((one) => {
          const add = tenant.patchGroup(group.id, [{ op: "add", path: "members", value: members(one) }])
          return [Effect.asVoid(add), tenant.deleteUser(one.id), Effect.asVoid(add)]
        })
      )
      assert.deepStrictEqual(
        refused,
        repeat(20, () => 400)
      )
      assert.deepStrictEqual(memberIdsOf(yield* tenant.findGroup(group.id)), [])
      const { members: memberships } = yield* tenant.read
      assert.deepStrictEqual(memberships, [])
      yield* assertInOrder(tenant)
    })
  )

  it.effect("people swap names in requests that stand in one batch", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const a = yield* tenant.createUser({ userName: "a" })
      const b = yield* tenant.createUser({ userName: "b" })
      // Something in front keeps the hand busy, so that those behind it wait together.
      const swap = [
        tenant.createUser({ userName: "first" }),
        tenant.patchUser(a.id, rename("c")),
        tenant.patchUser(b.id, rename("a")),
        tenant.patchUser(a.id, rename("b")),
        tenant.createUser({ userName: "c" })
      ]
      assert.deepStrictEqual(yield* outcomes(swap), { done: 5, refused: [] })
      const { users } = yield* tenant.read
      assert.deepStrictEqual(
        users.map(({ attributes, version }) => [attributes.userName, version]),
        [
          ["b", 3],
          ["a", 2],
          ["first", 1],
          ["c", 1]
        ]
      )
      yield* assertInOrder(tenant)
    })
  )

  it.effect("groups swap names in requests that stand in one batch, and a name is used again", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const a = yield* tenant.createGroup({ displayName: "a" })
      const b = yield* tenant.createGroup({ displayName: "b" })
      const call = (id: string, name: string) =>
        tenant.patchGroup(id, [{ op: "replace", path: "displayName", value: name }])
      const swap = [
        tenant.createUser({ userName: "first" }),
        call(a.id, "c"),
        call(b.id, "a"),
        call(a.id, "b"),
        tenant.createGroup({ displayName: "c" }),
        tenant.deleteGroup(b.id),
        tenant.createGroup({ displayName: "a" })
      ]
      assert.deepStrictEqual(yield* outcomes<unknown, unknown>(swap), { done: 7, refused: [] })
      const { groups } = yield* tenant.read
      assert.deepStrictEqual(
        groups.map(({ displayName, number }) => [number, displayName]),
        [
          [1, "b"],
          [3, "c"],
          [4, "a"]
        ]
      )
      yield* assertInOrder(tenant)
    })
  )

  it.effect("a person who is created, changed, deleted and revived within one batch ends as one by one", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const id = UserId.make(SecureRandom.uuidV4Unsafe())
      const create = (newId: UserId, title: string) =>
        submit(tenant, {
          _tag: "CreateUser",
          newId,
          input: { attributes: person("ada", { title }), cleared: [], notes: [] }
        })
      const answers = yield* Effect.all(
        [
          create(id, "one"),
          submit(tenant, { _tag: "DeleteUser", id, ifMatch: undefined }),
          create(UserId.make(SecureRandom.uuidV4Unsafe()), "two"),
          create(UserId.make(SecureRandom.uuidV4Unsafe()), "three")
        ],
        atOnce
      )
      assert.deepStrictEqual(
        answers.map((answer) =>
          answer._tag === "Refused" ? answer.error.status : answer._tag === "Done" ? answer.outcome : "idle"
        ),
        ["created", "deleted", "revived", 409]
      )
      const { users } = yield* tenant.read
      assert.deepStrictEqual(
        users.map((user) => [user.id, user.version, user.attributes.title, user.deletedAt]),
        [[id, 3, "two", undefined]]
      )
      yield* assertInOrder(tenant)
    })
  )

  it.effect("a request that cannot be carried out dies alone: its neighbours are answered and written", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const directory = yield* Directory
      const poison: JsonObject = {
        get userName(): Json {
          throw new Error("no rule can read this")
        }
      }
      const neighbours = repeat(6, (i) => tenant.createUser(person(`p${i}`)))
      const broken = directory.submit(
        tenant.organization.id,
        tenant.request({
          _tag: "CreateUser",
          newId: UserId.make(SecureRandom.uuidV4Unsafe()),
          input: { attributes: poison, cleared: [], notes: [] }
        })
      )
      const requests: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        ...neighbours.slice(0, 3),
        broken,
        ...neighbours.slice(3)
      ]
      const exits = yield* Effect.all(requests.map(Effect.exit), atOnce)
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, true, true, false, true, true, true])
      assert.strictEqual((yield* tenant.search("User")).totalResults, 6)
      yield* assertInOrder(tenant)
    })
  )

  it.effect("organisations that write at once do not see each other's numbers", () =>
    Effect.gen(function* () {
      const tenants = yield* Effect.all(repeat(5, () => newTenant()))
      yield* Effect.all(
        tenants.flatMap((tenant) => repeat(10, (i) => tenant.createUser(person(`p${i}`)))),
        atOnce
      )
      for (const tenant of tenants) {
        assert.strictEqual((yield* tenant.read).state.counters.userSequence, 10)
        yield* assertInOrder(tenant)
      }
    })
  )

  it.effect("requests of one caller that follow each other are decided in that order", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant("rfc")
      const ada = yield* tenant.createUser(person("ada"))
      yield* Effect.all(
        repeat(30, (i) => tenant.patchUser(ada.id, [{ op: "replace", path: "title", value: String(i) }])),
        atOnce
      )
      const { log, users } = yield* tenant.read
      assert.strictEqual(users[0]?.attributes.title, "29")
      assert.deepStrictEqual(
        log.slice(1).map(({ entry }) => entry.changes[0]?.after),
        repeat(30, String)
      )
      yield* assertRefused(tenant, tenant.deleteUser(ada.id, 'W/"30"'), { status: 412 })
    })
  )
}
