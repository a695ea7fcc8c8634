import { Option, type Redacted, Result, Schema } from "effect"
import type { EventType } from "../events/EventPayload.ts"
import { ScimError, unusable } from "../scim/ScimError.ts"
import { parseUuid } from "../user/UserId.ts"

/** The id of a webhook endpoint: a UUID in lower case. */
export const WebhookEndpointId = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { message: "must be a UUID in lower case" })
  ),
  Schema.brand("WebhookEndpointId")
)
export type WebhookEndpointId = typeof WebhookEndpointId.Type

/** The id that a text stands for; undefined where it cannot be one. */
export const readEndpointId = (text: string): WebhookEndpointId | undefined => {
  const uuid = parseUuid(text)
  return uuid === undefined ? undefined : WebhookEndpointId.make(uuid)
}

/**
 * Why nothing is sent to an endpoint:
 * - admin: somebody switched it off.
 * - gone: it answered 410 Gone, by which a receiver says that it is not there any more.
 * - failing: for five days every attempt has failed.
 */
export const DisabledReason = Schema.Literals(["admin", "gone", "failing"])
export type DisabledReason = typeof DisabledReason.Type

/** Whether events are sent to an endpoint, and since when not. Times are milliseconds since 1970 UTC. */
export type EndpointState =
  | { readonly _tag: "Enabled" }
  | { readonly _tag: "Disabled"; readonly reason: DisabledReason; readonly since: number }

export const enabled: EndpointState = { _tag: "Enabled" }

/** What an admin says of an endpoint. */
export interface EndpointSettings {
  /** Where events are POSTed to. */
  readonly url: string
  /** What it is for, for people; one line, may be empty. */
  readonly description: string
  /** The types of events that are sent; null for all, also those of later releases. */
  readonly types: ReadonlyArray<EventType> | null
}

/** An address of the product next door to which the organisation's events are sent, in order (R-API-3). */
export interface WebhookEndpoint extends EndpointSettings {
  readonly id: WebhookEndpointId
  readonly state: EndpointState
  readonly createdAt: number
}

/** What requests to an endpoint are signed with. Never listed, logged or shown a second time (decision 13). */
export interface WebhookSecrets {
  readonly current: Redacted.Redacted<string>
  /** The one before the last rotation, which signs besides the current one until then. */
  readonly previous: { readonly secret: Redacted.Redacted<string>; readonly until: number } | undefined
}

/** So many endpoints an organisation has at most. */
export const mostEndpoints = 20

const longestUrl = 2_048
const longestDescription = 200

/** Checks what an admin says of an endpoint; `allowHttp` where the installation may send without TLS. */
export const checkSettings = (
  { description, types, url }: EndpointSettings,
  allowHttp: boolean
): Result.Result<void, ScimError> => {
  const fault = webhookUrlFault(url, allowHttp)
  if (fault !== undefined) {
    return Result.fail(unusable("url", `The URL ${fault}. Give an address such as https://hooks.example.com/rollcall.`))
  }
  if (description.length > longestDescription || hasControl(description)) {
    return Result.fail(
      unusable("description", `The description is longer than ${longestDescription} characters, or is no single line.`)
    )
  }
  if (types !== null && types.length === 0) {
    return Result.fail(unusable("types", "No type of event is named. Name some, or give null for all of them."))
  }
  return Result.succeed(undefined)
}

const hasControl = (text: string): boolean =>
  !text.isWellFormed() ||
  [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029
  })

/**
 * What is wrong with the address of an endpoint, fit to follow on "the URL"; undefined where nothing is. Whether its host
 * may be reached is no matter of the text: it is judged by the address at each connection (ABUSE-38).
 */
export const webhookUrlFault = (text: string, allowHttp: boolean): string | undefined => {
  if (text.length > longestUrl) return `is longer than ${longestUrl} characters`
  const url = Option.getOrUndefined(parseUrl(text))
  if (url === undefined) return "is not a URL"
  if (url.protocol !== "https:" && !(allowHttp && url.protocol === "http:")) return "does not begin with https://"
  if (url.username !== "" || url.password !== "") return "holds a user name or password"
  if (url.hash !== "") return "has a fragment, which is never sent"
  return undefined
}

const parseUrl = Schema.decodeUnknownOption(Schema.URLFromString)

/** The refusal of an endpoint too many. */
export const tooManyEndpoints = new ScimError({
  status: 409,
  detail: `There are ${mostEndpoints} endpoints, and no more may be. Delete one that is not needed any more.`
})

/** The 404 of an endpoint; another organisation's is as little there as one that never was (ABUSE-11). */
export const noSuchEndpoint = new ScimError({
  status: 404,
  detail: "There is no such webhook endpoint. List the webhooks to see which there are."
})

const stillRotating = new ScimError({
  status: 409,
  detail:
    "The secret before the present one still signs, for 24 hours after its rotation. Wait, or rotate at once: the former secrets then end."
})

/** Whether an endpoint wants an event of that type. */
export const wants = ({ types }: Pick<EndpointSettings, "types">, type: EventType): boolean =>
  types === null || types.includes(type)

/** For so long both secrets sign after a rotation, in milliseconds. */
export const rotationTime = 24 * 60 * 60 * 1_000

/**
 * The secrets after a new one is taken into use. The former one goes on signing for a day, so that a receiver that knows
 * either accepts; with `atOnce` it does not: for a secret that became known.
 *
 * A second rotation within that day is refused: it would drop the secret that receivers still verify with.
 */
export const rotated = (
  secrets: WebhookSecrets,
  secret: Redacted.Redacted<string>,
  now: number,
  atOnce: boolean
): Result.Result<WebhookSecrets, ScimError> => {
  if (atOnce) return Result.succeed({ current: secret, previous: undefined })
  if (secrets.previous !== undefined && secrets.previous.until > now) {
    return Result.fail(stillRotating)
  }
  return Result.succeed({ current: secret, previous: { secret: secrets.current, until: now + rotationTime } })
}

/** The secrets that sign at a time, the current one first. */
export const signingSecrets = (
  { current, previous }: WebhookSecrets,
  now: number
): ReadonlyArray<Redacted.Redacted<string>> =>
  previous !== undefined && previous.until > now ? [current, previous.secret] : [current]

/** A change of an endpoint; what is not given stays. */
export interface EndpointChange extends Partial<EndpointSettings> {
  /** Switched on it goes on where it stopped. */
  readonly enabled?: boolean
}

/** The endpoint after a change. */
export const changedEndpoint = (endpoint: WebhookEndpoint, change: EndpointChange, now: number): WebhookEndpoint => {
  const { enabled: isWanted, ...settings } = change
  const isOn = endpoint.state._tag === "Enabled"
  const state =
    isWanted === undefined || isWanted === isOn
      ? endpoint.state
      : isWanted
        ? enabled
        : ({ _tag: "Disabled", reason: "admin", since: now } as const)
  return { ...endpoint, ...settings, state }
}
