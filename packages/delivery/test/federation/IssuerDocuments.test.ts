import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { IssuerDocuments } from "@rollcall/delivery/federation/IssuerDocuments"
import { Effect } from "effect"

const fetched = (url: string, allowPrivate = false) =>
  Effect.flip(Effect.flatMap(IssuerDocuments, (documents) => documents.fetch(url))).pipe(
    Effect.provide(IssuerDocuments.layer(allowPrivate))
  )

describe("documents of issuers", () => {
  it.effect("are not fetched from private addresses, written or looked up, nor without TLS (ABUSE-38)", () =>
    Effect.gen(function* () {
      let connections = 0
      const server = createServer((_, response) => response.end("{}"))
      server.on("connection", () => connections++)
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const { port } = server.address() as AddressInfo
      const urls = [
        `https://127.0.0.1:${port}/`,
        `https://localhost:${port}/`,
        `https://[::ffff:127.0.0.1]:${port}/`,
        `https://2130706433:${port}/`,
        `https://0x7f.1:${port}/`,
        "https://169.254.169.254/latest/meta-data",
        `http://127.0.0.1:${port}/`,
        "file:///etc/passwd",
        "junk"
      ]
      for (const url of urls) assert.match((yield* fetched(url)).reason, /public|https/, url)
      assert.strictEqual(connections, 0)
    })
  )

  it.effect(
    "are fetched from this machine by the operator's word, and from link-local addresses never (ABUSE-38)",
    () =>
      Effect.gen(function* () {
        const { reason } = yield* fetched("https://169.254.169.254/latest/meta-data", true)
        assert.match(reason, /not public \(linkLocal\)/)
        // Port 1 has nobody who listens: that the connection is tried is what counts.
        assert.notMatch((yield* fetched("https://localhost:1/", true)).reason, /must not be reached/)
      })
  )
})
