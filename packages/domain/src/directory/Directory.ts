import { Context, type Effect, Schema } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { Answer } from "./Answer.ts"
import type { Request } from "./Command.ts"

/** The organisation's queue is full: the HTTP edge makes it 429 with `Retry-After`. Nothing was written. */
export class DirectoryBusy extends Schema.TaggedError<DirectoryBusy>()("DirectoryBusy", {
  /** After how many seconds it makes sense to come again. */
  retryAfter: Schema.Int
}) {}

/**
 * One hand per organisation (port): every write to an organisation goes through here.
 *
 * Requests of one organisation are decided one after another, whichever server they came to; each sees what those
 * before it did, and is answered once its state, its log entry and its events are durable, written together or not at
 * all. A refused request leaves nothing but its log entry, and no trace on its neighbours. Requests of one caller
 * that are submitted one after the other are decided in that order. Once taken, a request is carried out even where
 * its caller goes away. After `StoreUnavailable` it may have been: a connection can be lost while a commit is confirmed.
 */
export class Directory extends Context.Service<
  Directory,
  {
    submit(organization: OrganizationId, request: Request): Effect.Effect<Answer, StoreUnavailable | DirectoryBusy>
    /**
     * Requests that belong together: carried out in one transaction, or not at all; answered in their order. What others
     * submit meanwhile waits for no more than the transaction that is on its way. A defect of one is a defect of all.
     */
    submitTogether(
      organization: OrganizationId,
      requests: ReadonlyArray<Request>
    ): Effect.Effect<ReadonlyArray<Answer>, StoreUnavailable | DirectoryBusy>
  }
>()("@rollcall/domain/directory/Directory") {}
