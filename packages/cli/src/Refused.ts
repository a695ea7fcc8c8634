import { Schema } from "effect"

/** Why a command did nothing or not all: what is wrong, and what to do; a line each, and never a secret in them. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  problem: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `${this.problem}. ${this.remedy}.`
  }
}
