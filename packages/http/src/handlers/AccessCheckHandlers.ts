import { caseCodeIn } from "@rollcall/domain/log/CaseCode"
import { type Access, signInWay } from "@rollcall/domain/user/Access"
import { AccessCheck } from "@rollcall/domain/user/AccessCheck"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import { TooManyRequests } from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { orProblem } from "./ApiProblem.ts"

const whom = (person: Access["person"]) => (person === null ? null : { id: person.id, userId: person.number })

export const accessCheckHandlers = HttpApiBuilder.group(
  PublicApi,
  "accessCheck",
  Effect.fnUntraced(function* (handlers) {
    const accessCheck = yield* AccessCheck
    return handlers.handleAll({
      check: Effect.fnUntraced(function* ({ payload }) {
        const { organization } = (yield* ApiCaller).caller
        const access = yield* orProblem(accessCheck.check(organization.id, payload.email))
        return {
          maySignIn: access.allowed,
          mayBeNotified: access.allowed,
          reason: access.refusal,
          startsOn: access.startsOn,
          signIn: signInWay(organization),
          person: whom(access.person)
        }
      }),
      password: Effect.fnUntraced(function* ({ payload }) {
        const { caller } = yield* ApiCaller
        const { requestId } = caller
        const answer = yield* accessCheck.checkPassword(caller, payload.email, payload.password).pipe(
          Effect.catchTag("TooManyAttempts", ({ detail, retryAfter }) => {
            const caseCode = caseCodeIn(detail)
            const told = caseCode === undefined ? {} : { caseCode }
            return Effect.fail(new TooManyRequests({ detail, requestId, retryAfter, ...told }))
          }),
          Effect.catchTag("StoreUnavailable", (error) => orProblem(Effect.fail(error)))
        )
        return {
          maySignIn: answer.allowed,
          reason: answer.refusal,
          startsOn: answer.startsOn,
          signIn: signInWay(caller.organization),
          person: whom(answer.person)
        }
      })
    })
  })
)
