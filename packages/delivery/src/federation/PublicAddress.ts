import { lookup } from "node:dns"
import type { LookupFunction } from "node:net"
import ipaddr from "ipaddr.js"

/**
 * Whether an IP address is one of the public internet. Loopback, private, link-local, shared (CGNAT), unique local,
 * multicast and reserved ranges are not, nor what leads to them by another family (`::ffff:127.0.0.1`, NAT64, 6to4).
 */
export const isPublicAddress = (address: string): boolean => {
  const text = address.replace(/^\[|\]$/g, "").split("%", 1)[0] ?? ""
  return ipaddr.isValid(text) && ipaddr.process(text).range() === "unicast"
}

/** Whether a host of a URL is written as an IP address: those are connected to without a look-up. */
export const isAddress = (host: string): boolean => ipaddr.isValid(host.replace(/^\[|\]$/g, ""))

/**
 * A look-up for `net.connect` that fails where any of the addresses of a name is not public. What it answers is what is
 * connected to, so there is no second look-up that could answer otherwise (ABUSE-38).
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error !== null || first === undefined) return callback(error ?? new Error("no address"), "", 4)
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new Error("The name leads to an address that is not public"), "", 4)
    }
    if (options.all === true) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}
