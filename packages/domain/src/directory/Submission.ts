import { Effect, Result } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { ScimError } from "../scim/ScimError.ts"
import type { Answer } from "./Answer.ts"
import type { Caller } from "./Caller.ts"
import type { Command } from "./Command.ts"
import type { Reply } from "./Decision.ts"
import type { Directory, DirectoryBusy } from "./Directory.ts"

/** Why a use case of provisioning fails. */
export type ProvisioningError = ScimError | StoreUnavailable | DirectoryBusy

type Done = Extract<Answer, { readonly _tag: "Done" }>

/** Submits a command in the name of the caller; a refusal becomes the error, with its case code. */
export const submit = (
  directory: Directory["Service"],
  caller: Caller,
  command: Command
): Effect.Effect<Done, ProvisioningError> =>
  Effect.flatMap(
    directory.submit(caller.organization.id, {
      command,
      requestId: caller.requestId,
      actor: caller.actor,
      line: caller.line,
      size: caller.size,
      receivedAt: caller.receivedAt
    }),
    (answer): Effect.Effect<Done, ScimError> =>
      answer._tag === "Done"
        ? Effect.succeed(answer)
        : answer._tag === "Refused"
          ? Effect.fail(answer.error)
          : Effect.die(new Error("Only the clock is answered that nothing was to be done"))
  )

/** Submits a command that is answered with a reply of that kind. */
export const replyTo = Effect.fnUntraced(function* <Tag extends Reply["_tag"]>(
  directory: Directory["Service"],
  caller: Caller,
  command: Command,
  tag: Tag
) {
  const { reply } = yield* submit(directory, caller, command)
  return isOf(reply, tag) ? reply : yield* Effect.die(new Error(`The reply to ${command._tag} is no ${tag}`))
})

const isOf = <Tag extends Reply["_tag"]>(reply: Reply, tag: Tag): reply is Extract<Reply, { readonly _tag: Tag }> =>
  reply._tag === tag

/**
 * Refuses a request that never became a command, with an entry in the log (R-LOG-1). Where the log cannot be written
 * just now the refusal stands all the same, without a case code.
 */
export const refuse = (
  directory: Directory["Service"],
  caller: Caller,
  error: ScimError
): Effect.Effect<never, ScimError> =>
  Effect.flatMap(Effect.result(submit(directory, { ...caller, size: 0 }, { _tag: "Refuse", error })), (result) =>
    Effect.fail(result._tag === "Failure" && result.failure instanceof ScimError ? result.failure : error)
  )

/** What was read of a request, or its refusal. */
export const orRefuse = <A>(
  directory: Directory["Service"],
  caller: Caller,
  result: Result.Result<A, ScimError>
): Effect.Effect<A, ScimError> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : refuse(directory, caller, result.failure)
