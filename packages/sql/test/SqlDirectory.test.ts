import { assert, type Vitest } from "@effect/vitest"
import type { Command } from "@rollcall/domain/directory/Command"
import { Directory } from "@rollcall/domain/directory/Directory"
import { GroupId } from "@rollcall/domain/group/Group"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { UserId } from "@rollcall/domain/user/UserId"
import { Context, Effect, Exit, Layer, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import {
  plainAnswer,
  requestsOf,
  stood,
  story,
  tellInMemory,
  timeOf
} from "../../domain/test/contract/CommandSequence.ts"
import { assertInOrder } from "../../domain/test/contract/ConcurrencyContract.ts"
import { directoryContract } from "../../domain/test/contract/Directory.ts"
import { eventContract } from "../../domain/test/contract/EventContract.ts"
import { newTenant, resourceTypes, type Services, submit } from "../../domain/test/contract/Tenant.ts"
import * as EventStore from "../src/EventStore.ts"
import * as GroupStore from "../src/GroupStore.ts"
import * as GroupTypeStore from "../src/GroupTypeStore.ts"
import * as PeopleLookupStore from "../src/PeopleLookupStore.ts"
import type { ReadSql } from "../src/ReadSql.ts"
import * as SnapshotStore from "../src/SnapshotStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as UserStore from "../src/UserStore.ts"
import type { WriteSql } from "../src/WriteSql.ts"
import { databases } from "./BothDatabases.ts"
import { layerConsumers, layerDirectoryProbe } from "./SqlDirectoryProbe.ts"

const adapters = (database: Layer.Layer<ReadSql | WriteSql>) =>
  Layer.mergeAll(
    layerSqlDirectory(resourceTypes),
    UserStore.layer(resourceTypes),
    GroupStore.layer,
    GroupTypeStore.layer,
    PeopleLookupStore.layer,
    EventStore.layer,
    SnapshotStore.layer(resourceTypes),
    layerConsumers,
    layerDirectoryProbe
  ).pipe(Layer.provideMerge(database))

/** What only a database can do wrong. */
const sqlContract = (it: Vitest.MethodsNonLive<Services>): void => {
  it.effect("a request whose statement the database refuses dies alone: its neighbours are answered and written", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const create = (title: string, userName: string) =>
        submit(tenant, {
          _tag: "CreateUser",
          newId: UserId.make(SecureRandom.uuidV4Unsafe()),
          // The use cases refuse such a text; were one to slip through, jsonb does not take it.
          input: { attributes: { userName, title }, cleared: [], notes: [] }
        })
      const requests = [create("", "a"), create("", "b"), create("\u0000", "bad"), create("", "c"), create("", "d")]
      const exits = yield* Effect.all(requests.map(Effect.exit), { concurrency: "unbounded" })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, true, false, true, true])
      const { log, state, users } = yield* tenant.read
      assert.deepStrictEqual(
        users.map(({ attributes, number }) => [number, attributes.userName]),
        [
          [1, "a"],
          [2, "b"],
          [3, "c"],
          [4, "d"]
        ]
      )
      assert.strictEqual(log.length, 4)
      assert.strictEqual(state.counters.eventSequence, 8)
    })
  )

  it.effect("an organisation that is not there is a defect, not a write", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant()
      const nowhere = {
        ...tenant,
        organization: { ...tenant.organization, id: OrganizationId.make(SecureRandom.uuidV4Unsafe()) }
      }
      const error = badRequest("invalidValue", "x")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(submit(nowhere, { _tag: "Refuse", error }))))
      assert.deepStrictEqual((yield* tenant.read).log, [])
    })
  )
}

/** Another server on the same database: a hand of its own. */
const anotherServer = Effect.map(Layer.build(Layer.fresh(layerSqlDirectory(resourceTypes))), (built) =>
  Context.get(built, Directory)
)

/** Any number of servers write to one database at once (DESIGN: one hand per organisation). */
const serversContract = (it: Vitest.MethodsNonLive<Services | ReadSql | WriteSql>): void => {
  it.effect.prop(
    "random requests that come to two servers in turn are decided as if there were one",
    [story],
    ([told]) =>
      Effect.gen(function* () {
        const servers = [yield* Directory, yield* anotherServer]
        const tenant = yield* Effect.flatMap(newTenant(), (tenant) => tenant.settle(told.settings))
        yield* tenant.seed(stood)
        const answers: Array<unknown> = []
        for (const [chunk, requests] of requestsOf(told).entries()) {
          yield* TestClock.setTime(timeOf(chunk))
          for (const [i, request] of requests.entries()) {
            // Twice the one, twice the other: each finds what it left, and what it did not.
            const server = servers[Math.floor(i / 2) % 2]
            if (server !== undefined) {
              answers.push(plainAnswer(yield* server.submit(tenant.organization.id, request)))
            }
          }
        }
        const expected = tellInMemory(told, (requests) => requests.map((request) => [request]))
        assert.deepStrictEqual({ answers, after: yield* tenant.read }, expected)
      }).pipe(Effect.scoped),
    { timeout: 120_000, arbitrary: { runs: 25 } }
  )

  it.effect("ABUSE-1, ABUSE-6: three servers that write to one organisation at once lose nothing and number all", () =>
    Effect.gen(function* () {
      const servers = [yield* Directory, yield* anotherServer, yield* anotherServer]
      const tenant = yield* newTenant()
      const ids = Array.from({ length: 60 }, () => UserId.make(SecureRandom.uuidV4Unsafe()))
      const group = yield* tenant.createGroup({ displayName: "Robotics" })
      const submitTo = (i: number, command: Command) =>
        servers[i % 3]?.submit(tenant.organization.id, tenant.request(command)) ?? Effect.die(new Error("no server"))
      const create = (newId: UserId, userName: string): Command => ({
        _tag: "CreateUser",
        newId,
        input: { attributes: { userName }, cleared: [], notes: [] }
      })
      const atOnce = { concurrency: "unbounded" } as const
      yield* Effect.all(
        ids.map((id, i) => submitTo(i, create(id, `p${i}`))),
        atOnce
      )
      const same = yield* Effect.all(
        ids.map((_, i) => submitTo(i, create(UserId.make(SecureRandom.uuidV4Unsafe()), "ada"))),
        atOnce
      )
      assert.strictEqual(same.filter(({ _tag }) => _tag === "Done").length, 1)
      yield* Effect.all(
        ids.map((id, i) => {
          const body = { Operations: [{ op: "add", path: "members", value: [{ value: id }] }] }
          const patch = Result.getOrThrow(readPatch(resourceTypes.group, body))
          return submitTo(i, { _tag: "PatchGroup", id: GroupId.make(group.id), patch, ifMatch: undefined })
        }),
        atOnce
      )
      const { events, groups, members, users } = yield* tenant.read
      assert.deepStrictEqual(members[0]?.[1], ids.toSorted())
      assert.strictEqual(groups[0]?.version, 61)
      assert.strictEqual(users.length, 61)
      assert.deepStrictEqual(
        events.slice(-60).map(({ event }) => "version" in event && event.version),
        ids.map((_, i) => i + 2)
      )
      yield* assertInOrder(tenant)
    }).pipe(Effect.scoped)
  )
}

for (const [kind, database] of databases)
  directoryContract(kind, adapters(database), (it) => {
    eventContract(it)
    sqlContract(it)
    serversContract(it)
  })
