import { CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import { ImportCounts, ImportId } from "@rollcall/domain/csv/ImportStep"
import { recordBatches } from "@rollcall/domain/csv/recordBatches"
import {
  type ImportError,
  type ImportEvent,
  type Importer,
  type ImportOptions,
  ImportRefused,
  type ImportSource,
  importBatch,
  UserImport
} from "@rollcall/domain/csv/UserImport"
import { Organization } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { MatchingRule } from "@rollcall/domain/user/MatchingRule"
import { Source } from "@rollcall/domain/user/User"
import { Effect, Schema, Stream } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { ImportedKind, ImportSessions, type ToldRows } from "./ImportSessions.ts"
import { answered, type RemoteClient } from "./RemoteCall.ts"

const Actor = Schema.Struct({
  keyId: Schema.String,
  keyLabel: Schema.String,
  client: Schema.String,
  via: Schema.optionalKey(Schema.Literals(Source.literals.filter((source) => source !== "scim")))
})
const Opened = {
  kind: ImportedKind,
  importer: Schema.Struct({ organization: Organization, actor: Actor, requestId: Schema.String }),
  name: Schema.String,
  fingerprint: Schema.UndefinedOr(Schema.String),
  options: Schema.UndefinedOr(
    Schema.Struct({ dryRun: Schema.Boolean, invite: Schema.Boolean, createGroups: Schema.Boolean })
  )
}
const Record = Schema.Struct({ line: Schema.Int, cells: Schema.Array(Schema.String) })

const Outcome = Schema.Struct({
  line: Schema.Int,
  outcome: Schema.Literals(["created", "revived", "updated", "unchanged", "rejected"]),
  user: Schema.UndefinedOr(
    Schema.Struct({
      id: Schema.UndefinedOr(Schema.String),
      userId: Schema.UndefinedOr(Schema.Int),
      userName: Schema.String
    })
  ),
  group: Schema.optionalKey(Schema.Struct({ id: Schema.String, name: Schema.String })),
  rule: Schema.UndefinedOr(MatchingRule),
  // What is not there is left out: in JSON it would become null, which is a value.
  changes: Schema.Array(
    Schema.Struct({
      attribute: Schema.String,
      before: Schema.optionalKey(Schema.Json),
      after: Schema.optionalKey(Schema.Json)
    })
  ),
  notes: Schema.Array(Schema.String),
  error: Schema.UndefinedOr(
    Schema.Struct({
      column: Schema.UndefinedOr(Schema.String),
      detail: Schema.String,
      caseCode: Schema.UndefinedOr(Schema.String)
    })
  ),
  cells: Schema.Array(Schema.String)
})

const Event = Schema.TaggedUnion({
  Begun: {
    import: Schema.UndefinedOr(ImportId),
    names: Schema.Array(Schema.String),
    ignored: Schema.Array(Schema.Struct({ name: Schema.String, meant: Schema.UndefinedOr(Schema.String) })),
    resumedAfter: Schema.Int,
    before: ImportCounts
  },
  Rows: { outcomes: Schema.Array(Outcome) },
  Ended: {}
})

/** An event as it is sent. */
const sent = (event: ImportEvent): typeof Event.Type =>
  event._tag !== "Rows"
    ? event
    : {
        _tag: "Rows",
        outcomes: event.outcomes.map((outcome) => ({
          ...outcome,
          changes: outcome.changes.map(({ after, attribute, before }) => ({
            attribute,
            ...(before === undefined ? {} : { before }),
            ...(after === undefined ? {} : { after })
          }))
        }))
      }

/** An event as the domain has it. */
const eventOf = (event: typeof Event.Type): ImportEvent =>
  event._tag !== "Rows"
    ? event
    : {
        _tag: "Rows",
        outcomes: event.outcomes.map((outcome) => ({
          ...outcome,
          changes: outcome.changes.map(({ after, attribute, before }) => ({ attribute, before, after }))
        }))
      }

const Failure = Schema.Union([CsvUnreadable, ImportRefused, StoreUnavailable])
const FileFailure = Schema.Union([CsvUnreadable, StoreUnavailable])
const Told = Schema.Struct({ events: Schema.Array(Event), failure: Schema.UndefinedOr(Failure) })
const session = Schema.String

/** The use cases {@link UserImport} and {@link GroupTypeImport} as calls: the file goes to the server in parts. */
export const importRpcs = RpcGroup.make(
  Rpc.make("open", { payload: Opened, success: session, error: StoreUnavailable }),
  Rpc.make("feed", {
    payload: { session, records: Schema.Array(Record) },
    success: Told,
    error: StoreUnavailable
  }),
  Rpc.make("finish", {
    payload: { session, failure: Schema.UndefinedOr(FileFailure) },
    success: Told,
    error: StoreUnavailable
  }),
  Rpc.make("abandon", { payload: { session } })
).prefix("imports.")

const toldRows = ({ events, failure }: ToldRows): typeof Told.Type => ({ events: events.map(sent), failure })

/** What the server does for each call. */
export const importHandlers = importRpcs.toLayer(
  Effect.map(ImportSessions, (sessions) =>
    importRpcs.of({
      "imports.open": (opened) => sessions.open(opened),
      "imports.feed": (part) => Effect.map(sessions.feed(part.session, part.records), toldRows),
      "imports.finish": (ended) => Effect.map(sessions.finish(ended.session, ended.failure), toldRows),
      "imports.abandon": (ended) => sessions.abandon(ended.session)
    })
  )
)

/** A file that goes to the server in parts, and what its rows came to there. */
const followRemote =
  (client: RemoteClient<typeof importRpcs>, kind: typeof ImportedKind.Type) =>
  (
    importer: Importer,
    { fingerprint, name, records }: ImportSource,
    options: ImportOptions | undefined
  ): Stream.Stream<ImportEvent, ImportError> =>
    Stream.unwrap(
      Effect.gen(function* () {
        let isComplete = false
        let failure: typeof FileFailure.Type | undefined
        const id = yield* Effect.acquireRelease(
          answered("import", client["imports.open"]({ kind, importer, name, fingerprint, options })),
          (opened) => (isComplete ? Effect.void : Effect.ignore(client["imports.abandon"]({ session: opened })))
        )
        // What was read until then goes in, as it does where the file and the database are in one place.
        const readable = Stream.catch(records, (error) => {
          failure = error
          return Stream.empty
        })
        const finish = Effect.suspend(() => {
          isComplete = true
          return answered("import", client["imports.finish"]({ session: id, failure }))
        })
        return readable.pipe(
          recordBatches(importBatch),
          Stream.mapEffect((batch) =>
            answered("import", client["imports.feed"]({ session: id, records: batch.records }))
          ),
          Stream.concat(Stream.fromEffect(finish)),
          // Why the file ended is known best where it is.
          Stream.flatMap((told) =>
            eventsIn(told.events, told.failure === undefined ? undefined : (failure ?? told.failure))
          )
        )
      })
    )

/** The use case, carried out by the server. */
export const remoteUserImport = (client: RemoteClient<typeof importRpcs>): UserImport["Service"] => {
  const told = followRemote(client, "users")
  return UserImport.of({
    run: told,
    preview: (importer, source) =>
      Stream.catchTag(told(importer, { ...source, fingerprint: undefined }, undefined), "ImportRefused", (error) =>
        Stream.die(error)
      )
  })
}

/** The import of group types, carried out by the server. */
export const remoteGroupTypeImport = (client: RemoteClient<typeof importRpcs>): GroupTypeImport["Service"] => {
  const told = followRemote(client, "groupTypes")
  return GroupTypeImport.of({
    run: (importer, source, { dryRun }) =>
      told(importer, { ...source, fingerprint: undefined }, { dryRun, invite: false, createGroups: false })
  })
}

const eventsIn = (
  events: ReadonlyArray<typeof Event.Type>,
  failure: ImportError | undefined
): Stream.Stream<ImportEvent, ImportError> => {
  const told = Stream.fromIterable(events.map(eventOf))
  return failure === undefined ? told : Stream.concat(told, Stream.fail(failure))
}
