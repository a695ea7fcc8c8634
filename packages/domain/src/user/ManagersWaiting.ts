import type { DecideContext } from "../directory/DecideContext.ts"
import { type Consequence, type Unloaded, unloaded } from "../directory/Decision.ts"
import type { Needs } from "../directory/Needs.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { MatchedReference } from "../log/LogEntry.ts"
import { decideManager, managerAttribute } from "./decideManager.ts"
import { noManager } from "./ManagerLink.ts"
import { withCandidate } from "./PeopleView.ts"
import type { User } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { coreText, type UserKeys, userKeys } from "./UserKeys.ts"

/** What a write does to the managers of others. */
export interface OthersStep {
  readonly _tag: "Others"
  readonly users: ReadonlyArray<User>
  readonly events: ReadonlyArray<DomainEvent>
  readonly consequences: ReadonlyArray<Consequence>
}

export const noOthers: OthersStep = { _tag: "Others", users: [], events: [], consequences: [] }

/** The references by which somebody could wait for a person and that are new, the ones a person is given apart. */
const newKeys = (
  user: User,
  before: UserKeys | undefined
): { readonly given: ReadonlyArray<string>; readonly sent: ReadonlyArray<string> } => {
  const keys = userKeys(user.attributes)
  const sent: Array<string> = []
  if (keys.email !== undefined && keys.email !== before?.email) sent.push(keys.email)
  if (keys.employeeNumber !== undefined && keys.employeeNumber !== before?.employeeNumber) {
    sent.push(keys.employeeNumber)
  }
  return { given: before === undefined ? [user.id, String(user.number)] : [], sent }
}

/**
 * What must be known to say who waits for a new person, before their User ID is: every request of a batch that makes
 * somebody asks for the same User IDs, so that one look into the database is enough.
 */
export const newcomerNeeds = (keys: UserKeys, context: DecideContext): Needs => ({
  waiting: [keys.email, keys.employeeNumber].filter((key) => key !== undefined),
  waitingNumbers: context.userNumbers
})

/**
 * R-MGR-2: whose manager the person is from now on, because a reference to them was kept. `before` are the person's
 * keys until now, undefined where they were not there; of a newcomer {@link newcomerNeeds} are known already.
 */
export const fillManagers = (
  user: User,
  before: UserKeys | "newcomer" | undefined,
  view: WorkingSet,
  context: DecideContext
): OthersStep | Unloaded => {
  if (!context.settings.syncManagers) return noOthers
  const { given, sent } = newKeys(user, before === "newcomer" ? undefined : before)
  // Nobody waits for an id that was just made, and the User IDs of newcomers were asked for all at once.
  const unknown = view.unknown({ waiting: before === "newcomer" ? sent : [...given, ...sent] })
  if (unknown !== undefined) return unloaded(unknown)
  const waiting = new Map<UserId, User>()
  for (const key of [...given, ...sent]) for (const other of view.people.waitingFor(key)) waiting.set(other.id, other)
  waiting.delete(user.id)
  if (waiting.size === 0) return noOthers
  const after = withCandidate(view, user)
  const changes: Array<ManagerChange> = []
  for (const other of waiting.values()) {
    const reference = other.manager.pending?.reference
    const step = decideManager({ id: other.id, link: other.manager, reference, isNew: false }, after, context)
    if (step._tag === "Unloaded") return step
    if (step.link !== other.manager) {
      changes.push({ before: other, after: { ...other, manager: step.link }, notes: step.notes, matched: step.matched })
    }
  }
  return othersStep(changes)
}

/** R-MGR-2: a person is deleted: whose manager they were has none, and waits for them to come back. */
export const clearManagers = (user: User, view: WorkingSet): OthersStep | Unloaded => {
  const unknown = view.unknown({ reportsOf: [user.id] })
  if (unknown !== undefined) return unloaded(unknown)
  const name = coreText(user.attributes, "userName") ?? user.id
  return othersStep(
    view.people
      .reportsOf(user.id)
      .filter((report) => report.id !== user.id)
      .map((report) => ({
        before: report,
        after: {
          ...report,
          manager: {
            ...noManager,
            pending: report.manager.pending ?? { reason: "unmatched", reference: report.manager.reference }
          }
        },
        notes: [
          {
            kind: "told",
            habit: "rule",
            attribute: managerAttribute,
            text: `The manager ${name} was deleted, so the manager is blank until somebody matches again.`
          }
        ],
        matched: []
      }))
  )
}

interface ManagerChange {
  readonly before: User
  readonly after: User
  readonly notes: Consequence["notes"]
  readonly matched: ReadonlyArray<MatchedReference>
}

const othersStep = (changes: ReadonlyArray<ManagerChange>): OthersStep => ({
  _tag: "Others",
  users: changes.map(({ after }) => after),
  events: changes.flatMap(({ after, before }) => managerEvents(before, after)),
  consequences: changes.map(({ after, before, matched, notes }) => ({
    subject: { type: "User", id: after.id, name: coreText(after.attributes, "userName") },
    changes: managerChanges(before, after),
    notes,
    matched
  }))
})

/** The event of another manager, where it is another one. */
export const managerEvents = (before: Pick<User, "manager">, after: User): ReadonlyArray<DomainEvent> =>
  before.manager.id === after.manager.id
    ? []
    : [{ type: "user.managerChanged", user: after.id, version: after.version, manager: after.manager.id }]

/** The directory's manager before and after, for the log: by SCIM ID. */
export const managerChanges = (before: Pick<User, "manager">, after: User): Consequence["changes"] =>
  before.manager.id === after.manager.id
    ? []
    : [{ attribute: "directory manager", before: before.manager.id, after: after.manager.id }]
