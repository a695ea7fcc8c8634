import { Option, Schema } from "effect"
import { toldText } from "../log/ShownValue.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { WebhookEndpoint } from "./WebhookEndpoint.ts"

const parseUrl = Schema.decodeUnknownOption(Schema.URLFromString)

/** An address without what may be a secret in it: a user's part or a query; nothing of what is no address. */
const shownUrl = (text: string): string | null =>
  Option.match(parseUrl(text), {
    onNone: () => null,
    onSome: ({ host, pathname, protocol, search }) =>
      toldText(`${protocol}//${host}${pathname}${search === "" ? "" : "?…"}`)
  })

/** What the log tells of an endpoint before and after a change (R-LOG-1): never a secret. */
export const endpointFacts = ({
  description,
  state,
  types,
  url
}: Pick<WebhookEndpoint, "description" | "state" | "types" | "url">): JsonObject => ({
  webhook: {
    url: shownUrl(url),
    description: toldText(description),
    types: types === null ? "all" : [...types],
    enabled: state._tag === "Enabled"
  }
})
