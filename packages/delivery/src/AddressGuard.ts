import { type LookupAddress, lookup as systemLookup } from "node:dns"
import type { LookupFunction } from "node:net"
import ipaddr from "ipaddr.js"

/** A host that must not be reached. Tells of what kind its address is, and not the address: who asks may not know it. */
export class ForbiddenAddress extends Error {
  constructor(kind: string) {
    super(`The host has ${kind}, which must not be reached`)
    this.name = "ForbiddenAddress"
  }
}

/** Public by their range, and yet of the machines that a cloud's servers ask about themselves. */
const metadataAddresses: ReadonlySet<string> = new Set(["168.63.129.16", "fd00:ec2::254"])

/** Ranges that an operator may open: the inner network, and this machine. */
const innerRanges: ReadonlySet<string> = new Set(["loopback", "private", "uniqueLocal", "carrierGradeNat"])

const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3")

/**
 * Of what kind an address is that must not be reached; undefined where it may (ABUSE-38). Without `allowPrivate` only
 * what is public may; with it the inner network, too, and never link-local addresses, metadata services or groups.
 */
export const forbiddenAddress = (text: string, allowPrivate: boolean): string | undefined => {
  if (!ipaddr.isValid(text)) return "no address"
  // ::ffff:127.0.0.1 is 127.0.0.1.
  const address = ipaddr.process(text)
  if (metadataAddresses.has(address.toString())) return "the address of a metadata service"
  const range = address.range()
  if (allowPrivate && innerRanges.has(range)) return undefined
  const isPublic = range === "unicast" && (address instanceof ipaddr.IPv4 || address.match(globalUnicast))
  return isPublic ? undefined : `an address that is not public (${range === "unicast" ? "reserved" : range})`
}

/** Resolves a name to all of its addresses. */
export type Resolve = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: ReadonlyArray<LookupAddress>) => void
) => void

const systemResolve: Resolve = (hostname, callback) => systemLookup(hostname, { all: true }, callback)

/**
 * The look-up of names for connections: what it hands out is what is connected to, so nothing can change between the
 * check and the connection. A host with one forbidden address among others is refused as a whole.
 */
export const guardedLookup =
  (allowPrivate: boolean, resolve: Resolve = systemResolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return callback(error, "")
      const wanted = addresses.filter(({ family }) => !options.family || familyOf(options.family) === family)
      const [first] = wanted
      for (const { address } of addresses) {
        const kind = forbiddenAddress(address, allowPrivate)
        if (kind !== undefined) return callback(new ForbiddenAddress(kind), "")
      }
      if (first === undefined) return callback(new Error("The host has no address"), "")
      if (options.all === true)
        callback(
          null,
          wanted.map(({ address, family }) => ({ address, family }))
        )
      else callback(null, first.address, first.family)
    })
  }

const familyOf = (family: number | "IPv4" | "IPv6"): number => (family === "IPv4" ? 4 : family === "IPv6" ? 6 : family)

/** A host that stands in a URL as an address is never looked up: of what kind it is where it must not be reached. */
export const forbiddenHost = (hostname: string, allowPrivate: boolean): string | undefined => {
  const text = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname
  return ipaddr.isValid(text) ? forbiddenAddress(text, allowPrivate) : undefined
}
