import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect } from "effect"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

/** Whether storage answers just now: one statement that reads nothing. */
export const probeStore: Effect.Effect<void, StoreUnavailable, ReadSql> = Effect.flatMap(ReadSql, (sql) =>
  storeFailures("probe", Effect.asVoid(sql.unsafe("SELECT 1")))
)
