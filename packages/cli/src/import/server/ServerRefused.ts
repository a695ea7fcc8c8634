import { Schema } from "effect"
import { Refused } from "../../Refused.ts"

/** What a server says of a request that it does not carry out, or of a file that it could not import, in its own words. */
export class ServerRefused extends Schema.TaggedError<ServerRefused>()("ServerRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** Whether an error is one for people already, and no longer one of a call. */
export const isOwn = Schema.is(Schema.Union([Refused, ServerRefused]))
