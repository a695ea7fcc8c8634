import { connect, type Socket } from "node:net"

/** A complete answer: its status, the bytes of its body, and the body itself where it was asked for. */
export interface Answer {
  readonly status: number
  readonly bytes: number
  readonly body: string | undefined
}

interface Head {
  readonly status: number
  readonly bodyStart: number
  /** Bytes of the body; undefined: it comes in chunks. */
  readonly length: number | undefined
}

const headEnd = Buffer.from("\r\n\r\n")

const readHead = (buffer: Buffer): Head | undefined => {
  const end = buffer.indexOf(headEnd)
  if (end < 0) return undefined
  const [statusLine = "", ...lines] = buffer.toString("latin1", 0, end).split("\r\n")
  const status = Number(statusLine.slice(9, 12))
  if (!statusLine.startsWith("HTTP/1.1 ") || !Number.isInteger(status)) throw new Error(`not HTTP/1.1: ${statusLine}`)
  let length = status === 204 || status === 304 ? 0 : undefined
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    if (name === "content-length") length = Number(line.slice(colon + 1))
    else if (
      name === "connection" &&
      line
        .slice(colon + 1)
        .trim()
        .toLowerCase() === "close"
    ) {
      throw new Error(`the server closes a connection that should stay open (status ${status})`)
    }
  }
  return { status, bodyStart: end + headEnd.length, length }
}

/** Decodes a chunked body (RFC 9112 7.1, no trailers) that begins at `start`; undefined while it is incomplete. */
const readChunks = (buffer: Buffer, start: number): { readonly body: Buffer; readonly end: number } | undefined => {
  const parts: Array<Buffer> = []
  let at = start
  for (;;) {
    const lineEnd = buffer.indexOf("\r\n", at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(buffer.toString("latin1", at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (buffer.length < next) return undefined
    if (size === 0) return { body: Buffer.concat(parts), end: next }
    parts.push(buffer.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}

/**
 * One keep-alive HTTP/1.1 connection with at most one request in flight, read with as little work as a correct
 * answer allows: generator and server share the machine, so what the generator burns the server lacks.
 */
export class HttpConnection {
  readonly #socket: Socket
  #onAnswer: ((answer: Answer) => void) | undefined
  #keepBody = false
  #head: Head | undefined
  /** Parts of the answer so far. */
  #parts: Array<Buffer> = []
  #received = 0

  private constructor(socket: Socket, onFailure: (error: Error) => void) {
    this.#socket = socket
    socket.on("data", (chunk: Buffer) => {
      try {
        this.#read(chunk)
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)))
      }
    })
    socket.on("error", onFailure)
    socket.on("end", () => onFailure(new Error("the server ended a connection that should stay open")))
  }

  static open(port: number, onFailure: (error: Error) => void): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true })
      socket.once("error", reject)
      socket.once("connect", () => {
        socket.off("error", reject)
        resolve(new HttpConnection(socket, onFailure))
      })
    })
  }

  /** Sends one request (ASCII text of head and body); `onAnswer` may send the next one. */
  send(text: string, keepBody: boolean, onAnswer: (answer: Answer) => void): void {
    this.#keepBody = keepBody
    this.#onAnswer = onAnswer
    this.#socket.write(text, "latin1")
  }

  close(): void {
    this.#socket.removeAllListeners()
    this.#socket.on("error", () => {})
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#parts.push(chunk)
    this.#received += chunk.length
    if (this.#head === undefined) {
      const head = readHead(this.#joined())
      if (head === undefined) return
      this.#head = head
    }
    const { bodyStart, length, status } = this.#head
    if (length !== undefined) {
      if (this.#received < bodyStart + length) return
      if (this.#received > bodyStart + length) throw new Error("the server sent more than the answer")
      this.#finish(status, length, this.#keeps(status) ? this.#joined().toString("utf8", bodyStart) : undefined)
      return
    }
    const chunks = readChunks(this.#joined(), bodyStart)
    if (chunks === undefined) return
    if (chunks.end !== this.#received) throw new Error("the server sent more than the answer")
    this.#finish(status, chunks.body.length, this.#keeps(status) ? chunks.body.toString() : undefined)
  }

  /** A refusal's body is always kept: it says why. */
  #keeps(status: number): boolean {
    return this.#keepBody || status >= 400
  }

  #joined(): Buffer {
    const [first] = this.#parts
    if (first !== undefined && this.#parts.length === 1) return first
    const joined = Buffer.concat(this.#parts)
    this.#parts = [joined]
    return joined
  }

  #finish(status: number, bytes: number, body: string | undefined): void {
    const onAnswer = this.#onAnswer
    this.#onAnswer = undefined
    this.#head = undefined
    this.#parts = []
    this.#received = 0
    if (onAnswer === undefined) throw new Error("the server sent an answer to no request")
    onAnswer({ status, bytes, body })
  }
}
