import type { AddressInfo } from "node:net"
import PostalMime, { type Email } from "postal-mime"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"

/** A message that the server has taken. */
export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly secure: boolean
  readonly user: string | undefined
  /** As it came over the wire. */
  readonly raw: string
  readonly email: Email
}

export interface LoopbackOptions {
  readonly port?: number
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean }
  /** User and password that it wants. */
  readonly login?: { readonly user: string; readonly password: string }
  /** What it says to a recipient instead of taking them, such as `550 no such user`. */
  readonly onRecipient?: (address: string) => string | undefined
  /** What it says to a message instead of taking it; awaited. */
  readonly onMessage?: (message: Received) => Promise<string | undefined> | string | undefined
  readonly onConnect?: () => Promise<void> | void
}

/** A mail server on 127.0.0.1 that shows what it has taken. */
export interface LoopbackMailServer {
  readonly port: number
  readonly received: ReadonlyArray<Received>
  /** Waits until it has taken so many messages. */
  until(count: number): Promise<void>
  /** How many connections were made to it. */
  connections(): number
  close(): Promise<void>
}

const refusal = (said: string): Error & { responseCode: number } =>
  Object.assign(new Error(said.slice(4)), { responseCode: Number(said.slice(0, 3)) })

const read = (stream: AsyncIterable<Buffer>): Promise<string> =>
  (async () => {
    const chunks: Array<Buffer> = []
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks).toString("utf8")
  })()

/** Starts one; close it before the test ends. */
export const startMailServer = async (options: LoopbackOptions = {}): Promise<LoopbackMailServer> => {
  const received: Array<Received> = []
  const listeners = new Set<() => void>()
  let connections = 0
  const settings: SMTPServerOptions = {
    authOptional: options.login === undefined,
    disabledCommands: [
      ...(options.tls === undefined ? ["STARTTLS"] : []),
      ...(options.login === undefined ? ["AUTH"] : [])
    ],
    secure: options.tls?.implicit === true,
    ...(options.tls === undefined ? {} : { key: options.tls.key, cert: options.tls.cert }),
    logger: false,
    disableReverseLookup: true,
    allowInsecureAuth: true,
    closeTimeout: 100,
    onConnect: (_session, done) => {
      connections++
      void Promise.resolve(options.onConnect?.()).then(() => done(), done)
    },
    onAuth: ({ password, username }, _session, done) => {
      const isRight = username === options.login?.user && password === options.login?.password
      done(isRight ? null : refusal("535 5.7.8 bad credentials"), isRight ? { user: username } : undefined)
    },
    onRcptTo: ({ address }, _session, done) => {
      const said = options.onRecipient?.(address)
      done(said === undefined ? null : refusal(said))
    },
    onData: (stream, session, done) => {
      const take = async () => {
        const raw = await read(stream)
        const message: Received = {
          from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          raw,
          email: await PostalMime.parse(raw)
        }
        const said = await options.onMessage?.(message)
        if (said !== undefined) throw refusal(said)
        received.push(message)
        for (const look of listeners) look()
      }
      take().then(() => done(), done)
    }
  }
  const server = new SMTPServer(settings)
  // What goes wrong with a connection is the test's own doing.
  server.on("error", () => undefined)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(resolve))
  }
}
