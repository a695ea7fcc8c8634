import { Schema } from "effect"

/** The one error of storage: it cannot be reached just now. The HTTP edge makes it 503 with `Retry-After`. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  /** What was being done, for the log; never a statement or a value. */
  operation: Schema.String
}) {
  override get message(): string {
    return `Storage cannot be reached (${this.operation})`
  }
}
