import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Accepted, type Consequence, type Decision, refused } from "../directory/Decision.ts"
import type { AttributeChange, Subject } from "../log/LogEntry.ts"
import { printInstant } from "../scim/DateTimeValue.ts"
import type { ReviewWindow } from "./ReviewWindow.ts"
import { addWindow, closeOpen, notOpen, noWindow } from "./ReviewWindows.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

const subjectOf = ({ id, name }: Pick<ReviewWindow, "id" | "name">): Subject => ({ type: "ReviewWindow", id, name })

const told = (text: string): Accepted["notes"] => [{ kind: "told", habit: "rule", attribute: "reviewWindow", text }]

/** Opens a window, now or at a time to come; until it closes, changes of managers are held (R-MGR-4). */
export const decideOpenReviewWindow = (
  { closesAt, name, newId, opensAt }: Of<"OpenReviewWindow">,
  { configuration, now }: DecideContext
): Decision => {
  const wanted: ReviewWindow = { id: newId, name, opensAt: opensAt ?? now, closesAt }
  const result = addWindow(configuration.reviewWindows, wanted, now)
  if (Result.isFailure(result)) return refused(result.failure, undefined)
  const { added, windows } = result.success
  return {
    _tag: "Accepted",
    outcome: "created",
    subject: subjectOf(added),
    change: { configuration: { reviewWindows: windows } },
    events: [],
    changes: [
      { attribute: "name", before: undefined, after: added.name },
      { attribute: "opensAt", before: undefined, after: printInstant(added.opensAt) },
      { attribute: "closesAt", before: undefined, after: printInstant(added.closesAt) }
    ],
    notes: told("While it is open, changes of managers are held."),
    reply: { _tag: "ReviewWindows", windows: [added], created: true }
  }
}

/**
 * Closes the window of that id now, or all that are open where none is named; one that is still to come is called off. The
 * managers that were held are then applied, by the clock (R-MGR-4).
 */
export const decideCloseReviewWindow = (
  { id }: Of<"CloseReviewWindow">,
  { configuration, now }: DecideContext
): Decision => {
  const { reviewWindows } = configuration
  const named = reviewWindows.find((window) => window.id === id)
  if (id !== undefined && named === undefined) return refused(noWindow(id), undefined)
  if (named !== undefined && named.opensAt > now) return calledOff(named, reviewWindows)
  const { closed, windows } = closeOpen(reviewWindows, now, id)
  const [first, ...others] = closed
  if (first === undefined) return refused(notOpen(named?.name), named === undefined ? undefined : subjectOf(named))
  const changesOf = (window: ReviewWindow): ReadonlyArray<AttributeChange> => {
    const before = reviewWindows.find((other) => other.id === window.id)
    return [
      { attribute: "closesAt", before: printInstant(before?.closesAt ?? now), after: printInstant(window.closesAt) }
    ]
  }
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject: subjectOf(first),
    change: { configuration: { reviewWindows: windows } },
    events: [],
    changes: changesOf(first),
    notes: told("It is closed, and the changes of managers that were held are applied."),
    consequences: others.map(
      (window): Consequence => ({ subject: subjectOf(window), changes: changesOf(window), notes: [], matched: [] })
    ),
    reply: { _tag: "ReviewWindows", windows: closed, created: false }
  }
}

const calledOff = (window: ReviewWindow, all: ReadonlyArray<ReviewWindow>): Accepted => ({
  _tag: "Accepted",
  outcome: "deleted",
  subject: subjectOf(window),
  change: { configuration: { reviewWindows: all.filter(({ id }) => id !== window.id) } },
  events: [],
  changes: [{ attribute: "name", before: window.name, after: undefined }],
  notes: told("It had not opened yet, and is called off."),
  reply: { _tag: "ReviewWindows", windows: [window], created: false }
})
