import { Schema } from "effect"

/** What a server says of a request that it does not carry out, or of a file that it could not import, in its own words. */
export class ServerRefused extends Schema.TaggedError<ServerRefused>()("ServerRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}
