import type { Caller } from "@rollcall/domain/directory/Caller"
import { Directory } from "@rollcall/domain/directory/Directory"
import { refuse, submit } from "@rollcall/domain/directory/Submission"
import { organizationSubject } from "@rollcall/domain/organization/decideOrganization"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Context, Effect, Layer, type Types } from "effect"
import { ApiCaller, ApiRecords, RecordedAs } from "../api/ApiAccess.ts"
import { InvalidRequest, isProblem, type Problem } from "../api/Problem.ts"
import { problemOf } from "./ApiProblem.ts"

const isRefusal = (error: unknown): error is Problem => isProblem(error) && error.status >= 400 && error.status < 500

/**
 * Writes what was asked for before it is done, and what it was refused with after. The entry comes first: what is sent
 * again and nobody knows who asked for it would be worse than an entry of what then failed.
 */
export const layerApiRecords: Layer.Layer<ApiRecords, never, Directory> = Layer.effect(
  ApiRecords,
  Effect.map(Directory, (directory) => {
    const logged = ({ detail, status }: Problem, caller: Caller) =>
      refuse(directory, caller, new ScimError({ status, detail }))
    return ApiRecords.of((handled, { endpoint }) =>
      Effect.gen(function* () {
        const text = Context.get(endpoint.annotations, RecordedAs)
        if (text === undefined) return yield* handled
        const { caller } = yield* ApiCaller
        const subject = { type: "Organization", id: organizationSubject, name: caller.organization.name } as const
        yield* Effect.mapError(submit(directory, caller, { _tag: "Record", subject, text }), (error) =>
          problemOf(error, caller.requestId)
        )
        return yield* Effect.catch(handled, (error): Effect.Effect<never, Types.unhandled | Problem> => {
          const problem: unknown = error
          if (!isRefusal(problem)) return Effect.fail(error)
          return Effect.flatMap(Effect.flip(logged(problem, caller)), (refusal) =>
            Effect.fail(withCase(problem, problemOf(refusal, caller.requestId)))
          )
        })
      })
    )
  })
)

/** The problem with the case code of its entry; one with facts of its own keeps them. */
const withCase = (problem: Problem, told: Problem): Problem => {
  if (problem._tag === "InvalidRequest" && told._tag === "InvalidRequest") {
    const { errors } = problem
    return errors === undefined ? told : new InvalidRequest({ ...told, errors })
  }
  return problem._tag === told._tag ? told : problem
}
