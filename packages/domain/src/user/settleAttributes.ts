import { Option, Schema } from "effect"
import type { DecideContext } from "../directory/DecideContext.ts"
import type { LogNote } from "../log/LogEntry.ts"
import { registerCustomAttributes } from "../organization/CustomAttribute.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import { PasswordHash } from "./PasswordHash.ts"

/** Attributes after the rules that concern one person alone: password taken out, custom names and User ID registered. */
export interface Settled {
  readonly attributes: JsonObject
  readonly notes: ReadonlyArray<LogNote>
  readonly customAttributes: DecideContext["customAttributes"]
  /** The hash of the password that is to be stored. */
  readonly passwordHash: PasswordHash | undefined
}

/** Settles what a request makes of a person's attributes; `before` undefined for a new person. */
export const settleAttributes = (
  context: DecideContext,
  number: number,
  attributes: JsonObject,
  before: JsonObject | undefined
): Settled => {
  const notes: Array<LogNote> = []
  let settled = attributes
  let passwordHash: PasswordHash | undefined
  if (Object.hasOwn(settled, "password")) {
    const { password, ...rest } = settled
    settled = rest
    const refusal = passwordRefusal(context, before)
    const sealed = Schema.decodeUnknownOption(PasswordHash)(password)
    if (refusal === undefined && Option.isSome(sealed)) passwordHash = sealed.value
    else notes.push(rule("ignored", "password", `The password was not taken: ${refusal ?? known}.`))
  }
  const active = before === undefined ? undefined : ownMember(before, "active")
  if (active !== undefined && !Object.hasOwn(settled, "active")) {
    // Emptied, it would read as active: only `true` and `false` change whether somebody may sign in.
    settled = { ...settled, active }
  }
  const timezone = ownMember(settled, "timezone")
  if (timezone !== undefined && (before === undefined || ownMember(before, "timezone") !== timezone)) {
    notes.push(rule("ignored", "timezone", "timezone is kept and returned but has no effect here (R-USER-3)."))
  }
  const urn = context.resourceTypes.extensionUrn
  const extension = ownMember(settled, urn)
  const registered = registerCustomAttributes(
    context.customAttributes,
    customAttributePrefix,
    isJsonObject(extension) ? extension : {}
  )
  // The User ID is stored among the attributes, so that it is returned and filtered like any other.
  if (registered.extension !== extension || ownMember(registered.extension, "userId") !== number) {
    settled = { ...settled, [urn]: { ...registered.extension, userId: number } }
  }
  for (const name of registered.refused) {
    notes.push(rule("ignored", name, "The organisation has as many custom attributes as it may; this one was ignored."))
  }
  return { attributes: settled, notes, customAttributes: registered.customAttributes, passwordHash }
}

/** Why no password is stored (R-MAIL-2); undefined where one is. */
const passwordRefusal = (context: DecideContext, before: JsonObject | undefined): string | undefined => {
  if (before === undefined) return "people set their own"
  if (context.singleSignOn.enabled) return "people sign in by single sign-on"
  return context.settings.syncPasswords ? undefined : "Sync passwords is off"
}

/** What is sent again and again is withheld before it comes here (`PasswordSealing`). */
const known = "it is the one that the person has, or that was sent last"

/** A note of a rule in the log. */
export const rule = (kind: "ignored" | "told", attribute: string, text: string): LogNote => ({
  kind,
  habit: "rule",
  attribute,
  text
})
