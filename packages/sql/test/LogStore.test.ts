import { Effect, Layer } from "effect"
import { LogWriter, provisioningLogContract } from "../../domain/test/contract/ProvisioningLogContract.ts"
import { doubles, texts } from "../src/directory/ColumnArrays.ts"
import { layer } from "../src/LogStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { databases } from "./BothDatabases.ts"

const layerWriter = Layer.effect(
  LogWriter,
  Effect.map(WriteSql, (sql) =>
    LogWriter.of({
      write: (organization, entries) =>
        Effect.orDie(
          sql.unsafe(
            `INSERT INTO log_entry (organization_id, sequence, at, outcome, subject_id, entry)
             SELECT $1::uuid, sequence, to_timestamp(at / 1000), outcome, subject_id, entry
             FROM unnest($2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[])
               AS line (sequence, at, outcome, subject_id, entry)`,
            [
              organization,
              doubles(entries.map(({ sequence }) => sequence)),
              doubles(entries.map(({ entry }) => entry.at)),
              texts(entries.map(({ entry }) => entry.outcome)),
              texts(entries.map(({ entry }) => entry.subject?.id ?? null)),
              texts(entries.map(({ entry }) => JSON.stringify(entry)))
            ]
          )
        )
    })
  )
)

// A window so small that pages end within it: what is found does not depend on it.
for (const window of [5_000, 3]) {
  for (const [kind, database] of databases) {
    provisioningLogContract(
      `${kind}, looking at ${window} entries a page`,
      Layer.mergeAll(layer({ window }), layerWriter).pipe(Layer.provide(database))
    )
  }
}
