import { PeopleLookup } from "@rollcall/domain/directory/PeopleLookup"
import { Effect, Layer } from "effect"
import { loadNeeds } from "./directory/DirectoryLoad.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

/** Finding people by references, by one statement with one branch for each kind of key. */
export const layer: Layer.Layer<PeopleLookup, never, ReadSql> = Layer.effect(
  PeopleLookup,
  Effect.map(ReadSql, (sql) =>
    PeopleLookup.of({
      find: (organization, needs) => storeFailures("read", loadNeeds(sql, organization, needs))
    })
  )
)
