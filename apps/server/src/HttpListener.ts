import { createServer, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { errorBody, ScimError } from "@rollcall/domain/scim/ScimError"

/**
 * The HTTP server with its limits (ABUSE-31, ABUSE-32): a client that dribbles is cut off, and what the parser refuses
 * is answered with a SCIM error like every other refusal. Once `stopping` is aborted it lets its connections go.
 */
export const makeListener = (stopping: AbortSignal): Server => {
  const server = createServer({
    // Milliseconds. A body of 16 MB gets two minutes; headers have no reason to take long.
    headersTimeout: 20_000,
    requestTimeout: 120_000,
    // Longer than the idle time-out of common load balancers (60 s), so that they close first.
    keepAliveTimeout: 75_000,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: 16 * 1024
  })
  server.maxRequestsPerSocket = 100_000
  letGo(server, stopping)
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusalOf(error.code)
    const body = JSON.stringify(errorBody(refusal))
    socket.end(
      `HTTP/1.1 ${refusal.status} ${reasons[refusal.status] ?? "Bad Request"}\r\n` +
        "Content-Type: application/scim+json\r\n" +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
    )
  })
  return server
}

/**
 * A client that keeps its connection busy keeps a closing server open for ever, unless it is told to come over another:
 * so every answer from then on says that it is the last one here (ABUSE-40).
 */
const letGo = (server: Server, stopping: AbortSignal): void => {
  // By connection, not a set of what is unanswered: entries that come and go with each request have the collector keep
  // the garbage of all of them (a set's old tables lead to its newer ones), which costs more than the requests' routing.
  const latest = new Map<Socket, ServerResponse>()
  const last = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader("Connection", "close")
  }
  server.on("connection", (socket) => socket.once("close", () => latest.delete(socket)))
  server.on("request", ({ socket }, response) => {
    if (stopping.aborted) return last(response)
    latest.set(socket, response)
  })
  stopping.addEventListener("abort", () => latest.forEach(last))
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large"
}

const refusalOf = (code: string | undefined): ScimError => {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new ScimError({
        status: 431,
        detail: "The URL and headers are larger than 16 KiB. Send long filters in the body of POST /.search."
      })
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new ScimError({ status: 408, detail: "The request did not arrive in time. Send it again." })
    default:
      return new ScimError({ status: 400, detail: "The request is not well-formed HTTP. Check what sends it." })
  }
}
