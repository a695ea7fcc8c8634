import { ReadSql } from "@rollcall/sql/ReadSql"
import { WriteSql } from "@rollcall/sql/WriteSql"
import { Context, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql"

/** A statement that Rollcall sent. */
export interface Sent {
  readonly text: string
  readonly params: ReadonlyArray<unknown>
}

/** The statements that Rollcall sent since they were last taken, those that open and end a transaction not among them. */
export class SentStatements extends Context.Service<SentStatements, { readonly take: () => ReadonlyArray<Sent> }>()(
  "rollcall/bench/SentStatements"
) {
  /** A database whose statements are written down. */
  static readonly over = <E>(
    database: Layer.Layer<ReadSql | WriteSql, E>
  ): Layer.Layer<ReadSql | WriteSql | SentStatements, E> =>
    Layer.effectContext(
      Effect.gen(function* () {
        let sent: Array<Sent> = []
        const take = () => {
          const taken = sent
          sent = []
          return taken
        }
        const spy = (sql: SqlClient.SqlClient): SqlClient.SqlClient =>
          new Proxy(sql, {
            get: (client, name) =>
              name === "unsafe"
                ? (text: string, params: ReadonlyArray<unknown> = []) => {
                    sent.push({ text, params })
                    return client.unsafe(text, params)
                  }
                : Reflect.get(client, name)
          })
        return Context.make(ReadSql, spy(yield* ReadSql)).pipe(
          Context.add(WriteSql, spy(yield* WriteSql)),
          Context.add(SentStatements, { take })
        )
      })
    ).pipe(Layer.provide(database))
}
