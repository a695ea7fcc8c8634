import { type AddressInfo, createServer } from "node:net"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { MailUndelivered } from "@rollcall/delivery/mail/Mailer"
import type { MailMessage } from "@rollcall/delivery/mail/MailMessage"
import { makeSmtpMailer, smtpConnections, undelivered } from "@rollcall/delivery/mail/SmtpMailer"
import { Effect, Redacted, Result } from "effect"
import { freePort } from "../../../../test/support/FreePort.ts"
import { type LoopbackOptions, startMailServer } from "../../../../test/support/LoopbackMailServer.ts"
import { makeSelfSigned } from "../../../../test/support/SelfSigned.ts"

const message = (name: string, more: Partial<MailMessage> = {}): MailMessage => ({
  from: { name: "Rollcall", address: "no-reply@rollcall.example" },
  to: { name: "", address: `${name}@halden.example` },
  messageId: `<start.${name}@rollcall.example>`,
  subject: "Welcome to Rollcall",
  text: "Hello,\n\nwelcome.\n",
  html: "<p>Hello,</p><p>welcome.</p>",
  ...more
})

const loopback = (options: LoopbackOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => startMailServer(options)),
    (server) => Effect.promise(() => server.close())
  )

const quick = { connection: 300, silence: 300, message: 600 }
const mailerAt = (url: string, timeouts?: Parameters<typeof makeSmtpMailer>[1]) =>
  makeSmtpMailer(Redacted.make(url), timeouts)

const failureOf = <A>(effect: Effect.Effect<A, MailUndelivered>) =>
  Effect.map(Effect.result(effect), (result) =>
    Result.isFailure(result) ? { kind: result.failure.kind, detail: result.failure.detail } : "taken"
  )

describe("SMTP (R-MAIL-4)", () => {
  it.live("a message arrives once, with both parts, and says that a machine wrote it", () =>
    Effect.gen(function* () {
      const server = yield* loopback()
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
      assert.isTrue(mailer.delivers)
      yield* mailer.send(
        message("ines", {
          subject: "Welcome to Åse & Søn",
          to: { name: "Inés Okafor", address: "ines@halden.example" }
        })
      )
      assert.lengthOf(server.received, 1)
      const [got] = server.received
      assert.strictEqual(got?.from, "no-reply@rollcall.example")
      assert.deepStrictEqual(got?.to, ["ines@halden.example"])
      assert.strictEqual(got?.email.subject, "Welcome to Åse & Søn")
      assert.strictEqual(got?.email.messageId, "<start.ines@rollcall.example>")
      assert.deepStrictEqual(got?.email.from, { name: "Rollcall", address: "no-reply@rollcall.example" })
      assert.deepStrictEqual(got?.email.to, [{ name: "Inés Okafor", address: "ines@halden.example" }])
      assert.strictEqual(got?.email.text?.trim(), "Hello,\n\nwelcome.")
      assert.strictEqual(got?.email.html?.trim(), "<p>Hello,</p><p>welcome.</p>")
      const header = (key: string) => got?.email.headers.find((one) => one.key === key)?.value
      assert.strictEqual(header("auto-submitted"), "auto-generated")
      assert.strictEqual(header("x-auto-response-suppress"), "All")
    })
  )

  it.live("many messages share a few connections", () =>
    Effect.gen(function* () {
      const server = yield* loopback()
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
      const names = Array.from({ length: 40 }, (_, i) => `person-${i}`)
      yield* Effect.forEach(names, (name) => mailer.send(message(name)), { concurrency: smtpConnections })
      assert.deepStrictEqual(
        server.received.flatMap(({ to }) => to).toSorted(),
        names.map((name) => `${name}@halden.example`).toSorted()
      )
      assert.isAtMost(server.connections(), smtpConnections)
    })
  )

  it.live("names with line breaks, commas, quotes and group syntax stay names (ABUSE-34, ABUSE-35)", () =>
    Effect.gen(function* () {
      const server = yield* loopback()
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
      const names = [
        "Ines\r\nBcc: eve@evil.example",
        "eve@evil.example, Ines",
        'Ines" <eve@evil.example>, "',
        "undisclosed: eve@evil.example;",
        "<eve@evil.example>",
        "=?utf-8?q?Ines?= <eve@evil.example>"
      ]
      for (const name of names) {
        yield* mailer.send(
          message("ines", { to: { name, address: "ines@halden.example" }, subject: `Welcome ${name}` })
        )
      }
      assert.lengthOf(server.received, names.length)
      for (const { email, to } of server.received) {
        assert.deepStrictEqual(to, ["ines@halden.example"])
        assert.deepStrictEqual(
          email.to?.map(({ address }) => address),
          ["ines@halden.example"]
        )
        assert.isUndefined(email.bcc)
        assert.isUndefined(email.cc)
        assert.deepStrictEqual(
          email.headers
            .map(({ key }) => key)
            .filter((key) => !/^(content-|mime-|x-auto)/.test(key))
            .toSorted(),
          ["auto-submitted", "date", "from", "message-id", "subject", "to"]
        )
      }
    })
  )

  it.live("what the server says to one recipient concerns that one: 5xx for good, 4xx for now", () =>
    Effect.gen(function* () {
      const server = yield* loopback({
        onRecipient: (address) =>
          address.startsWith("gone")
            ? "550 5.1.1 no such user"
            : address.startsWith("full")
              ? "452 4.2.2 mailbox full"
              : undefined,
        onMessage: ({ to }) =>
          to[0]?.startsWith("spam") ? "554 5.7.1 not wanted" : to[0]?.startsWith("busy") ? "451 4.3.0 later" : undefined
      })
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
      const said = yield* Effect.forEach(["gone", "full", "spam", "busy", "ines"], (name) =>
        failureOf(mailer.send(message(name)))
      )
      assert.deepStrictEqual(
        said.map((one) => (one === "taken" ? one : one.kind)),
        ["refused", "temporary", "refused", "temporary", "taken"]
      )
      assert.match(JSON.stringify(said[0]), /550 5\.1\.1 no such user/)
      assert.match(JSON.stringify(said[3]), /451 4\.3\.0 later/)
      assert.deepStrictEqual(
        server.received.map(({ to }) => to),
        [["ines@halden.example"]]
      )
    })
  )

  it.live("a server that is away, or says nothing, takes no e-mail at all just now", () =>
    Effect.gen(function* () {
      const nobody = yield* mailerAt(`smtp://127.0.0.1:${yield* Effect.promise(freePort)}`)
      const away = yield* failureOf(nobody.send(message("ines")))
      assert.deepInclude(away, { kind: "unreachable" })
      assert.match(JSON.stringify(away), /ECONNREFUSED/)

      const silent = yield* loopback({ onConnect: () => new Promise(() => undefined) })
      const mute = yield* mailerAt(`smtp://127.0.0.1:${silent.port}`, quick)
      assert.deepInclude(yield* failureOf(mute.send(message("ines"))), { kind: "unreachable" })
    })
  )

  it.live("a server that is too slow is not waited for", () =>
    Effect.gen(function* () {
      const slow = yield* loopback({ onMessage: () => new Promise(() => undefined) })
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${slow.port}`, { ...quick, silence: 60_000 })
      const said = yield* failureOf(mailer.send(message("ines")))
      assert.deepStrictEqual(said, {
        kind: "unreachable",
        detail: "The mail server did not take the message within 0.6 s"
      })
      const quiet = yield* mailerAt(`smtp://127.0.0.1:${slow.port}`, { ...quick, message: 60_000 })
      assert.deepInclude(yield* failureOf(quiet.send(message("ines"))), { kind: "unreachable" })
    })
  )

  it.live("a message whose connection was lost is not sent again behind our back (ABUSE-36)", () =>
    Effect.gen(function* () {
      for (const place of ["message", "greeting"] as const) {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startDroppingServer(place)),
          ({ close }) => Effect.promise(close)
        )
        const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
        const said = yield* failureOf(mailer.send(message("ines")))
        assert.deepInclude(said, { kind: "unreachable" })
        assert.match(JSON.stringify(said), /closed/)
        assert.strictEqual(server.drops(), 1, place)
      }
    })
  )

  it.live("a server that says that it shuts down takes no e-mail at all just now", () =>
    Effect.gen(function* () {
      const server = yield* loopback({ onMessage: () => "421 4.3.2 shutting down" })
      const mailer = yield* mailerAt(`smtp://127.0.0.1:${server.port}`)
      assert.deepInclude(yield* failureOf(mailer.send(message("ines"))), { kind: "unreachable" })
    })
  )
})

/** A mail server that breaks the connection without a word: at once, or when it has read a message to its end. */
const startDroppingServer = async (place: "message" | "greeting") => {
  let drops = 0
  const server = createServer((socket) => {
    let isData = false
    socket.on("error", () => undefined)
    if (place === "greeting") {
      drops++
      socket.end()
      return
    }
    socket.write("220 here\r\n")
    socket.on("data", (chunk: Buffer) => {
      const text = chunk.toString()
      if (isData) {
        if (!text.endsWith("\r\n.\r\n")) return
        drops++
        socket.destroy()
      } else {
        isData = text.startsWith("DATA")
        socket.write(isData ? "354 go on\r\n" : "250 ok\r\n")
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as AddressInfo).port,
    drops: () => drops,
    close: () => new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

describe("TLS", () => {
  const own = makeSelfSigned()

  it.live("a certificate that nobody vouches for is refused, by smtps:// and by STARTTLS", () =>
    Effect.gen(function* () {
      for (const implicit of [true, false]) {
        const server = yield* loopback({ tls: { ...own, implicit } })
        const mailer = yield* mailerAt(`${implicit ? "smtps" : "smtp"}://localhost:${server.port}`)
        const said = yield* failureOf(mailer.send(message("ines")))
        assert.deepInclude(said, { kind: "unreachable" })
        assert.match(JSON.stringify(said), /self-signed certificate/i)
        assert.lengthOf(server.received, 0)
      }
    })
  )

  it.live("with a certificate that the machine trusts, both are used, and signing in works", () =>
    Effect.gen(function* () {
      const before = getCACertificates("default")
      yield* Effect.acquireRelease(
        Effect.sync(() => setDefaultCACertificates([...before, own.cert])),
        () => Effect.sync(() => setDefaultCACertificates(before))
      )
      for (const implicit of [true, false]) {
        const login = { user: "rollcall", password: "p@ss/wörd" }
        const server = yield* loopback({ tls: { ...own, implicit }, login })
        const scheme = implicit ? "smtps" : "smtp"
        const mailer = yield* mailerAt(
          `${scheme}://rollcall:${encodeURIComponent(login.password)}@localhost:${server.port}`
        )
        yield* mailer.send(message("ines"))
        assert.deepStrictEqual(
          server.received.map(({ secure, user }) => [secure, user]),
          [[true, "rollcall"]]
        )
      }
    })
  )

  it.live("a password is not told to a server without TLS, unless the URL says so", () =>
    Effect.gen(function* () {
      const server = yield* loopback({ login: { user: "rollcall", password: "secret-word" } })
      const address = `smtp://rollcall:secret-word@127.0.0.1:${server.port}`
      const careful = yield* mailerAt(address)
      assert.deepInclude(yield* failureOf(careful.send(message("ines"))), { kind: "unreachable" })
      assert.lengthOf(server.received, 0)
      const told = yield* mailerAt(`${address}?requireTLS=false`)
      yield* told.send(message("ines"))
      assert.lengthOf(server.received, 1)
    })
  )

  it.live("a wrong password stops every e-mail, not one, and is in no error", () =>
    Effect.gen(function* () {
      const server = yield* loopback({ login: { user: "rollcall", password: "right" } })
      const mailer = yield* mailerAt(`smtp://rollcall:wrong-word@127.0.0.1:${server.port}?requireTLS=false`)
      const said = yield* failureOf(mailer.send(message("ines")))
      assert.deepInclude(said, { kind: "unreachable" })
      assert.match(JSON.stringify(said), /535/)
      assert.notInclude(JSON.stringify(said), "wrong-word")
    })
  )
})

describe("what a failure is about (RFC 5321 section 4.2.1)", () => {
  it("only an answer to the recipient or the message is about this one", () => {
    const kindOf = (error: Partial<Parameters<typeof undelivered>[0]>) => undelivered({ message: "", ...error }).kind
    assert.strictEqual(kindOf({ code: "EENVELOPE", command: "RCPT TO", responseCode: 553 }), "refused")
    assert.strictEqual(kindOf({ code: "EENVELOPE", command: "DATA", responseCode: 554 }), "refused")
    assert.strictEqual(kindOf({ code: "EMESSAGE", command: "DATA", responseCode: 552 }), "refused")
    assert.strictEqual(kindOf({ code: "EMESSAGE", command: "DATA", responseCode: 503 }), "temporary")
    assert.strictEqual(kindOf({ code: "EENVELOPE", command: "RCPT TO", responseCode: 450 }), "temporary")
    assert.strictEqual(kindOf({ code: "EENVELOPE", command: "RCPT TO", responseCode: 421 }), "unreachable")
    assert.strictEqual(kindOf({ code: "EENVELOPE", command: "MAIL FROM", responseCode: 550 }), "unreachable")
    assert.strictEqual(kindOf({ code: "EAUTH", command: "AUTH PLAIN", responseCode: 535 }), "unreachable")
    assert.strictEqual(kindOf({ code: "EPROTOCOL", command: "CONN", responseCode: 554 }), "unreachable")
    assert.strictEqual(kindOf({ code: "ETIMEDOUT", command: "DATA" }), "unreachable")
  })
})
