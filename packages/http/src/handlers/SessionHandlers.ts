import { hashSecret } from "@rollcall/domain/organization/AccessKey"
import type { KeyHolder } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Digest } from "effect/crypto"
import { type Cookies, HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller, sessionCookie } from "../api/ApiAccess.ts"
import { NotFound } from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { type Session, Sessions, sessionLength } from "../auth/Sessions.ts"
import { ApiKeys } from "./ApiKeys.ts"

/** The rules of `__Host-` cookies: secure, of the whole host, of no domain; sent by our own pages alone. */
const cookieOptions: Cookies.Cookie["options"] = { secure: true, httpOnly: true, sameSite: "strict", path: "/" }

/** What answers with the cookie: sign-in sets it, sign-out takes it away. */
const setSessionCookie = (value: string, maxAge: number) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.orDie(HttpServerResponse.setCookie(response, sessionCookie, value, { ...cookieOptions, maxAge }))
  )

const signedIn = ({ key, organization }: KeyHolder, { csrfToken, expiresAt }: Session) => ({
  organization: { subdomain: organization.subdomain, name: organization.name },
  key: { label: key.label, scopes: key.scopes },
  expiresAt,
  csrfToken
})

export const sessionHandlers = HttpApiBuilder.group(
  PublicApi,
  "session",
  Effect.fn(function* (handlers) {
    const keys = yield* ApiKeys
    const sessions = yield* Sessions
    const digest = yield* Digest.Digest
    return handlers.handleAll({
      signIn: Effect.fnUntraced(function* ({ payload }) {
        const secret = payload.key.trim()
        const holder = yield* keys.ofSecret(secret)
        const hash = yield* Effect.provideService(hashSecret(secret), Digest.Digest, digest)
        const { session, value } = yield* sessions.issue(hash)
        yield* setSessionCookie(value, sessionLength)
        return signedIn(holder, session)
      }),
      signOut: () => setSessionCookie("", 0)
    })
  })
)

export const currentSessionHandlers = HttpApiBuilder.group(
  PublicApi,
  "currentSession",
  Effect.fn(function* (handlers) {
    const sessions = yield* Sessions
    return handlers.handleAll({
      show: Effect.fnUntraced(function* () {
        const { caller, key } = yield* ApiCaller
        const cookie = (yield* HttpServerRequest.HttpServerRequest).cookies[sessionCookie]
        const session = cookie === undefined ? undefined : yield* sessions.open(cookie)
        if (session === undefined) {
          return yield* new NotFound({
            detail: "The request carries a key and no session. POST the key to this address to sign in.",
            requestId: caller.requestId
          })
        }
        return signedIn({ key, organization: caller.organization }, session)
      })
    })
  })
)
