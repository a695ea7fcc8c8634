import type { Caller } from "@rollcall/domain/directory/Caller"
import type { AccessKey, KeyScope } from "@rollcall/domain/organization/AccessKey"
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { problems } from "./Problem.ts"

/** Who asks the Public API, for which organisation: what every handler has. */
export class ApiCaller extends Context.Service<
  ApiCaller,
  {
    readonly key: Pick<AccessKey, "id" | "kind" | "label" | "scopes">
    /** Whom commands are submitted for; its actor writes by hand. */
    readonly caller: Caller
  }
>()("@rollcall/http/api/ApiCaller") {}

/** The name of the cookie that a key is turned into for the console. */
export const sessionCookie = "__Host-rollcall-session"

/** The header in which requests of a session that change something show its token. */
export const csrfHeader = "x-csrf-token"

/**
 * Which scopes an endpoint is open to besides `admin`, which may do everything. Nothing is open to a key that no one has
 * opened it to.
 */
export const OpenTo = Context.Reference<ReadonlyArray<KeyScope>>("@rollcall/http/api/OpenTo", {
  defaultValue: () => []
})

/** Knows the caller by an API key or by the console's session, and lets in whose scopes allow the endpoint (R-API, R-ORG-3). */
export class ApiAccess extends HttpApiMiddleware.Service<ApiAccess, { provides: ApiCaller; requires: ApiRequest }>()(
  "@rollcall/http/api/ApiAccess",
  {
    security: {
      key: HttpApiSecurity.bearer,
      session: HttpApiSecurity.apiKey({ in: "cookie", key: sessionCookie })
    },
    error: problems
  }
) {}

/** Whether what an endpoint answers with is shown once, such as a new key: it is never kept to be repeated. */
export const AnswersSecret = Context.Reference<boolean>("@rollcall/http/api/AnswersSecret", {
  defaultValue: () => false
})

/**
 * Whether a POST only asks, and changes nothing: an `Idempotency-Key` on it is not looked at, so that each answer says what
 * is so now, and nothing of the body is kept, not even its hash; it may be a password.
 */
export const OnlyAsks = Context.Reference<boolean>("@rollcall/http/api/OnlyAsks", {
  defaultValue: () => false
})

/**
 * Carries a POST with an `Idempotency-Key` out once: the same request under the same key is answered with the same for 24
 * hours, another one is refused. What was refused changed nothing, and may come again under its key.
 */
export class ApiRepeats extends HttpApiMiddleware.Service<ApiRepeats, { requires: ApiCaller }>()(
  "@rollcall/http/api/ApiRepeats",
  { error: problems }
) {}

/**
 * What the log says where an endpoint does something that no command of the directory does, such as sending again: a
 * sentence about the request. The others leave their entries themselves.
 */
export const RecordedAs = Context.Reference<string | undefined>("@rollcall/http/api/RecordedAs", {
  defaultValue: () => undefined
})

/** Leaves an entry in the log for requests to endpoints that are {@link RecordedAs} something (R-LOG-1). */
export class ApiRecords extends HttpApiMiddleware.Service<ApiRecords, { requires: ApiCaller }>()(
  "@rollcall/http/api/ApiRecords",
  { error: problems }
) {}

/** What goes around every request of the Public API: its id, the server's log, the limits, problems in one form. */
export class ApiRequests extends HttpApiMiddleware.Service<ApiRequests, { provides: ApiRequest }>()(
  "@rollcall/http/api/ApiRequests",
  { error: problems }
) {}

/** The request as it is known from the first moment. */
export class ApiRequest extends Context.Service<
  ApiRequest,
  {
    readonly requestId: string
    /** When it came in, in milliseconds. */
    readonly receivedAt: number
  }
>()("@rollcall/http/api/ApiRequest") {}
