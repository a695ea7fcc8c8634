import { Context, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql"
import { ReadSql } from "../src/ReadSql.ts"
import type { WriteSql } from "../src/WriteSql.ts"

/** A statement that a store sent. */
export interface Sent {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

/** The statements that stores sent since they were last taken. */
export class SentStatements extends Context.Service<SentStatements, { readonly take: Effect.Effect<Array<Sent>> }>()(
  "@rollcall/sql/test/SentStatements"
) {}

/** A database whose reads are written down. */
export const spied = (database: Layer.Layer<ReadSql | WriteSql>): Layer.Layer<ReadSql | WriteSql | SentStatements> =>
  Layer.effectContext(
    Effect.map(ReadSql, (sql) => {
      let sent: Array<Sent> = []
      const take = Effect.sync(() => {
        const taken = sent
        sent = []
        return taken
      })
      const spy: SqlClient.SqlClient = new Proxy(sql, {
        get: (client, name) =>
          name === "unsafe"
            ? (text: string, params: ReadonlyArray<unknown> = []) => {
                sent.push({ text, params })
                return client.unsafe(text, params)
              }
            : Reflect.get(client, name)
      })
      return Context.make(ReadSql, spy).pipe(Context.add(SentStatements, { take }))
    })
  ).pipe(Layer.provideMerge(database))
