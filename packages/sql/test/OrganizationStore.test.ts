import { assert, layer as suite } from "@effect/vitest"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Context, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { organizationAdministrationContract } from "../../domain/test/contract/OrganizationAdministrationContract.ts"
import { organizationsContract } from "../../domain/test/contract/Organizations.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { layer as logStore } from "../src/LogStore.ts"
import { layer } from "../src/OrganizationStore.ts"
import type { ReadSql } from "../src/ReadSql.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import type { WriteSql } from "../src/WriteSql.ts"
import { databases } from "./BothDatabases.ts"

for (const [kind, database] of databases) {
  const stores = Layer.mergeAll(OrganizationAdministration.layer, layer, logStore()).pipe(
    Layer.provideMerge(layerSqlDirectory(resourceTypes)),
    Layer.provide([database, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
  )
  organizationsContract(kind, Layer.fresh(stores))
  organizationAdministrationContract(kind, Layer.fresh(stores))
}

class Servers extends Context.Service<
  Servers,
  readonly [OrganizationAdministration["Service"], OrganizationAdministration["Service"]]
>()("@rollcall/sql/test/Servers") {}

/** The administration as two servers have it on one database. */
const twoServers = (database: Layer.Layer<ReadSql | WriteSql>) => {
  const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)
  const server = OrganizationAdministration.layer.pipe(
    Layer.provide(Layer.fresh(layerSqlDirectory(resourceTypes))),
    Layer.provide(crypto)
  )
  return Layer.effect(
    Servers,
    Effect.gen(function* () {
      const build = Effect.map(Layer.build(Layer.fresh(server)), (built) =>
        Context.get(built, OrganizationAdministration)
      )
      return [yield* build, yield* build] as const
    })
  ).pipe(Layer.provideMerge(Layer.mergeAll(layer, logStore())), Layer.provideMerge(database), Layer.provide(crypto))
}

for (const [kind, database] of databases) {
  suite(twoServers(database), { timeout: "60 seconds" })(
    `two servers that administer one organisation (${kind})`,
    (it) => {
      it.effect("R-LOG-1: of what they change at once nothing is lost, and each change is in the log once", () =>
        Effect.gen(function* () {
          const organizations = yield* Organizations
          const organization = yield* organizations.create({
            subdomain: Subdomain.make(`two-${kind === "embedded" ? "e" : "p"}`),
            name: "Two",
            timeZone: "UTC",
            scimEnabled: true,
            settings: presets.product
          })
          const [one, other] = yield* Servers
          const caller = operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })
          for (let round = 0; round < 10; round++) {
            const isOn = round % 2 === 1
            yield* Effect.all(
              [
                one.configure(caller, { settings: { syncManagers: isOn } }),
                other.configure(caller, { settings: { startDates: isOn } }),
                one.configure(caller, { scimEnabled: isOn }),
                other.openReviewWindow(caller, { name: `Other ${round}`, closesAt: 9e12 }),
                one.openReviewWindow(caller, { name: `One ${round}`, closesAt: 9e12 }),
                other.issueKey(caller, { kind: "scim", label: `Key ${round}` })
              ],
              { concurrency: "unbounded" }
            )
            const found = yield* organizations.findBySubdomain(organization.subdomain)
            assert.deepInclude(found?.settings, { syncManagers: isOn, startDates: isOn })
            assert.strictEqual(found?.scimEnabled, isOn)
            assert.strictEqual(found?.reviewWindows.length, 2 * round + 2)
            assert.strictEqual((yield* organizations.listKeys(organization.id)).length, round + 1)
          }
          const { entries } = yield* (yield* ProvisioningLog).search(organization.id, { limit: 200 })
          assert.deepStrictEqual(
            entries.map(({ sequence }) => sequence),
            Array.from({ length: 60 }, (_, i) => 60 - i)
          )
          assert.isTrue(entries.every(({ entry }) => entry.outcome === "updated" || entry.outcome === "created"))
        })
      )

      it.effect("two who revoke each other's last API key at once leave one", () =>
        Effect.gen(function* () {
          const organizations = yield* Organizations
          const organization = yield* organizations.create({
            subdomain: Subdomain.make(`duel-${kind === "embedded" ? "e" : "p"}`),
            name: "Duel",
            timeZone: "UTC",
            scimEnabled: true,
            settings: presets.product
          })
          const [one, other] = yield* Servers
          const operator = operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })
          const admin = { ...operator, actor: { keyId: "k1", keyLabel: "admin", client: "test", via: "hand" as const } }
          const keys = [
            yield* one.issueKey(admin, { kind: "api", label: "one" }),
            yield* other.issueKey(admin, { kind: "api", label: "other" })
          ]
          const results = yield* Effect.all(
            keys.map(({ key }, i) => Effect.result((i === 0 ? one : other).revokeKey(admin, key.id, "api"))),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(results.map(({ _tag }) => _tag).toSorted(), ["Failure", "Success"])
        })
      )
    }
  )
}
