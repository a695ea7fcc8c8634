import type { AddressSettings } from "@rollcall/domain/organization/ScimBaseUrl"
import { Context, Effect } from "effect"
import { Installation } from "./Installation.ts"

/**
 * What the addresses of organisations are made of where a running server answers for the stores: it knows, and the
 * environment of whoever types the command need not. Undefined where the command opens the database itself.
 */
export const ServedAddress = Context.Reference<AddressSettings | undefined>("@rollcall/cli/ServedAddress", {
  defaultValue: () => undefined
})

/** What the addresses of organisations are made of: as the server has it, else as the environment says. */
export const addressSettings = Effect.gen(function* () {
  return (yield* ServedAddress) ?? (yield* (yield* Installation).address)
})
