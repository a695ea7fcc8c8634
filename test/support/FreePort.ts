import { createServer, type Server } from "node:net"

// Below 32768 the kernel hands out no ports for outgoing connections, so nobody takes one between the look and the use.
const FIRST = 20_000
const BLOCK = 50
const BLOCKS = 200

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server))
  })

const canListen = async (port: number): Promise<boolean> => {
  const server = await listen(port)
  if (server === undefined) return false
  await new Promise((resolve) => server.close(resolve))
  return true
}

/** Takes a block of ports that no other process has; the first says so, by being listened on until this process ends. */
const takeBlock = async (): Promise<number> => {
  const start = (process.pid * 37) % BLOCKS
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = FIRST + ((start + tried) % BLOCKS) * BLOCK
    const guard = await listen(first)
    if (guard === undefined) continue
    guard.unref()
    return first
  }
  throw new Error(`no free ports between ${FIRST} and ${FIRST + BLOCKS * BLOCK - 1}`)
}

async function* draw(): AsyncGenerator<number, never> {
  for (;;) {
    const first = await takeBlock()
    for (let port = first + 1; port < first + BLOCK; port++) if (await canListen(port)) yield port
  }
}

const drawn = draw()

/**
 * A TCP port of 127.0.0.1 that nothing listens on: never the same twice in one process, and none that another process may
 * draw before it is used. A server takes seconds until it listens; a look whether the port is free would miss it.
 */
export const freePort = async (): Promise<number> => (await drawn.next()).value
