import { assert, layer as suite } from "@effect/vitest"
import { makeTickAll } from "@rollcall/delivery/ClockJob"
import { Directory } from "@rollcall/domain/directory/Directory"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { UserId } from "@rollcall/domain/user/UserId"
import { layer as database } from "@rollcall/sql/Database"
import { layer as dueUserStore } from "@rollcall/sql/DueUserStore"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import type { ReadSql } from "@rollcall/sql/ReadSql"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { ConfigProvider, Context, Deferred, Effect, Fiber, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { createDatabase } from "../support/Postgres.ts"
import { WallClock } from "./WallClock.ts"

const setTime = (time: string) => Effect.flatMap(WallClock, ({ set }) => set(time))

const types = makeResourceTypes(defaultExtensionUserUrn)

const configured = (env: Record<string, string>) =>
  Layer.provide(database(), ConfigProvider.layer(ConfigProvider.fromEnvRecord(env)))

const databases: Readonly<Record<string, Layer.Layer<ReadSql | WriteSql>>> = {
  embedded: Layer.orDie(configured({ DATA_DIR: "memory:" })),
  "PostgreSQL 15": Layer.unwrap(
    Effect.map(
      Effect.acquireRelease(Effect.promise(createDatabase), (made) => Effect.promise(made.drop)),
      ({ url }) => configured({ DATABASE_URL: url })
    )
  ).pipe(Layer.orDie)
}

const stores = Layer.mergeAll(dueUserStore, organizationStore).pipe(
  Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto))
)

/** Another server on the same database: a hand and a clock of its own. */
const anotherServer = Effect.gen(function* () {
  const directory = Context.get(yield* Layer.build(Layer.fresh(layerSqlDirectory(types))), Directory)
  const tickAll = yield* Effect.provideService(makeTickAll, Directory, directory)
  return { directory, tickAll }
})

const idOf = (number: number) => UserId.make(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`)

/** An organisation in Kathmandu with so many people, all to start on 10 March 2027. */
const organizationOf = Effect.fnUntraced(function* (
  subdomain: string,
  directory: Directory["Service"],
  people: number
) {
  yield* setTime("2027-03-01T09:00:00Z")
  const { id } = yield* (yield* Organizations).create({
    subdomain: Subdomain.make(subdomain),
    name: "Halden Robotics",
    timeZone: "Asia/Kathmandu",
    scimEnabled: true,
    settings: presets.product
  })
  const ids = Array.from({ length: people }, (_, i) => idOf(i + 1))
  const answers = yield* Effect.all(
    ids.map((newId, i) =>
      directory.submit(id, {
        command: {
          _tag: "CreateUser",
          newId,
          input: {
            attributes: { userName: `p${i}`, [defaultExtensionUserUrn]: { startDate: "03/10/2027" } },
            cleared: [],
            notes: []
          }
        },
        requestId: `r${i}`,
        actor: { keyId: "k", keyLabel: "k", client: "c" },
        line: "POST /Users",
        size: 1,
        receivedAt: 0
      })
    ),
    { concurrency: "unbounded" }
  )
  assert.isTrue(answers.every(({ _tag }) => _tag === "Done"))
  return { id, ids }
})

/** The people whom the clock started, one line for each event, and how many lines of the log are the clock's. */
const startsOf = Effect.fnUntraced(function* (id: string) {
  const sql = yield* WriteSql
  const events = yield* sql.unsafe<{ readonly data: string }>(
    "SELECT data FROM event WHERE organization_id = $1 AND type = 'user.started' ORDER BY sequence",
    [id]
  )
  const log = yield* sql.unsafe<{ readonly entry: string }>("SELECT entry FROM log_entry WHERE organization_id = $1", [
    id
  ])
  return {
    started: events.map(({ data }) => JSON.parse(data)).map(({ mail, user }) => `${user} ${mail}`),
    logged: log.filter(({ entry }) => JSON.parse(entry).actor.keyId === "clock").length
  }
})

for (const [kind, layer] of Object.entries(databases)) {
  suite(stores.pipe(Layer.provideMerge(Layer.fresh(layer)), Layer.provideMerge(WallClock.layer)), {
    timeout: "60 seconds",
    excludeTestServices: true
  })(`the clocks of several servers on one database (${kind})`, (it) => {
    it.effect("R-START-3: three at once start 200 due people, each exactly once", () =>
      Effect.gen(function* () {
        const [first, second, third] = [yield* anotherServer, yield* anotherServer, yield* anotherServer]
        const { id, ids } = yield* organizationOf("three-clocks", first.directory, 200)
        const tickAll = Effect.all([first.tickAll, second.tickAll, third.tickAll], { concurrency: "unbounded" })
        yield* setTime("2027-03-09T18:14:59Z")
        yield* tickAll
        assert.deepStrictEqual(yield* startsOf(id), { started: [], logged: 0 })
        // Midnight in Kathmandu.
        yield* setTime("2027-03-09T18:15:00Z")
        yield* tickAll
        const { logged, started } = yield* startsOf(id)
        assert.deepStrictEqual(
          started.toSorted(),
          ids.map((user) => `${user} startDay`)
        )
        assert.strictEqual(logged, 200)
        yield* tickAll
        assert.lengthOf((yield* startsOf(id)).started, 200)
      }).pipe(Effect.scoped, Effect.orDie)
    )

    it.effect("R-START-3: one that ends in the middle leaves the rest to the others, and none twice", () =>
      Effect.gen(function* () {
        const [first, second] = [yield* anotherServer, yield* anotherServer]
        const { id, ids } = yield* organizationOf("ending-clock", first.directory, 600)
        yield* setTime("2027-03-12T00:00:00Z")
        const { started: before } = yield* startsOf(id)
        assert.lengthOf(before, 0)
        // It ends where it comes to the second batch: the first is written, and nobody else is.
        const reached = yield* Deferred.make<void>()
        let submitted = 0
        const halfway = Directory.of({
          ...first.directory,
          submit: (organization, request) =>
            submitted++ < 256
              ? first.directory.submit(organization, request)
              : Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
        })
        const tickHalf = yield* Effect.provideService(makeTickAll, Directory, halfway)
        const ending = yield* Effect.forkChild(tickHalf)
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(ending)
        assert.lengthOf((yield* startsOf(id)).started, 256)
        yield* second.tickAll
        const { started } = yield* startsOf(id)
        assert.deepStrictEqual(
          started.toSorted(),
          ids.map((user) => `${user} startDay`)
        )
      }).pipe(Effect.scoped, Effect.orDie)
    )
  })
}
