import { isProblem } from "@rollcall/http/api/Problem"
import { Deferred, Effect, Layer } from "effect"
import type { HttpClient } from "effect/http"
import { Refused } from "../../Refused.ts"
import { type PeopleFile, PeopleImport, type PreparedImport } from "../PeopleImport.ts"
import { followTask } from "./followTask.ts"
import type { ServerAccess } from "./ServerAccess.ts"
import {
  type CallError,
  finalError,
  type ImportCalls,
  importCalls,
  isPassing,
  lossOf,
  patiently
} from "./ServerCalls.ts"
import { ServerRefused } from "./ServerRefused.ts"
import { note, type ServerSession } from "./ServerSession.ts"
import { sendFile } from "./sendFile.ts"

/** Nobody waits long for a server that was never there, or for one that is to be left. */
const shortly = patiently({ duration: "3 seconds", waiting: () => Effect.void })

/** So long the rows on their way may take after somebody asked to stop. */
const stopTime = "60 seconds"

/** Through a server's Public API: the file goes there in parts, the server imports it, and tells what its rows came to. */
export const layerServerImport = (access: ServerAccess): Layer.Layer<PeopleImport, never, HttpClient.HttpClient> =>
  Layer.effect(
    PeopleImport,
    Effect.gen(function* () {
      const calls = yield* importCalls(access)
      const { address } = access
      return PeopleImport.of({
        into: Effect.fnUntraced(function* (name) {
          const { columns, subdomain } = yield* Effect.mapError(shortly(calls.columns()), (error) =>
            neverThere(error, address, name)
          )
          if (name.toLowerCase() !== subdomain) {
            return yield* new Refused({
              problem: `The API key is of the organisation ${subdomain}, and --org says ${JSON.stringify(name)}`,
              remedy: "Give the organisation of the key to --org, or a key of that organisation"
            })
          }
          return { subdomain, columns: Effect.succeed(columns), prepare: (file) => preparedThere(calls, address, file) }
        })
      })
    })
  )

const neverThere = (error: CallError, address: string, subdomain: string): Refused | ServerRefused => {
  if (isPassing(error)) {
    return new Refused({
      problem: `The server at ${address} cannot be reached: ${lossOf(error)}`,
      remedy: "Check the address that --server names, and that the server runs"
    })
  }
  const refused = finalError(address, error)
  if (!isProblem(error) || error.status !== 403) return refused
  const remedy = `\`rollcall key create ${subdomain} --scope import\` makes a key that may import.`
  return new ServerRefused({ detail: `${refused.message} ${remedy}` })
}

const preparedThere = (calls: ImportCalls, address: string, file: PeopleFile): PreparedImport => {
  /** The file on the server, once nobody needs it any more. */
  let spent: string | undefined
  const remove = (id: string) => Effect.ignore(shortly(calls.removeFile({ params: { id } })))
  return {
    run: Effect.fnUntraced(function* (listener, stopped) {
      const session: ServerSession = { calls, address, file, ...listener }
      const sent = yield* untilStopped(stopped, sendFile(session))
      if (sent === undefined) return
      const { id } = sent
      const followed = followTask(session, sent).pipe(
        // Bytes that cannot be imported are not kept for whoever tries again.
        Effect.tapErrorTag("ServerRefused", () => remove(id))
      )
      const last = yield* Effect.raceFirst(followed, Effect.as(stop(session, id, stopped), undefined))
      // A dry run leaves the file for the import that follows it, one that was stopped for whoever goes on with it.
      if (last?.task?.kind === "run" && last.task.state === "ended") spent = id
    }),
    settled: Effect.suspend(() => (spent === undefined ? Effect.void : remove(spent)))
  }
}

/** What comes of it, unless somebody asks to stop before. */
const untilStopped = <A, E, R>(
  stopped: Deferred.Deferred<void>,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A | undefined, E, R> => Effect.raceFirst(effect, Effect.as(Deferred.await(stopped), undefined))

/** Once somebody asks to stop, has the server stop after the rows on their way; it ends where that does not come about. */
const stop = Effect.fnUntraced(function* (session: ServerSession, id: string, stopped: Deferred.Deferred<void>) {
  yield* Deferred.await(stopped)
  const asked = yield* Effect.result(shortly(session.calls.stop({ params: { id } })))
  // 409: it is at its end by itself.
  const isStopping = asked._tag === "Success" || (isProblem(asked.failure) && asked.failure.status === 409)
  if (isStopping) yield* Effect.sleep(stopTime)
  yield* note(session, "The server could not be stopped and goes on with the file; the same command follows it again.")
})
