import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { IssuerDocuments } from "@rollcall/delivery/federation/IssuerDocuments"
import { isPublicAddress, publicLookup } from "@rollcall/delivery/federation/PublicAddress"
import { Effect } from "effect"

const fetched = (url: string) =>
  Effect.flip(Effect.flatMap(IssuerDocuments, (documents) => documents.fetch(url))).pipe(
    Effect.provide(IssuerDocuments.layer(false))
  )

describe("documents of issuers", () => {
  it("tells addresses of the public internet from all others (ABUSE-38)", () => {
    const ours =
      "127.0.0.1 127.8.9.1 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 " +
      "224.0.0.1 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 :: ::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe " +
      "[::ffff:10.0.0.1] fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 ff02::1 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::1 junk"
    for (const address of ours.split(" ")) assert.isFalse(isPublicAddress(address), address)
    for (const address of ["8.8.8.8", "20.190.159.0", "2603:1006::1", "::ffff:8.8.8.8"]) {
      assert.isTrue(isPublicAddress(address), address)
    }
  })

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

  it("a look-up fails where the name leads to this machine, whichever form of answer is asked for", async () => {
    for (const all of [true, false]) {
      const error = await new Promise((resolve) => publicLookup("localhost", { all }, (failure) => resolve(failure)))
      assert.instanceOf(error, Error)
    }
  })
})
