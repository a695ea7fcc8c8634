import { Server } from "node:http"
import { Server as NetServer } from "node:net"

/** How much faster than the clock the timeouts of an HTTP server run, where this file is loaded before the program. */
export const TIMES = 20

const patient = NetServer.prototype.listen

const hurried = function (this: Server, ...args: Array<unknown>): unknown {
  this.headersTimeout /= TIMES
  this.requestTimeout /= TIMES
  // How often Node looks for sockets that are late; an option of the constructor that the types do not show as a property.
  const interval: unknown = Reflect.get(this, "connectionsCheckingInterval")
  Reflect.set(this, "connectionsCheckingInterval", (typeof interval === "number" ? interval : 30_000) / TIMES)
  return Reflect.apply(patient, this, args)
}

Reflect.set(Server.prototype, "listen", hurried)
