import { emptyOrganization } from "@rollcall/domain/directory/MemoryStore"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Effect, Layer } from "effect"
import { seedWrites } from "../../domain/test/contract/DirectoryProbe.ts"
import { DueUsersProbe, dueUsersContract } from "../../domain/test/contract/DueUsersContract.ts"
import { layer as dueUserStore } from "../src/DueUserStore.ts"
import { writeStatement } from "../src/directory/DirectoryWrite.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { databases } from "./BothDatabases.ts"

const insertOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
    review_windows, created_at)
  VALUES ($1::uuid, $2, 'Halden Robotics', $3, '{}', true, $4::jsonb, $5::jsonb, to_timestamp(0))`

const layerProbe: Layer.Layer<DueUsersProbe, never, WriteSql> = Layer.effect(
  DueUsersProbe,
  Effect.map(WriteSql, (sql) =>
    DueUsersProbe.of({
      put: Effect.fnUntraced(function* ({ id, reviewWindows, settings, timeZone }, users) {
        const params = [id, id, timeZone, JSON.stringify(settings), JSON.stringify(reviewWindows)]
        yield* Effect.orDie(sql.unsafe(insertOrganization, params))
        const writes = seedWrites(emptyOrganization(settings).state, { users })
        const types = makeResourceTypes(defaultExtensionUserUrn)
        const statement = writeStatement(id, 0, types, writes, 0)
        yield* Effect.orDie(sql.unsafe(statement.text, statement.params))
      })
    })
  )
)

for (const [kind, database] of databases) {
  dueUsersContract(kind, Layer.mergeAll(dueUserStore, layerProbe).pipe(Layer.provide(Layer.fresh(database))))
}
