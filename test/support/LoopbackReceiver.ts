import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A webhook as it came in. */
export interface ReceivedWebhook {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** How many requests were open when this one came in, itself included. */
  readonly open: number
}

/** How a receiver answers: a status, or what it does itself with the response. */
export type ReceiverAnswer = number | ((response: ServerResponse) => void)

/** Answers by never answering. */
export const hang: ReceiverAnswer = () => undefined

/** Answers by closing the connection. */
export const closeEarly: ReceiverAnswer = (response) => response.socket?.destroy()

export interface LoopbackReceiver {
  readonly url: string
  /** Everything that came in, in order; refused requests, too. */
  readonly received: ReadonlyArray<ReceivedWebhook>
  /** The most requests that were open at once. */
  readonly mostOpen: number
  /** Asked for each request once all of it is there. */
  answer: (webhook: ReceivedWebhook) => ReceiverAnswer | Promise<ReceiverAnswer>
  /** Resolves as soon as so many have come in. */
  untilReceived(count: number): Promise<void>
  close(): Promise<void>
}

/** A receiver of webhooks on a free port of the loopback interface, which accepts everything until told otherwise. */
export const startReceiver = async (): Promise<LoopbackReceiver> => {
  const received: Array<ReceivedWebhook> = []
  const waiting = new Set<() => void>()
  let open = 0
  let mostOpen = 0

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    open++
    mostOpen = Math.max(mostOpen, open)
    const opened = open
    response.once("close", () => open--)
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const webhook = { id: String(request.headers["webhook-id"]), headers: request.headers, body, open: opened }
    received.push(webhook)
    for (const look of waiting) look()
    const answer = await receiver.answer(webhook)
    if (typeof answer === "number") response.writeHead(answer).end()
    else answer(response)
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const receiver: LoopbackReceiver = {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    get mostOpen() {
      return mostOpen
    },
    answer: () => 204,
    untilReceived: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
  return receiver
}
