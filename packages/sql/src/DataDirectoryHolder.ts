import { Schema } from "effect"

/** Who holds a data directory, as the holder wrote it down for others. */
export const Holder = Schema.Struct({
  pid: Schema.Int,
  /** When it took the directory, e.g. `2026-03-02T09:00:00.000Z`. */
  since: Schema.String,
  /** Where it serves, e.g. `http://127.0.0.1:3000`; null for a command. */
  address: Schema.NullOr(Schema.String)
})
export type Holder = typeof Holder.Type
