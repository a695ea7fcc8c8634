import { Result } from "effect"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import { checkName } from "./OrganizationFault.ts"
import type { ReviewWindow } from "./ReviewWindow.ts"

/** So many windows are kept; the past ones that ended first fall away. They are read with every key. */
export const maxReviewWindows = 50

const byOpening = (windows: ReadonlyArray<ReviewWindow>): ReadonlyArray<ReviewWindow> =>
  windows.toSorted((left, right) => left.opensAt - right.opensAt)

const tooMany = badRequest(
  "tooMany",
  `There can be ${maxReviewWindows} review windows that are open or to come. Close some, then try again.`
)

/**
 * The windows with one more; past ones make room for it where there are too many. One that was to open before `now` opens
 * now: nothing was held before it was known.
 */
export const addWindow = (
  windows: ReadonlyArray<ReviewWindow>,
  wanted: ReviewWindow,
  now: number
): Result.Result<{ readonly added: ReviewWindow; readonly windows: ReadonlyArray<ReviewWindow> }, ScimError> => {
  const name = checkName(wanted.name)
  if (Result.isFailure(name)) return Result.fail(name.failure)
  const opensAt = Math.max(now, wanted.opensAt)
  if (!(wanted.closesAt > opensAt)) {
    const fault = wanted.closesAt > now ? "would close before it opens" : "would end in the past"
    const remedy = "Give an end that lies in the future, after its beginning."
    const detail = `The review window ${JSON.stringify(name.success)} ${fault}. ${remedy}`
    return Result.fail(badRequest("invalidValue", detail))
  }
  const past = windows.filter((window) => window.closesAt <= now)
  const kept = new Set(
    past
      .toSorted((left, right) => right.closesAt - left.closesAt)
      .slice(0, Math.max(0, maxReviewWindows - 1 - (windows.length - past.length)))
  )
  const added: ReviewWindow = { id: wanted.id, name: name.success, opensAt, closesAt: wanted.closesAt }
  const all = [...windows.filter((window) => window.closesAt > now || kept.has(window)), added]
  return all.length > maxReviewWindows ? Result.fail(tooMany) : Result.succeed({ added, windows: byOpening(all) })
}

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

/** The refusal of a window that is not there. */
export const noWindow = (id: string): ScimError =>
  new ScimError({ status: 404, detail: `Review window ${id.slice(0, 64)} not found. List the review windows.` })

/** The refusal to close what is closed: `name` of the one meant, undefined where all were. */
export const notOpen = (name: string | undefined): ScimError =>
  new ScimError({
    status: 409,
    detail:
      name === undefined
        ? "No review window is open. List the review windows to see when they are."
        : `The review window ${JSON.stringify(name)} is closed already. Nothing is to be done.`
  })
