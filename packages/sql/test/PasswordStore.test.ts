import { assert, layer as suite } from "@effect/vitest"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Passwords } from "@rollcall/domain/user/Passwords"
import { UserId } from "@rollcall/domain/user/UserId"
import { userKeys } from "@rollcall/domain/user/UserKeys"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { passwordLinksContract, redeem } from "../../domain/test/contract/PasswordLinksContract.ts"
import { cheapHash, PasswordProbe, personOf } from "../../domain/test/contract/PasswordProbe.ts"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import * as LogStore from "../src/LogStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { layerPasswordLinks, layerPasswords } from "../src/PasswordStore.ts"
import { ReadSql } from "../src/ReadSql.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { databases, layerPostgres } from "./BothDatabases.ts"

const putPerson = `INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key,
    email_key, version, created_at, last_modified_at, deleted_at)
  VALUES ($1::uuid, $2::uuid, $3, $4, $5::jsonb, '{}', 'scim', $6, $7, 1, to_timestamp(0), to_timestamp(0),
    to_timestamp($8::float8 / 1000))
  ON CONFLICT (organization_id, id) DO UPDATE SET resource = excluded.resource, search = excluded.search,
    email_key = excluded.email_key, deleted_at = excluded.deleted_at`

const syncPassword = `INSERT INTO user_password (organization_id, user_id, hash, synced_hash, set_at, set_by)
  VALUES ($1::uuid, $2::uuid, $3, $3, to_timestamp(0), 'scim')
  ON CONFLICT (organization_id, user_id) DO UPDATE SET hash = excluded.hash, synced_hash = excluded.synced_hash,
    set_at = excluded.set_at, set_by = excluded.set_by`

const layerProbe = Layer.effect(
  PasswordProbe,
  Effect.map(WriteSql, (sql) =>
    PasswordProbe.of({
      put: (organization, user) => {
        const keys = userKeys(user.attributes)
        const active = user.attributes.active
        return Effect.orDie(
          sql.unsafe(putPerson, [
            organization,
            user.id,
            user.number,
            JSON.stringify(user.attributes),
            JSON.stringify(active === undefined ? {} : { active }),
            keys.userName,
            keys.email ?? null,
            user.deletedAt ?? null
          ])
        )
      },
      sync: (organization, user, hash) => Effect.orDie(sql.unsafe(syncPassword, [organization, user, hash]))
    })
  )
)

const layerServices = Layer.mergeAll(
  layerPasswords,
  layerPasswordLinks,
  OwnPassword.layer,
  LogStore.layer(),
  OrganizationStore.layer,
  layerProbe
).pipe(
  Layer.provide(layerSqlDirectory(resourceTypes)),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

for (const [kind, database] of databases) {
  passwordLinksContract(kind, Layer.provide(layerServices, database))
}

/** A link of somebody, and what the directory does to them meanwhile in a transaction that is not committed yet. */
const changedMeanwhile = (statement: string) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const reading = yield* ReadSql
    const organizations = yield* Organizations
    const probe = yield* PasswordProbe
    const links = yield* PasswordLinks
    const { id } = yield* organizations.create({
      subdomain: Subdomain.make(`m${SecureRandom.uuidV4Unsafe().slice(0, 12)}`),
      name: "Mill",
      timeZone: "UTC",
      scimEnabled: true,
      settings: presets.product
    })
    const user = personOf(UserId.make(SecureRandom.uuidV4Unsafe()), "ilka@mill.example", 1)
    yield* probe.put(id, user)
    const { token } = yield* links.issue(id, user.id, "set", "ilka@mill.example")
    const begun = yield* Deferred.make<void>()
    // Outside the transaction, whose connection it would share otherwise.
    const redeeming = yield* Effect.forkChild(Effect.andThen(Deferred.await(begun), redeem(token, cheapHash("late"))))
    const waiting = Effect.map(
      reading.unsafe("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
      (rows) => rows.length > 0
    )
    yield* Effect.gen(function* () {
      // As another server's directory does: the organisation's row first.
      yield* sql.unsafe("UPDATE organization SET revision = revision + 1 WHERE organization_id = $1", [id])
      yield* sql.unsafe(statement, [id, user.id])
      yield* Deferred.succeed(begun, undefined)
      // Either it waits for this transaction, or it has not noticed it and is done.
      while (!(yield* waiting) && redeeming.pollUnsafe() === undefined) yield* Effect.yieldNow
    }).pipe(sql.withTransaction)
    assert.isFalse(yield* Fiber.join(redeeming))
    assert.isUndefined(yield* (yield* Passwords).find(id, user.id))
  })

suite(Layer.provideMerge(layerServices, Layer.fresh(layerPostgres)), { timeout: "60 seconds" })(
  "a link that is used while its person changes (PostgreSQL 15)",
  (it) => {
    it.effect("waits for the change, and is dead where that took the e-mail (ABUSE-19)", () =>
      changedMeanwhile(`UPDATE user_account SET email_key = 'x@mill.example',
         resource = replace(resource, 'ilka@', 'x@') WHERE organization_id = $1 AND id = $2`)
    )
    it.effect("waits for the change, and is dead where that deactivated the person (ABUSE-19)", () =>
      changedMeanwhile(`UPDATE user_account SET search = '{"active":false}',
         resource = replace(resource, '"active":true', '"active":false') WHERE organization_id = $1 AND id = $2`)
    )
  }
)
