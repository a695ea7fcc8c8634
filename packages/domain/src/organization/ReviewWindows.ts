import { Effect } from "effect"
import { OrganizationRefused } from "./Organization.ts"
import { checkName } from "./OrganizationFault.ts"
import type { ReviewWindow } from "./ReviewWindow.ts"

/** So many windows are kept; the past ones that ended first fall away. They are read with every key. */
export const maxReviewWindows = 50

const byOpening = (windows: ReadonlyArray<ReviewWindow>): ReadonlyArray<ReviewWindow> =>
  windows.toSorted((left, right) => left.opensAt - right.opensAt)

/** The windows in the order in which they open, checked: none closes before it opens, each has an id of its own. */
export const checkReviewWindows = Effect.fnUntraced(function* (
  windows: ReadonlyArray<ReviewWindow>
): Effect.fn.Return<ReadonlyArray<ReviewWindow>, OrganizationRefused> {
  const ids = new Set<string>()
  const checked: Array<ReviewWindow> = []
  for (const window of windows) {
    const name = yield* checkName(window.name)
    if (!(window.closesAt >= window.opensAt)) {
      return yield* new OrganizationRefused({
        detail: `The review window ${JSON.stringify(name)} would close before it opens. Give it a later end.`
      })
    }
    if (ids.has(window.id)) {
      return yield* new OrganizationRefused({
        detail: `Two review windows have the id ${window.id}. Give each its own.`
      })
    }
    ids.add(window.id)
    checked.push({ ...window, name })
  }
  return checked.length > maxReviewWindows ? yield* tooMany : byOpening(checked)
})

const tooMany = new OrganizationRefused({
  detail: `There can be ${maxReviewWindows} review windows that are open or to come. Close some, then try again.`
})

/** The windows with one more, which opens now; past ones make room for it where there are too many. */
export const openAnother = Effect.fnUntraced(function* (
  windows: ReadonlyArray<ReviewWindow>,
  { closesAt, name: given, opensAt }: Omit<ReviewWindow, "id">,
  id: string
): Effect.fn.Return<
  { readonly opened: ReviewWindow; readonly windows: ReadonlyArray<ReviewWindow> },
  OrganizationRefused
> {
  const name = yield* checkName(given)
  if (!(closesAt > opensAt)) {
    return yield* new OrganizationRefused({
      detail: `The review window ${JSON.stringify(name)} would end in the past. Give an end that lies in the future.`
    })
  }
  const past = windows.filter((window) => window.closesAt <= opensAt)
  const kept = new Set(
    past
      .toSorted((left, right) => right.closesAt - left.closesAt)
      .slice(0, Math.max(0, maxReviewWindows - 1 - (windows.length - past.length)))
  )
  const opened: ReviewWindow = { id, name, opensAt, closesAt }
  const all = [...windows.filter((window) => window.closesAt > opensAt || kept.has(window)), opened]
  return all.length > maxReviewWindows ? yield* tooMany : { opened, windows: byOpening(all) }
})

/** The windows with those that are open now closed: the one of that id, or all where none is named. */
export const closeOpen = (
  windows: ReadonlyArray<ReviewWindow>,
  now: number,
  id: string | undefined
): { readonly closed: ReadonlyArray<ReviewWindow>; readonly windows: ReadonlyArray<ReviewWindow> } => {
  const closed: Array<ReviewWindow> = []
  const after = windows.map((window) => {
    const isMeant = window.opensAt <= now && now < window.closesAt && (id === undefined || window.id === id)
    if (!isMeant) return window
    closed.push({ ...window, closesAt: now })
    return { ...window, closesAt: now }
  })
  return { closed, windows: after }
}
