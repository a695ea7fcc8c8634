import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { defaultPageLimit } from "../api/ApiTypes.ts"
import type { Mail } from "../api/OutboxApi.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const viewOf = (mail: OutboxMail): typeof Mail.Type => ({
  key: mail.key,
  user: mail.user,
  occasion: mail.occasion,
  state: mail.state,
  recipient: mail.recipient ?? null,
  owedAt: mail.owedAt,
  attempts: mail.attempts,
  lastAttemptAt: mail.lastAttemptAt ?? null,
  dueAt: mail.dueAt ?? null,
  endedAt: mail.endedAt ?? null,
  error: mail.error ?? null
})

export const outboxHandlers = HttpApiBuilder.group(
  PublicApi,
  "outbox",
  Effect.fnUntraced(function* (handlers) {
    const outbox = yield* OutboxAdministration
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { limit = defaultPageLimit, user, ...query } }) {
        const { caller } = yield* ApiCaller
        const wanted = { ...query, ...(user === undefined ? {} : { user: UserId.make(user) }), count: limit }
        const { mails, next } = yield* orProblem(outbox.list(caller, wanted))
        return { items: mails.map(viewOf), next: next ?? null }
      }),
      show: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        const { mail, preview } = yield* orProblem(outbox.show(caller, params.key))
        return { ...viewOf(mail), preview: preview ?? null }
      }),
      resend: Effect.fnUntraced(function* ({ params }) {
        const { caller } = yield* ApiCaller
        return viewOf(yield* orProblem(outbox.resend(caller, params.key)))
      }),
      resendAll: Effect.fnUntraced(function* ({ payload: { confirm = false, state } }) {
        const { caller } = yield* ApiCaller
        const count = yield* orProblem(confirm ? outbox.resendAll(caller, state) : outbox.count(caller, state))
        return { count, sent: confirm }
      })
    })
  })
)
