import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer as createPlainServer, type RequestListener } from "node:http"
import { createServer } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { runCli } from "@rollcall/cli/Cli"
import type { Refused } from "@rollcall/cli/Refused"
import type { Stores } from "@rollcall/cli/Stores"
import { Console, Effect, Layer, Stdio, Stream } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { makeSelfSigned, type SelfSigned } from "../../../test/support/SelfSigned.ts"
import { installation } from "../src/Composition.ts"
import { http as realHttp } from "../src/Storage.ts"

const key = "A1b2".repeat(8)

/** Opens no database, whatever it is told. */
const stores = Layer.effectContext<Stores, Refused, never>(Effect.die(new Error("the database was opened")))

/** Runs the program with something on its standard input; its exit code, and what it said on the error output. */
const run = Effect.fnUntraced(function* (
  http: Layer.Layer<HttpClient.HttpClient>,
  stdin: ReadonlyArray<string>,
  ...args: ReadonlyArray<string>
) {
  let told = ""
  const captured: Console.Console = Object.assign(Object.create(console), {
    log: () => undefined,
    error: (...texts: ReadonlyArray<unknown>) => {
      told += `${texts.join(" ")}\n`
    }
  })
  const encoder = new TextEncoder()
  const input = Stdio.layerTest({ stdin: Stream.fromIterable(stdin.map((text) => encoder.encode(text))) })
  const code = yield* runCli({ version: "1", http, installation, stores })(args).pipe(
    Effect.provideService(Console.Console, captured),
    Effect.provide(Layer.merge(NodeServices.layer, input))
  )
  return { code, told }
})

/** A file of people that is never sent: all of this ends before. */
const people = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "rollcall-access-"))
    const file = join(directory, "people.csv")
    writeFileSync(file, "email\nada@halden.example\n")
    return { directory, file }
  }),
  ({ directory }) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

describe("the key to a server", () => {
  /** A server that knows of nothing, and what it was asked. */
  const recording = () => {
    const asked: Array<HttpClientRequest.HttpClientRequest> = []
    const client = HttpClient.make((request) =>
      Effect.sync(() => {
        asked.push(request)
        return HttpClientResponse.fromWeb(request, new Response("", { status: 404 }))
      })
    )
    return { asked, http: Layer.succeed(HttpClient.HttpClient, client) }
  }

  it.effect(
    "--api-key-file - takes it from the standard input, in whatever parts it comes, without the line break",
    () =>
      Effect.gen(function* () {
        const { file } = yield* people
        for (const stdin of [[`${key}\n`], [key.slice(0, 5), key.slice(5), "\r\n"], [`  ${key}`]]) {
          const { asked, http } = recording()
          const flags = ["--server", "https://rollcall.example.com/", "--api-key-file", "-"]
          const { code, told } = yield* run(http, stdin, "import", file, "--org", "acme", ...flags)
          assert.strictEqual(code, 1)
          assert.match(told, /answers with status 404, as no Public API of Rollcall does/)
          assert.notInclude(told, key)
          assert.deepStrictEqual(
            asked.map(({ headers, url }) => [url, headers.authorization]),
            [["https://rollcall.example.com/api/v1/import-columns", `Bearer ${key}`]]
          )
        }
      })
  )

  it.effect("an empty standard input, or something else than a key on it, is told and not sent", () =>
    Effect.gen(function* () {
      const { file } = yield* people
      for (const [stdin, line] of [
        ["", /^The API key is empty\. `rollcall key create <organisation> --scope import` makes one/],
        ["\n", /^The API key is empty/],
        ["two words\n", /^The API key is not one: it has blanks or other characters in it\./],
        ["email\nada@halden.example\n", /^The API key is not one/]
      ] as const) {
        const { asked, http } = recording()
        const flags = ["--server", "https://rollcall.example.com", "--api-key-file", "-"]
        const { code, told } = yield* run(http, [stdin], "import", file, "--org", "acme", ...flags)
        assert.strictEqual(code, 1)
        assert.match(told, line)
        assert.lengthOf(asked, 0)
      }
    })
  )

  it.effect("goes in the clear to this machine, and to another with --insecure-http alone", () =>
    Effect.gen(function* () {
      const { file } = yield* people
      for (const [server, flags, isSent] of [
        ["http://127.0.0.1:3000", [], true],
        ["http://localhost:3000", [], true],
        ["http://acme.localhost:3000", [], true],
        ["http://[::1]:3000", [], true],
        ["http://rollcall.example.com", [], false],
        ["http://10.0.0.7:3000", [], false],
        ["http://127.0.0.1.example.com", [], false],
        ["http://localhost.example.com", [], false],
        ["http://rollcall.example.com", ["--insecure-http"], true],
        ["http://10.0.0.7:3000", ["--insecure-http"], true]
      ] as const) {
        const { asked, http } = recording()
        const command = ["import", file, "--org", "acme", "--server", server, "--api-key-file", "-", ...flags]
        const { code, told } = yield* run(http, [key], ...command)
        assert.deepStrictEqual(
          [code, asked.map(({ url }) => url)],
          isSent ? [1, [`${server}/api/v1/import-columns`]] : [2, []],
          server
        )
        if (!isSent) assert.match(told, /is not https:\/\/.*--insecure-http where the network is trusted/)
      }
    })
  )
})

describe("a server that is asked over TLS", () => {
  /** Listens with a certificate, or without TLS; its port, and how many requests it was asked in trust. */
  const listening = (certificate: SelfSigned | undefined) =>
    Effect.acquireRelease(
      Effect.callback<{ readonly port: number; readonly asked: () => number; readonly close: () => void }>((resume) => {
        let asked = 0
        const answer: RequestListener = (_, response) => {
          asked++
          response.writeHead(404).end()
        }
        const server = certificate === undefined ? createPlainServer(answer) : createServer(certificate, answer)
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          resume(Effect.succeed({ port, asked: () => asked, close: () => server.close().closeAllConnections() }))
        })
      }),
      ({ close }) => Effect.sync(close)
    )

  /** As NODE_EXTRA_CA_CERTS does when the program starts. */
  const trusting = ({ cert }: SelfSigned) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = getCACertificates("default")
        setDefaultCACertificates([...before, cert])
        return before
      }),
      (before) => Effect.sync(() => setDefaultCACertificates(before))
    )

  const ask = Effect.fnUntraced(function* (server: string) {
    const { file } = yield* people
    return yield* run(realHttp, [key], "import", file, "--org", "acme", "--server", server, "--api-key-file", "-")
  })

  it.live("is told no key while nobody vouches for its certificate, and is once the certificate is named", () =>
    Effect.gen(function* () {
      const own = makeSelfSigned()
      const { asked, port } = yield* listening(own)
      const refused = yield* ask(`https://localhost:${port}`)
      assert.strictEqual(refused.code, 1)
      assert.match(
        refused.told,
        new RegExp(
          `^The server at https://localhost:${port} has a certificate that nobody known here vouches for ` +
            "\\(DEPTH_ZERO_SELF_SIGNED_CERT\\)\\. If the server is yours, name the PEM file .* in NODE_EXTRA_CA_CERTS, and run"
        )
      )
      assert.strictEqual(asked(), 0)
      yield* trusting(own)
      const { told } = yield* ask(`https://localhost:${port}`)
      assert.match(told, /answers with status 404, as no Public API of Rollcall does/)
      assert.strictEqual(asked(), 1)
    })
  )

  it.live("a certificate for another name, one that has expired, and a port without TLS are told apart", () =>
    Effect.gen(function* () {
      const [valid, expired] = [makeSelfSigned(), makeSelfSigned(-1)]
      yield* trusting(valid)
      yield* trusting(expired)
      const [one, old] = [yield* listening(valid), yield* listening(expired)]
      const named = yield* ask(`https://127.0.0.1:${one.port}`)
      assert.match(named.told, /has a certificate that is for another name\. Give the address to --server/)
      const late = yield* ask(`https://localhost:${old.port}`)
      assert.match(late.told, /has a certificate that has expired\. Have the server's certificate renewed/)
      const plain = yield* ask(`https://localhost:${(yield* listening(undefined)).port}`)
      assert.match(plain.told, /does not speak TLS on that port\. Give the port to --server that is for https:/)
      for (const { code, told } of [named, late, plain]) {
        assert.strictEqual(code, 1)
        assert.notInclude(told, "NODE_EXTRA_CA_CERTS")
        assert.notInclude(told, key)
      }
      assert.deepStrictEqual([one.asked(), old.asked()], [0, 0])
    })
  )
})
