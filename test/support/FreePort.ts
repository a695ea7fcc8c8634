import { createServer } from "node:net"

// Below 32768 the kernel hands out no ports for outgoing connections, so nobody takes one between the look and the use.
const FIRST = 20_000
const COUNT = 10_000
let next = (process.pid * 37) % COUNT

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })

/** A TCP port of 127.0.0.1 that nothing listens on; never the same twice in one process. */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + next
    next = (next + 1) % COUNT
    if (await canListen(port)) return port
  }
  throw new Error("no free port between 20000 and 29999")
}
