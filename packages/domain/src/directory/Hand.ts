import { Cause, Effect, Exit, type Scope } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { Answer } from "./Answer.ts"
import type { Request } from "./Command.ts"
import { type Directory, DirectoryBusy } from "./Directory.ts"

/** Bounds of an organisation's queue and of one batch; sizes are characters of bodies. */
export interface HandLimits {
  readonly batchRequests: number
  readonly batchSize: number
  readonly queueRequests: number
  readonly queueSize: number
}

/** Bursts of 1,000 wait rather than be refused (R-SCIM-6); 5,000 waiting requests are some seconds of work. */
export const defaultHandLimits: HandLimits = {
  batchRequests: 256,
  batchSize: 4 * 1024 * 1024,
  queueRequests: 5_000,
  queueSize: 256 * 1024 * 1024
}

/**
 * Carries out a batch: all requests answered, in their order, or nothing done. A failure that is not
 * `StoreUnavailable` is a defect of one of them.
 */
export type RunBatch = (
  organization: OrganizationId,
  requests: ReadonlyArray<Request>
) => Effect.Effect<ReadonlyArray<Answer>, StoreUnavailable>

/** Requests that are carried out by one batch, one or several. */
interface Waiting {
  readonly requests: ReadonlyArray<Request>
  readonly size: number
  readonly answer: (exit: Exit.Exit<ReadonlyArray<Answer>, StoreUnavailable | DirectoryBusy>) => void
}

interface Queue {
  waiting: Array<Waiting>
  count: number
  size: number
}

/**
 * One hand per organisation within this process: requests wait in their organisation's queue, and one fiber takes what
 * waits as a batch, again and again until nothing does. Between processes it is the batch that isolates, by the lock
 * on the organisation's row.
 *
 * A batch that dies is run again one request at a time, so that a request which storage cannot take leaves no trace on
 * its neighbours. When the scope closes, requests already taken are carried out first (ABUSE-40).
 */
export const makeHand = Effect.fnUntraced(function* (
  run: RunBatch,
  limits: HandLimits = defaultHandLimits
): Effect.fn.Return<Directory["Service"], never, Scope.Scope> {
  const queues = new Map<OrganizationId, Queue>()
  const idle = new Set<() => void>()
  const context = yield* Effect.context<never>()
  const fork = Effect.runForkWith(context)

  const answerAll = (batch: ReadonlyArray<Waiting>, exit: Exit.Exit<ReadonlyArray<Answer>, StoreUnavailable>): void => {
    let from = 0
    for (const waiting of batch) {
      const to = from + waiting.requests.length
      if (Exit.isFailure(exit)) waiting.answer(Exit.failCause(exit.cause))
      else if (to <= exit.value.length) waiting.answer(Exit.succeed(exit.value.slice(from, to)))
      else waiting.answer(Exit.die(new Error("A batch left a request without an answer")))
      from = to
    }
  }

  const runOne = (organization: OrganizationId, waiting: Waiting) =>
    Effect.map(Effect.exit(run(organization, waiting.requests)), (exit) => answerAll([waiting], exit))

  const runAll = (organization: OrganizationId, batch: ReadonlyArray<Waiting>): Effect.Effect<void> =>
    Effect.flatMap(
      Effect.exit(
        run(
          organization,
          batch.flatMap((waiting) => waiting.requests)
        )
      ),
      (exit) => {
        if (Exit.isFailure(exit) && batch.length > 1 && Cause.hasDies(exit.cause)) {
          return Effect.forEach(batch, (waiting) => runOne(organization, waiting), { discard: true })
        }
        return Effect.sync(() => answerAll(batch, exit))
      }
    )

  /** Single requests that follow each other, up to the limits; several that belong together are a batch of their own. */
  const takeBatch = (queue: Queue): ReadonlyArray<Waiting> => {
    let taken = 0
    let count = 0
    let size = 0
    for (const next of queue.waiting) {
      const isAlone = next.requests.length > 1
      if (taken > 0 && (isAlone || count >= limits.batchRequests || size + next.size > limits.batchSize)) break
      taken++
      count += next.requests.length
      size += next.size
      if (isAlone) break
    }
    queue.count -= count
    queue.size -= size
    return queue.waiting.splice(0, taken)
  }

  const work = (organization: OrganizationId, queue: Queue): Effect.Effect<void> =>
    Effect.suspend(() => {
      const batch = takeBatch(queue)
      if (batch.length === 0) {
        queues.delete(organization)
        if (queues.size === 0) for (const wake of idle) wake()
        return Effect.void
      }
      return Effect.flatMap(runAll(organization, batch), () => work(organization, queue))
    })

  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      if (queues.size === 0) resume(Effect.void)
      else idle.add(() => resume(Effect.void))
    })
  )

  const wait = (organization: OrganizationId, { answer, requests, size }: Waiting): void => {
    const known = queues.get(organization)
    const queue = known ?? { waiting: [], count: 0, size: 0 }
    const isFull =
      queue.count >= limits.queueRequests || (queue.waiting.length > 0 && queue.size + size > limits.queueSize)
    if (isFull) {
      answer(Exit.fail(new DirectoryBusy({ retryAfter: 2 })))
      return
    }
    queue.waiting.push({ requests, size, answer })
    queue.count += requests.length
    queue.size += size
    if (known === undefined) {
      queues.set(organization, queue)
      // First let whoever else is just coming in get in line: their requests make one batch with this one.
      fork(Effect.andThen(Effect.yieldNow, work(organization, queue)))
    }
  }

  return {
    submit: (organization, request) =>
      Effect.callback<Answer, StoreUnavailable | DirectoryBusy>((resume) =>
        wait(organization, {
          requests: [request],
          size: request.size,
          answer: (exit) =>
            resume(Exit.isSuccess(exit) ? Exit.succeed(exit.value[0] as Answer) : Exit.failCause(exit.cause))
        })
      ),
    submitTogether: (organization, requests) =>
      requests.length === 0
        ? Effect.succeed([])
        : Effect.callback((resume) =>
            wait(organization, {
              requests,
              size: requests.reduce((size, request) => size + request.size, 0),
              answer: resume
            })
          )
  }
})
