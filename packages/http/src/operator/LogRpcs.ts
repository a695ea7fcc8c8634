import type { LogEntry } from "@rollcall/domain/log/LogEntry"
import { Outcome } from "@rollcall/domain/log/LogEntry"
import { LogReading, type ToldEntry } from "@rollcall/domain/log/LogReading"
import type { LoggedEntry } from "@rollcall/domain/log/ProvisioningLog"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect, Option, Schema, Stream } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"
import { from, fromOf, useCaseError } from "./RemoteCaller.ts"

/** An entry of the log, as the database has it: JSON. */
export const SentEntry = Schema.Struct({ sequence: Schema.Int, entry: Schema.String })

export const sentEntry = ({ entry, sequence }: LoggedEntry): typeof SentEntry.Type => ({
  sequence,
  entry: JSON.stringify(entry)
})

// Both ends are of one release, and the server read it from its own database.
export const loggedEntry = ({ entry, sequence }: typeof SentEntry.Type): LoggedEntry => ({
  sequence,
  entry: JSON.parse(entry) as LogEntry
})

export const LogConditions = Schema.Struct({
  subject: Schema.optionalKey(Schema.String),
  outcome: Schema.optionalKey(Outcome),
  from: Schema.optionalKey(Schema.Number),
  to: Schema.optionalKey(Schema.Number),
  text: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String)
})

const Search = Schema.Struct({
  ...LogConditions.fields,
  after: Schema.optionalKey(Schema.Int),
  limit: Schema.Int
})

/** What an entry says, as `Told` of the domain has it. */
export const SentTold = Schema.Struct({
  caseCode: Schema.String,
  at: Schema.Number,
  outcome: Outcome,
  headline: Schema.String,
  sentences: Schema.Array(Schema.String)
})
const ToldEntryShape = Schema.Struct({ logged: SentEntry, told: SentTold })

const sentTold = ({ logged, told }: ToldEntry): typeof ToldEntryShape.Type => ({ logged: sentEntry(logged), told })
const toldEntry = ({ logged, told }: typeof ToldEntryShape.Type): ToldEntry => ({ logged: loggedEntry(logged), told })

/** The use cases of {@link LogReading} as calls of the operator. */
export const logRpcs = RpcGroup.make(
  Rpc.make("page", {
    payload: { ...from, search: Search },
    success: Schema.Struct({ entries: Schema.Array(ToldEntryShape), next: Schema.UndefinedOr(Schema.Int) }),
    error: StoreUnavailable
  }),
  Rpc.make("subject", {
    payload: { ...from, reference: Schema.String },
    success: Schema.String,
    error: useCaseError
  }),
  Rpc.make("open", { payload: { ...from, code: Schema.String }, success: ToldEntryShape, error: useCaseError })
).prefix("log.")

/** What the server does for each call. */
export const logHandlers = logRpcs.toLayer(
  Effect.map(LogReading, (reading) =>
    logRpcs.of({
      "log.page": ({ organization, search, ...request }) =>
        Effect.map(reading.page(operatorCaller(organization, request), search), ({ entries, next }) => ({
          entries: entries.map(sentTold),
          next
        })),
      "log.subject": ({ organization, reference, ...request }) =>
        reading.subjectOf(operatorCaller(organization, request), reference),
      "log.open": ({ code, organization, ...request }) =>
        Effect.map(reading.open(operatorCaller(organization, request), code), sentTold)
    })
  )
)

/** So many entries are asked for at a time. */
const pageSize = 500

/** The use cases, answered by the server. */
export const remoteLogReading = (client: RemoteClient<typeof logRpcs>): LogReading["Service"] => {
  const page: LogReading["Service"]["page"] = (caller, search) =>
    Effect.map(answered("read", client["log.page"]({ ...fromOf(caller), search })), ({ entries, next }) => ({
      entries: entries.map(toldEntry),
      next
    }))
  return LogReading.of({
    page,
    search: (caller, search) =>
      Effect.map(page(caller, search), ({ entries, next }) => ({ entries: entries.map(({ logged }) => logged), next })),
    subjectOf: (caller, reference) => answered("read", client["log.subject"]({ ...fromOf(caller), reference })),
    open: (caller, code) => Effect.map(answered("read", client["log.open"]({ ...fromOf(caller), code })), toldEntry),
    all: (caller, conditions) =>
      Stream.paginate(undefined as number | undefined, (after) =>
        page(caller, { ...conditions, ...(after === undefined ? {} : { after }), limit: pageSize }).pipe(
          Effect.map(({ entries, next }) => [entries, Option.fromUndefinedOr(next)])
        )
      )
  })
}
