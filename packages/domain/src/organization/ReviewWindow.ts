import { Schema } from "effect"

/**
 * A time in which the organisation reviews its people and their managers stay who they are (R-MGR-4). Times are
 * milliseconds since 1970 UTC; `closesAt` is the first moment after it.
 */
export const ReviewWindow = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  opensAt: Schema.Number,
  closesAt: Schema.Number
})
export type ReviewWindow = typeof ReviewWindow.Type

/** The window that is open at a time, the one that closes last where there are several. */
export const openWindow = (windows: ReadonlyArray<ReviewWindow>, now: number): ReviewWindow | undefined => {
  let open: ReviewWindow | undefined
  for (const window of windows) {
    if (window.opensAt <= now && now < window.closesAt && window.closesAt > (open?.closesAt ?? 0)) open = window
  }
  return open
}
