import { ImportRefused } from "@rollcall/domain/csv/UserImport"
import type { ImportFile } from "@rollcall/http/api/ImportsApi"
import { isProblem } from "@rollcall/http/api/Problem"
import { Effect } from "effect"
import type { Refused } from "../../Refused.ts"
import type { ImportListener, PeopleFile } from "../PeopleImport.ts"
import { type CallError, finalError, type ImportCalls, lossOf, patiently } from "./ServerCalls.ts"
import type { ServerRefused } from "./ServerRefused.ts"

/** A file as a server has it. */
export type SentFile = typeof ImportFile.Type

/** One file on its way into an organisation by way of a server. */
export interface ServerSession extends ImportListener {
  readonly calls: ImportCalls
  readonly address: string
  readonly file: PeopleFile
}

/** A server that is away in the midst may be starting anew: so long it is waited for. */
const patience = "5 minutes"

/** Tells what is no event of the import. What cannot be told, as its file cannot be written, is told with the next rows. */
export const note = ({ tell }: ServerSession, text: string) => Effect.ignore(tell({ _tag: "Noted", text }))

const patientIn = (session: ServerSession) =>
  patiently({
    duration: patience,
    waiting: (error) =>
      note(session, `The server at ${session.address} cannot be reached: ${lossOf(error)}. Trying again.`)
  })

/** The answer to a call, however often it has to be made until the server is there; or why there is none. */
export const answered =
  (session: ServerSession) =>
  <A, R>(call: Effect.Effect<A, CallError, R>): Effect.Effect<A, Refused | ServerRefused, R> =>
    Effect.mapError(patientIn(session)(call), (error) => finalError(session.address, error))

/** The same of what R-ORG-7 may refuse. Whoever may not import at all was told that before. */
export const allowed =
  (session: ServerSession) =>
  <A, R>(call: Effect.Effect<A, CallError, R>): Effect.Effect<A, Refused | ServerRefused | ImportRefused, R> =>
    Effect.mapError(patientIn(session)(call), (error) =>
      isProblem(error) && error.status === 403
        ? new ImportRefused({ detail: error.detail })
        : finalError(session.address, error)
    )
