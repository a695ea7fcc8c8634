import { Schema } from "effect"

/** The command has told what went wrong, in its result: only the exit code is left to say it. */
export class AlreadyTold extends Schema.TaggedError<AlreadyTold>()("AlreadyTold", {}) {}
