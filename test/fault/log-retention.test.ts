import { assert, layer as suite } from "@effect/vitest"
import { makeShortenLogs } from "@rollcall/delivery/LogRetention"
import { Directory } from "@rollcall/domain/directory/Directory"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import * as Database from "@rollcall/sql/Database"
import * as LogStore from "@rollcall/sql/LogStore"
import * as OrganizationStore from "@rollcall/sql/OrganizationStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { Clock, ConfigProvider, Context, Effect, Fiber, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { createDatabase } from "../support/Postgres.ts"

type Ports = Directory | ProvisioningLog | Organizations

/** The servers that share a database, each with connections of its own. */
class Replicas extends Context.Service<Replicas, ReadonlyArray<Context.Context<Ports>>>()("test/Replicas") {}

const replica = (variables: Record<string, string>) =>
  Layer.build(
    Layer.mergeAll(
      layerSqlDirectory(makeResourceTypes(defaultExtensionUserUrn)),
      LogStore.layer(),
      OrganizationStore.layer
    ).pipe(
      Layer.provide([Layer.fresh(Database.layer()), SecureRandom.layerWebCrypto, Digest.layerWebCrypto]),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))
    )
  )

const onPostgres = Layer.effect(
  Replicas,
  Effect.gen(function* () {
    const { url } = yield* Effect.acquireRelease(Effect.promise(createDatabase), (made) => Effect.promise(made.drop))
    return yield* Effect.forEach([1, 2, 3], () => replica({ DATABASE_URL: url }))
  })
)

const onEmbedded = Layer.effect(
  Replicas,
  Effect.map(replica({ DATA_DIR: "memory:" }), (one) => [one])
)

const day = 24 * 60 * 60 * 1000

/** A clock that shows one time, in milliseconds, and lets sleepers sleep. */
const stoppedAt = (clock: Clock.Clock, at: number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => at,
  currentTimeMillis: Effect.succeed(at),
  currentTimeNanosUnsafe: () => BigInt(at) * 1_000_000n,
  currentTimeNanos: Effect.succeed(BigInt(at) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

const old = 2_400
const young = 30

for (const [name, layer] of [
  ["three servers on PostgreSQL 15", onPostgres],
  ["one server on the embedded database", onEmbedded]
] as const) {
  suite(Layer.orDie(layer), { timeout: "60 seconds", excludeTestServices: true })(
    `R-LOG-2: the log's retention by ${name}`,
    (it) => {
      it.effect("removes every old entry once and no young one, while others are being written", () =>
        Effect.gen(function* () {
          const replicas = yield* Replicas
          const first = replicas[0] ?? (yield* Effect.die("no server"))
          const organizations = Context.get(first, Organizations)
          const log = Context.get(first, ProvisioningLog)
          const made = yield* Effect.forEach(["acme", "bolt"], (subdomain) =>
            organizations.create({
              subdomain: Subdomain.make(subdomain),
              name: subdomain,
              timeZone: "UTC",
              scimEnabled: true,
              settings: presets.product
            })
          )
          const write = (count: number) =>
            Effect.forEach(
              made.flatMap(({ id }) => Array.from({ length: count }, () => id)),
              (id, i) =>
                Context.get(first, Directory).submit(id, {
                  command: { _tag: "Refuse", error: badRequest("invalidValue", "Not so.") },
                  requestId: `r${i}`,
                  actor: { keyId: "k1", keyLabel: "IdP", client: "test" },
                  line: "POST /Users",
                  size: 10,
                  receivedAt: 0
                }),
              { concurrency: "unbounded", discard: true }
            )
          yield* write(old)
          const between = (yield* Clock.currentTimeMillis) + 1
          while ((yield* Clock.currentTimeMillis) < between) yield* Effect.yieldNow
          yield* write(young)
          const clock = yield* Effect.map(Clock.Clock, (now) => stoppedAt(now, between + 400 * day))
          const jobs = yield* Effect.forEach(replicas, (context) =>
            Effect.provide(makeShortenLogs, context).pipe(
              Effect.flatMap((shortenLogs) => shortenLogs(400)),
              Effect.provideService(Clock.Clock, clock),
              Effect.forkChild
            )
          )
          const writing = yield* Effect.forkChild(write(young))
          const removed = yield* Fiber.joinAll(jobs)
          yield* Fiber.join(writing)
          assert.strictEqual(
            removed.reduce((sum, count) => sum + count, 0),
            2 * old
          )
          for (const { id } of made) {
            const { entries } = yield* log.search(id, { limit: 10_000 })
            assert.deepStrictEqual(
              entries.map(({ sequence }) => sequence),
              Array.from({ length: 2 * young }, (_, i) => old + 2 * young - i)
            )
          }
        })
      )
    }
  )
}
