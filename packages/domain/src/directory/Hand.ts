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
 *
 * `meanwhile` answers the batch before. It takes longer than deciding a batch does, so it is best called while storage
 * has its first statement to carry out; the hand calls it itself when that has not happened for a while, and further
 * calls do nothing.
 */
export type RunBatch = (
  organization: OrganizationId,
  requests: ReadonlyArray<Request>,
  meanwhile: () => void
) => Effect.Effect<ReadonlyArray<Answer>, StoreUnavailable>

/** For so long a batch that was carried out waits to be answered while the next one is prepared, whatever becomes of that. */
export const longestHeld = "20 millis"

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
  isWorkedOn: boolean
}

/**
 * Of so many organisations the queue is kept when it is empty: a map whose entries come and go with each request has the
 * collector keep the garbage of all of them, since its old tables lead to its newer ones.
 */
const queuesKept = 1_000

/**
 * One hand per organisation within this process: requests wait in their organisation's queue, and one fiber takes what
 * waits as a batch, again and again until nothing does. Where more waits, the next batch is prepared before the last is
 * answered, so that storage has something to do while that happens. Between processes it is the batch that isolates, by
 * the lock on the organisation's row.
 *
 * A batch that dies is run again one request at a time, so that a request which storage cannot take leaves no trace on
 * its neighbours. When the scope closes, requests already taken are carried out first (ABUSE-40).
 */
export const makeHand = Effect.fnUntraced(function* (
  run: RunBatch,
  limits: HandLimits = defaultHandLimits
): Effect.fn.Return<Directory["Service"], never, Scope.Scope> {
  const queues = new Map<OrganizationId, Queue>()
  let workedOn = 0
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
    Effect.map(Effect.exit(run(organization, waiting.requests, nothing)), (exit) => answerAll([waiting], exit))

  /** Carries a batch out, and gives what is left to do of it: to answer. The one before has been answered then. */
  const runAll = (
    organization: OrganizationId,
    batch: ReadonlyArray<Waiting>,
    answerBefore: () => void
  ): Effect.Effect<() => void> => {
    const requests = batch.flatMap((waiting) => waiting.requests)
    return Effect.flatMap(Effect.exit(run(organization, requests, answerBefore)), (exit) => {
      answerBefore()
      if (Exit.isFailure(exit) && batch.length > 1 && Cause.hasDies(exit.cause)) {
        return Effect.as(
          Effect.forEach(batch, (waiting) => runOne(organization, waiting), { discard: true }),
          nothing
        )
      }
      return Effect.succeed(once(() => answerAll(batch, exit)))
    })
  }

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

  const work = (organization: OrganizationId, queue: Queue, answerLast = nothing): Effect.Effect<void> =>
    Effect.suspend(() => {
      // Whoever is answered may have something else to ask at once.
      if (queue.waiting.length === 0) answerLast()
      const batch = takeBatch(queue)
      if (batch.length === 0) {
        queue.isWorkedOn = false
        workedOn--
        if (queues.size > queuesKept) queues.delete(organization)
        if (workedOn === 0) for (const wake of idle) wake()
        return Effect.void
      }
      if (answerLast !== nothing) fork(Effect.andThen(Effect.sleep(longestHeld), Effect.sync(answerLast)))
      return Effect.flatMap(runAll(organization, batch, answerLast), (answers) => work(organization, queue, answers))
    })

  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      if (workedOn === 0) resume(Effect.void)
      else idle.add(() => resume(Effect.void))
    })
  )

  const wait = (organization: OrganizationId, { answer, requests, size }: Waiting): void => {
    const known = queues.get(organization)
    const queue = known ?? { waiting: [], count: 0, size: 0, isWorkedOn: false }
    const isFull =
      queue.count >= limits.queueRequests || (queue.waiting.length > 0 && queue.size + size > limits.queueSize)
    if (isFull) {
      answer(Exit.fail(new DirectoryBusy({ retryAfter: 2 })))
      return
    }
    queue.waiting.push({ requests, size, answer })
    queue.count += requests.length
    queue.size += size
    if (known === undefined) queues.set(organization, queue)
    if (!queue.isWorkedOn) {
      queue.isWorkedOn = true
      workedOn++
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

const nothing = (): void => undefined

/** What was done is let go: each batch's answers would hold those of the batch before, back to the first. */
const once = (act: () => void): (() => void) => {
  let left: (() => void) | undefined = act
  return () => {
    const due = left
    left = undefined
    due?.()
  }
}
