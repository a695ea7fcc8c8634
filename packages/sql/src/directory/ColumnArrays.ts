import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

/** A typed array parameter: one column of many rows, sent as one value. */
const column = (oid: number) => (values: ReadonlyArray<unknown>) => Result.getOrThrow(PgTypes.array(values, oid))

export const uuids = column(PgTypes.OID.uuid)
export const texts = column(PgTypes.OID.text)
export const ints = column(PgTypes.OID.int4)
export const doubles = column(PgTypes.OID.float8)
export const booleans = column(PgTypes.OID.bool)
export const bigints = (values: ReadonlyArray<number>) => column(PgTypes.OID.int8)(values.map(BigInt))
