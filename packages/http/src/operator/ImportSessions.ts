import type { CsvRecord, CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import {
  type ImportError,
  type ImportEvent,
  type Importer,
  type ImportOptions,
  UserImport
} from "@rollcall/domain/csv/UserImport"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { type Cause, Clock, Context, Effect, Fiber, Layer, Queue, Schema, Stream } from "effect"
import { SecureRandom } from "effect/crypto"

/** What the rows of a file are about. */
export const ImportedKind = Schema.Literals(["users", "groupTypes"])

/** What begins a session. */
export interface OpenedImport {
  readonly kind: typeof ImportedKind.Type
  readonly importer: Importer
  /** What people call the file. */
  readonly name: string
  readonly fingerprint: string | undefined
  /** Undefined: only what the rows say that the directory does not is told (`UserImport.preview`). */
  readonly options: ImportOptions | undefined
}

/** Why a file ended before its end. */
export type FileFailure = CsvUnreadable | StoreUnavailable

/** What rows came to since it was asked last, and why the import ended, where it did before the end of the file. */
export interface ToldRows {
  readonly events: ReadonlyArray<ImportEvent>
  readonly failure: ImportError | undefined
}

interface Session {
  readonly input: Queue.Queue<ReadonlyArray<CsvRecord>, FileFailure | Cause.Done>
  readonly running: Fiber.Fiber<void>
  /** What was not asked for yet. */
  readonly events: Array<ImportEvent>
  failure: ImportError | undefined
  usedAt: number
}

/** Whoever sends nothing for so long has gone away, in milliseconds. */
const patience = 2 * 60 * 1_000

/**
 * Imports whose file comes in parts, from a command line that has it: each part goes in, and what earlier ones came to comes
 * back. A session lives in this process; one that is left, or lost with its process, is gone on with like any import that was
 * ended, by sending the file again from its beginning.
 */
export class ImportSessions extends Context.Service<
  ImportSessions,
  {
    open(opened: OpenedImport): Effect.Effect<string>
    /** Takes a part of the file as soon as there is room for it. */
    feed(session: string, records: ReadonlyArray<CsvRecord>): Effect.Effect<ToldRows, StoreUnavailable>
    /** The file is complete, or will not be: what went in of it is carried out, and all that remains is told. */
    finish(session: string, failure: FileFailure | undefined): Effect.Effect<ToldRows, StoreUnavailable>
    /** Ends the session after the batch that is on its way. */
    abandon(session: string): Effect.Effect<void>
  }
>()("@rollcall/http/operator/ImportSessions") {
  static readonly layer: Layer.Layer<ImportSessions, never, UserImport | GroupTypeImport | SecureRandom.SecureRandom> =
    Layer.effect(
      ImportSessions,
      Effect.gen(function* () {
        const imports = yield* UserImport
        const groupTypes = yield* GroupTypeImport
        const random = yield* SecureRandom.SecureRandom
        const scope = yield* Effect.scope
        const sessions = new Map<string, Session>()

        const abandon = (id: string) =>
          Effect.suspend(() => {
            const session = sessions.get(id)
            sessions.delete(id)
            return session === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(session.running))
          })

        /** The session that is meant, from now on in use again. */
        const found = Effect.fnUntraced(function* (id: string) {
          const session = sessions.get(id)
          if (session === undefined) return yield* new StoreUnavailable({ operation: "import: the session has ended" })
          session.usedAt = yield* Clock.currentTimeMillis
          return session
        })

        const watch = (id: string): Effect.Effect<void> =>
          Effect.gen(function* () {
            yield* Effect.sleep(patience)
            const session = sessions.get(id)
            if (session === undefined) return
            const isLeft = (yield* Clock.currentTimeMillis) - session.usedAt >= patience
            return yield* isLeft ? abandon(id) : watch(id)
          })

        return ImportSessions.of({
          abandon,
          open: Effect.fnUntraced(function* ({ fingerprint, importer, kind, name, options }) {
            const id = yield* random.uuidV4()
            const input = yield* Queue.bounded<ReadonlyArray<CsvRecord>, FileFailure | Cause.Done>(1)
            const records = Stream.flattenIterable(Stream.fromQueue(input))
            const events: Array<ImportEvent> = []
            const source = { name, fingerprint, records }
            const rows: Stream.Stream<ImportEvent, ImportError> =
              kind === "groupTypes"
                ? groupTypes.run(importer, source, { dryRun: options?.dryRun ?? true })
                : options === undefined
                  ? imports.preview(importer, source)
                  : imports.run(importer, source, options)
            const running = yield* rows.pipe(
              Stream.runForEach((event) => Effect.sync(() => events.push(event))),
              Effect.catch((failure) =>
                Effect.sync(() => {
                  const session = sessions.get(id)
                  if (session !== undefined) session.failure = failure
                })
              ),
              Effect.forkIn(scope)
            )
            const usedAt = yield* Clock.currentTimeMillis
            sessions.set(id, { input, running, events, failure: undefined, usedAt })
            yield* Effect.forkIn(watch(id), scope)
            return id
          }),
          feed: Effect.fnUntraced(function* (id, records) {
            const session = yield* found(id)
            // A run that has failed takes nothing more.
            yield* Effect.raceFirst(Queue.offer(session.input, records), Fiber.join(session.running))
            return told(session)
          }),
          finish: Effect.fnUntraced(function* (id, failure) {
            const session = yield* found(id)
            yield* failure === undefined ? Queue.end(session.input) : Queue.fail(session.input, failure)
            yield* Fiber.join(session.running)
            sessions.delete(id)
            return told(session)
          })
        })
      })
    )
}

const told = (session: Session): ToldRows => ({ events: session.events.splice(0), failure: session.failure })
