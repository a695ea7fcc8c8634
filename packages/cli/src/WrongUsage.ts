import { Schema } from "effect"

/** Flags that are right one by one but make no sense together: wrong usage, as a misspelt flag is. */
export class WrongUsage extends Schema.TaggedError<WrongUsage>()("WrongUsage", {
  /** What is wrong, with the flags named, and what to give instead. */
  problem: Schema.String,
  /** The command whose help explains it: `rollcall org sso`. */
  command: Schema.String
}) {
  override get message(): string {
    return `${this.problem}.`
  }
}
