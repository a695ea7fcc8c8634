import { Occasion } from "@rollcall/domain/mail/Occasion"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { MailState } from "@rollcall/domain/mail/OutboxMail"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"
import { from, fromOf, useCaseError } from "./RemoteCaller.ts"

const Time = Schema.UndefinedOr(Schema.Number)
const Mail = Schema.Struct({
  key: Schema.String,
  user: UserId,
  occasion: Occasion,
  state: MailState,
  messageId: Schema.String,
  recipient: Schema.UndefinedOr(Schema.String),
  owedAt: Schema.Number,
  attempts: Schema.Int,
  firstAttemptAt: Time,
  lastAttemptAt: Time,
  dueAt: Time,
  endedAt: Time,
  error: Schema.UndefinedOr(Schema.String)
})
const Body = Schema.Struct({ subject: Schema.String, text: Schema.String, html: Schema.String })
const Query = Schema.Struct({
  state: Schema.optionalKey(MailState),
  user: Schema.optionalKey(UserId),
  after: Schema.optionalKey(Schema.String),
  count: Schema.Int
})
const state = Schema.Literals(["failed", "givenUp", "kept"])
const key = Schema.String

/** The use cases of {@link OutboxAdministration} as calls of the operator, one a method. */
export const outboxRpcs = RpcGroup.make(
  Rpc.make("list", {
    payload: { ...from, query: Query },
    success: Schema.Struct({ mails: Schema.Array(Mail), next: Schema.UndefinedOr(Schema.String) }),
    error: StoreUnavailable
  }),
  Rpc.make("show", {
    payload: { ...from, key },
    success: Schema.Struct({ mail: Mail, preview: Schema.UndefinedOr(Body) }),
    error: useCaseError
  }),
  Rpc.make("resend", { payload: { ...from, key }, success: Mail, error: useCaseError }),
  Rpc.make("count", { payload: { ...from, state }, success: Schema.Int, error: StoreUnavailable }),
  Rpc.make("resendAll", { payload: { ...from, state }, success: Schema.Int, error: useCaseError })
).prefix("outbox.")

/** What the server does for each call. */
export const outboxHandlers = outboxRpcs.toLayer(
  Effect.map(OutboxAdministration, (outbox) =>
    outboxRpcs.of({
      "outbox.list": ({ organization, query, ...request }) => outbox.list(operatorCaller(organization, request), query),
      "outbox.show": ({ key, organization, ...request }) => outbox.show(operatorCaller(organization, request), key),
      "outbox.resend": ({ key, organization, ...request }) => outbox.resend(operatorCaller(organization, request), key),
      "outbox.count": ({ organization, state, ...request }) =>
        outbox.count(operatorCaller(organization, request), state),
      "outbox.resendAll": ({ organization, state, ...request }) =>
        outbox.resendAll(operatorCaller(organization, request), state)
    })
  )
)

/** The use cases, answered by the server. */
export const remoteOutboxAdministration = (client: RemoteClient<typeof outboxRpcs>): OutboxAdministration["Service"] =>
  OutboxAdministration.of({
    list: (caller, query) => answered("read", client["outbox.list"]({ ...fromOf(caller), query })),
    show: (caller, key) => answered("read", client["outbox.show"]({ ...fromOf(caller), key })),
    resend: (caller, key) => answered("save", client["outbox.resend"]({ ...fromOf(caller), key })),
    count: (caller, state) => answered("read", client["outbox.count"]({ ...fromOf(caller), state })),
    resendAll: (caller, state) => answered("save", client["outbox.resendAll"]({ ...fromOf(caller), state }))
  })
