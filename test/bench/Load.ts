import { HttpConnection } from "./HttpConnection.ts"
import { type OperationName, operations, type ScimRequest } from "./Operation.ts"
import type { Target } from "./Target.ts"

/**
 * The load generator: a process of its own (forked by main.ts), so that it shares no event loop with a server.
 * Closed loop: every connection sends its next request when the answer to the last one is complete.
 * Any status but the operation's own, any wrong sampled body and any closed connection fails the run.
 */

/** A run: ends with `requests` sent or after `seconds`, whichever comes first; `from` numbers its first request. */
export interface Run {
  readonly target: string
  readonly operation: OperationName
  readonly connections: number
  readonly requests: number
  readonly seconds: number
  readonly from: number
}

/** What a run measured. Latencies in milliseconds, `cpu` in cores that the generator itself used. */
export interface Measured {
  readonly requests: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly bytes: number
  readonly cpu: number
}

export type Order =
  | { readonly kind: "target"; readonly name: string; readonly target: Target }
  | { readonly kind: "run"; readonly run: Run }

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "measured"; readonly measured: Measured }
  | { readonly kind: "failed"; readonly message: string }

/** Every how many answers of a connection one is kept and checked; the first always is. */
const sampleEvery = 256

const wire = (port: number, request: ScimRequest): string => {
  const head = `${request.method} ${request.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${request.token}\r\nAccept: application/scim+json\r\n`
  return request.body === undefined
    ? `${head}\r\n`
    : `${head}Content-Type: application/scim+json\r\nContent-Length: ${request.body.length}\r\n\r\n${request.body}`
}

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

const measure = async (target: Target, run: Run): Promise<Measured> => {
  const operation = operations[run.operation]
  const { promise: finished, reject: fail, resolve: finish } = Promise.withResolvers<void>()
  finished.catch(() => {})
  const connections = await Promise.all(
    Array.from({ length: run.connections }, () => HttpConnection.open(target.port, fail))
  )
  const latencies: Array<number> = []
  let sent = 0
  let bytes = 0
  let idle = 0
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const deadline = start + run.seconds * 1000

  const next = (connection: HttpConnection, turn: number): void => {
    const before = performance.now()
    if (before >= deadline || sent >= run.requests) {
      idle += 1
      if (idle === run.connections) finish()
      return
    }
    const n = run.from + sent
    sent += 1
    connection.send(wire(target.port, operation.request(target, n)), turn % sampleEvery === 0, (answer) => {
      latencies.push(performance.now() - before)
      bytes += answer.bytes
      if (answer.status !== operation.status) {
        throw new Error(
          `${run.operation} on ${run.target}: status ${answer.status}, expected ${operation.status}: ${answer.body?.slice(0, 500)}`
        )
      }
      if (answer.body !== undefined && !operation.check(target, n, answer.body)) {
        throw new Error(`${run.operation} on ${run.target}: wrong answer ${answer.body.slice(0, 500)}`)
      }
      next(connection, turn + 1)
    })
  }

  try {
    for (const connection of connections) next(connection, 0)
    const overdue = setTimeout(
      () => fail(new Error(`${run.operation} on ${run.target}: no answer for 30 s`)),
      run.seconds * 1000 + 30_000
    )
    await finished.finally(() => clearTimeout(overdue))
  } finally {
    for (const connection of connections) connection.close()
  }
  const seconds = (performance.now() - start) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  const sorted = Float64Array.from(latencies).sort()
  return {
    requests: sorted.length,
    seconds,
    perSecond: sorted.length / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    bytes: Math.round(bytes / sorted.length),
    cpu: (cpu.user + cpu.system) / 1e6 / seconds
  }
}

const serve = (): void => {
  const targets = new Map<string, Target>()
  const reply = (message: Reply): void => {
    process.send?.(message)
  }
  const obey = async (order: Order): Promise<void> => {
    if (order.kind === "target") {
      targets.set(order.name, order.target)
      return reply({ kind: "ready" })
    }
    const target = targets.get(order.run.target)
    if (target === undefined) throw new Error(`unknown target ${order.run.target}`)
    reply({ kind: "measured", measured: await measure(target, order.run) })
  }
  process.on("message", (order: Order) => {
    obey(order).catch((error: unknown) => reply({ kind: "failed", message: String(error) }))
  })
  // The harness is gone, however it ended: so is the generator.
  process.on("disconnect", () => process.exit(0))
}

if (import.meta.main) serve()
