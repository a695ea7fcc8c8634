import { request } from "node:https"
import { IssuerUnreachable } from "@rollcall/domain/organization/FederatedIdentities"
import { Config, Context, Effect, Layer } from "effect"
import { forbiddenHost, guardedLookup } from "../AddressGuard.ts"

/** The variables that the federation of identities reads, for `rollcall config`. */
export const federationVariables = [
  {
    name: "FEDERATION_ALLOW_PRIVATE",
    default: "false",
    description:
      "Whether issuers of federated identities may be at addresses of the inner network, and of the machine itself",
    secret: false
  }
] as const

/** Whether issuers may be at addresses of the inner network. */
export const federationAllowsPrivate: Config.Config<boolean> = Config.withDefault(
  Config.Boolean("FEDERATION_ALLOW_PRIVATE"),
  false
)

/** Bytes of a document; Entra's keys have some 15 thousand. */
const mostBytes = 256 * 1_024
/** For all of it, from the look-up of the name to the last byte. */
const wholeTimeout = "5 seconds"

/** JSON documents that issuers publish. */
export class IssuerDocuments extends Context.Service<
  IssuerDocuments,
  {
    /** The document at an `https` address: 200, JSON, no redirect followed. */
    fetch(url: string): Effect.Effect<unknown, IssuerUnreachable>
  }
>()("@rollcall/delivery/federation/IssuerDocuments") {
  /** By the network. Addresses are judged as they are resolved for the connection itself (ABUSE-38). */
  static readonly layer = (allowPrivate: boolean): Layer.Layer<IssuerDocuments> =>
    Layer.succeed(IssuerDocuments, {
      fetch: (url) =>
        Effect.timeoutOrElse(download(url, allowPrivate), {
          duration: wholeTimeout,
          orElse: () => unreachable(`${url} did not answer within ${wholeTimeout}`)
        }).pipe(
          Effect.flatMap((text) =>
            Effect.try({ try: (): unknown => JSON.parse(text), catch: () => failure(`${url} is not JSON`) })
          )
        )
    })
}

const failure = (reason: string): IssuerUnreachable => new IssuerUnreachable({ reason })
const unreachable = (reason: string) => Effect.fail(failure(reason))

const download = (address: string, allowPrivate: boolean): Effect.Effect<string, IssuerUnreachable> =>
  Effect.callback((resume) => {
    const url = URL.parse(address)
    if (url === null || url.protocol !== "https:") return resume(unreachable(`${address} is no https address`))
    const kind = forbiddenHost(url.hostname, allowPrivate)
    if (kind !== undefined) return resume(unreachable(`${address} has ${kind}, which must not be reached`))
    const sent = request(url, {
      agent: false,
      headers: { accept: "application/json" },
      lookup: guardedLookup(allowPrivate)
    })
    sent.on("error", (error) => resume(unreachable(`${address} cannot be had: ${error.message}`)))
    sent.on("response", (response) => {
      if (response.statusCode !== 200) {
        sent.destroy()
        return resume(unreachable(`${address} answered ${response.statusCode}`))
      }
      const chunks: Array<Buffer> = []
      let size = 0
      response.on("data", (chunk: Buffer) => {
        size += chunk.length
        if (size <= mostBytes) return chunks.push(chunk)
        sent.destroy()
        return resume(unreachable(`${address} is larger than ${mostBytes} bytes`))
      })
      response.on("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
      response.on("error", (error) => resume(unreachable(`${address} ended early: ${error.message}`)))
    })
    sent.end()
    return Effect.sync(() => sent.destroy())
  })
