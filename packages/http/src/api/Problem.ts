import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"

/** A value of a request that is not right: where it is, as a JSON pointer into the body or the name of a parameter. */
export const ProblemError = Schema.Struct({
  /** A JSON pointer (RFC 6901) into the body, or `query:limit`, `path:id`, `header:idempotency-key`. */
  pointer: Schema.String,
  detail: Schema.String
})
export type ProblemError = typeof ProblemError.Type

const fields = {
  /** What is wrong, where, and what to do. */
  detail: Schema.String,
  /** What support finds the request by. */
  requestId: Schema.String,
  /** What opens the entry of the log that tells of this refusal (R-LOG-3). */
  caseCode: Schema.optionalKey(Schema.String)
}

const type = <const Name extends string>(name: Name) => `urn:rollcall:problem:${name}` as const

/** The request is not of the form that the description says. */
export class InvalidRequest extends HttpApiError.Problem<InvalidRequest>()(
  "InvalidRequest",
  { type: type("invalid-request"), status: 400, title: "The request is not right" },
  { ...fields, errors: Schema.optionalKey(Schema.Array(ProblemError)) }
) {}

/** Who asks is not known. */
export class Unauthenticated extends HttpApiError.Problem<Unauthenticated>()(
  "Unauthenticated",
  { type: type("unauthenticated"), status: 401, title: "Who asks is not known" },
  fields
) {}

/** The key may not do this, or the rules do not let anybody do it now. */
export class Forbidden extends HttpApiError.Problem<Forbidden>()(
  "Forbidden",
  { type: type("forbidden"), status: 403, title: "This is not allowed" },
  fields
) {}

/** This organisation has nothing of that id. */
export class NotFound extends HttpApiError.Problem<NotFound>()(
  "NotFound",
  { type: type("not-found"), status: 404, title: "There is no such thing" },
  fields
) {}

/** What stands speaks against it: a name that is taken, a state that does not allow it. */
export class Conflict extends HttpApiError.Problem<Conflict>()(
  "Conflict",
  { type: type("conflict"), status: 409, title: "What stands speaks against it" },
  fields
) {}

/** What was asked for is no longer kept: the caller has to begin anew. */
export class Gone extends HttpApiError.Problem<Gone>()(
  "Gone",
  { type: type("gone"), status: 410, title: "What was asked for is no longer kept" },
  fields
) {}

/** The cursor is older than the events that are kept: take a new snapshot (docs/events.md). */
export class CursorExpired extends HttpApiError.Problem<CursorExpired>()(
  "CursorExpired",
  { type: type("cursor-expired"), status: 410, title: "The cursor is older than the events that are kept" },
  fields
) {}

/** The resource is no longer what the caller knew. */
export class PreconditionFailed extends HttpApiError.Problem<PreconditionFailed>()(
  "PreconditionFailed",
  { type: type("precondition-failed"), status: 412, title: "It has changed meanwhile" },
  fields
) {}

/** The body is larger than is taken. */
export class TooLarge extends HttpApiError.Problem<TooLarge>()(
  "TooLarge",
  { type: type("too-large"), status: 413, title: "The body is too large" },
  fields
) {}

/** More requests than may come. */
export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  { type: type("too-many-requests"), status: 429, title: "Too many requests" },
  {
    ...fields,
    /** After how many seconds it makes sense to come again; also in `Retry-After`. */
    retryAfter: Schema.Int
  }
) {}

/** Something here is broken. */
export class Crashed extends HttpApiError.Problem<Crashed>()(
  "Crashed",
  { type: type("crashed"), status: 500, title: "Something here is broken" },
  fields
) {}

/** The database cannot be reached just now. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()(
  "Unavailable",
  { type: type("unavailable"), status: 503, title: "The directory cannot be reached" },
  {
    ...fields,
    /** After how many seconds it makes sense to come again; also in `Retry-After`. */
    retryAfter: Schema.Int
  }
) {}

/** Every problem that any endpoint may answer with. */
export const problems = [
  InvalidRequest,
  Unauthenticated,
  Forbidden,
  NotFound,
  Conflict,
  Gone,
  CursorExpired,
  PreconditionFailed,
  TooLarge,
  TooManyRequests,
  Crashed,
  Unavailable
] as const

export type Problem = InstanceType<(typeof problems)[number]>

/** Whether an error is one of them. */
export const isProblem = Schema.is(Schema.Union(problems))
