import { setTimeout as pause } from "node:timers/promises"
import type { ScimClient, ScimResponse } from "../support/ScimClient.ts"

export type Json = Readonly<Record<string, unknown>>

export interface Exchange {
  readonly method: string
  readonly path: string
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** An answer that an identity provider would have shown its admin as a failed task. */
export class UnexpectedAnswer extends Error {
  constructor(client: string, sent: Exchange, expected: ReadonlyArray<number>, got: ScimResponse) {
    const body = sent.body === undefined ? "" : `\n  sent ${JSON.stringify(sent.body).slice(0, 4_000)}`
    super(
      `${client}: ${sent.method} ${sent.path}${body}\n  expected ${expected.join(" or ")}, got ${got.status} ${got.text.slice(0, 4_000)}`
    )
    this.name = "UnexpectedAnswer"
  }
}

const MAX_ATTEMPTS = 10
const FIVE_MINUTES = 300

/** One identity provider's way to our server: its headers, its patience when told to slow down, and a count of what it sent. */
export class Connection {
  readonly #client: ScimClient
  readonly #name: string
  readonly #headers: (withBody: boolean) => Readonly<Record<string, string | undefined>>
  readonly sent = new Map<string, number>()
  throttled = 0

  constructor(
    name: string,
    client: ScimClient,
    headers: (withBody: boolean) => Readonly<Record<string, string | undefined>>
  ) {
    this.#name = name
    this.#client = client
    this.#headers = headers
  }

  /** Sends until the answer is no 429 (WIRE A.13: integer seconds of `Retry-After`, else five minutes), and insists on a status. */
  async send(exchange: Exchange, ...expected: ReadonlyArray<number>): Promise<ScimResponse> {
    const headers = { ...this.#headers(exchange.body !== undefined), ...exchange.headers }
    for (let attempt = 1; ; attempt++) {
      this.sent.set(exchange.method, (this.sent.get(exchange.method) ?? 0) + 1)
      const answer = await this.#client.request({ ...exchange, headers })
      if (answer.status === 429 && attempt < MAX_ATTEMPTS) {
        this.throttled++
        const told = answer.headers["retry-after"] ?? ""
        await pause(1_000 * (/^\d+$/.test(told) ? Number(told) : FIVE_MINUTES))
      } else if (expected.includes(answer.status)) {
        return answer
      } else {
        throw new UnexpectedAnswer(this.#name, exchange, expected, answer)
      }
    }
  }

  /** "GET 512, POST 540", in alphabetical order. */
  summary(): string {
    const verbs = [...this.sent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([verb, count]) => `${verb} ${count}`)
    return [...verbs, `429 answers ${this.throttled}`].join(", ")
  }
}

/** Works through chains of tasks with a few workers: parallel between keys, in order within one. */
export const inParallel = async <A>(
  workers: number,
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  task: (item: A) => Promise<void>
): Promise<void> => {
  const chains = new Map<string, Array<A>>()
  for (const item of items) {
    const chain = chains.get(keyOf(item))
    if (chain === undefined) chains.set(keyOf(item), [item])
    else chain.push(item)
  }
  const waiting = [...chains.values()].values()
  const worker = async () => {
    for (const chain of waiting) {
      for (const item of chain) await task(item)
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
}
