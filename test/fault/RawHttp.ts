import { connect, type Socket } from "node:net"

/** What came back on a socket that something was written to by hand. */
export interface RawAnswer {
  /** The status of the first answer; undefined when the connection closed without one. */
  readonly status: number | undefined
  /** Everything received, head and body. */
  readonly text: string
}

const open = (url: string): Socket => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A reset by the server is an answer too: it shows as the end of what was received.
  socket.on("error", () => undefined)
  return socket
}

const received = (socket: Socket): Promise<RawAnswer> =>
  new Promise((resolve) => {
    let text = ""
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk
    })
    socket.on("close", () => {
      const status = text.startsWith("HTTP/1.1 ") ? Number(text.slice(9, 12)) : undefined
      resolve({ status, text })
    })
  })

/** Writes these bytes and waits until the server has closed the connection: ask it to with `Connection: close`. */
export const sendRaw = async (url: string, request: string): Promise<RawAnswer> => {
  const socket = open(url)
  socket.write(request, "latin1")
  return received(socket)
}

/** The same for what may never become a whole request: hangs up behind it. */
export const sendAndHangUp = async (url: string, bytes: string): Promise<RawAnswer> => {
  const socket = open(url)
  socket.end(bytes, "latin1")
  return received(socket)
}

/** Writes a beginning, then the same byte again and again, and waits until the server has had enough. */
export const trickle = async (
  url: string,
  beginning: string,
  byte: string,
  everyMilliseconds: number
): Promise<RawAnswer> => {
  const socket = open(url)
  socket.write(beginning, "latin1")
  const timer = setInterval(() => socket.write(byte, "latin1"), everyMilliseconds)
  try {
    return await received(socket)
  } finally {
    clearInterval(timer)
    socket.destroy()
  }
}
