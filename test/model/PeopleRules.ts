import { owe } from "./MailRules.ts"
import {
  dayOf,
  emailOf,
  isReviewing,
  living,
  matching,
  type Person,
  type Sent,
  same,
  today,
  type World
} from "./World.ts"

/** A refusal that is right; where several are, any of them may be answered. */
export interface Refusal {
  readonly status: number
  readonly scimType?: string
}

const invalidValue: Refusal = { status: 400, scimType: "invalidValue" }
export const uniqueness: Refusal = { status: 409, scimType: "uniqueness" }
export const notFound: Refusal = { status: 404 }
export const strangers: Refusal = invalidValue
export const nameless: Refusal = invalidValue

/** What speaks against a person being as `next`; `stored` is what was there, `isUpdate` unless it is a create. */
export const refusalsOf = (
  world: World,
  id: string | undefined,
  stored: Sent | undefined,
  next: Sent,
  isUpdate: boolean
): ReadonlyArray<Refusal> => {
  const refusals: Array<Refusal> = []
  const { settings } = world
  if (next.userName === "") refusals.push(invalidValue)
  // R-START-1
  for (const date of [next.startDate, next.terminationDate]) {
    if (date !== undefined && dayOf(date) === undefined) refusals.push(invalidValue)
  }
  // R-USER-5: what was the same stays the same.
  const wasLinked = isUpdate && stored !== undefined && same(stored.userName, emailOf(stored))
  if (wasLinked && settings.userNameAndEmail === "linked" && !same(next.userName, emailOf(next))) {
    refusals.push(invalidValue)
  }
  // R-USER-6
  const others = living(world).filter((one) => one.id !== id)
  const isTaken = (other: Person) =>
    same(other.sent.userName, next.userName) || same(emailOf(other.sent), emailOf(next))
  if (others.some(isTaken)) refusals.push(uniqueness)
  // R-START-5
  const day = dayOf(next.startDate)
  const isNewDay = day !== undefined && day !== dayOf(stored?.startDate)
  if (isNewDay && settings.startDates && settings.pastStartDates === "refuse" && day < today(world)) {
    refusals.push(invalidValue)
  }
  return refusals
}

/**
 * Makes a person what a request says: their start and end, their manager, and whose manager they are. `stored` is what
 * was there before, `wasThere` whether they were living.
 */
export const writePerson = (
  world: World,
  person: Person,
  stored: Sent | undefined,
  wasThere: boolean,
  next: Sent
): boolean => {
  const isChanged = !wasThere || !isSame(stored, next)
  person.sent = next
  const wasIn = wasThere && stored?.active === true
  live(world, person, stored, wasIn)
  followManager(world, person, !wasThere)
  if (!isChanged) return false
  person.changes++
  const keys = [
    ...(wasThere ? [] : [person.id, String(person.number)]),
    ...(wasThere && same(emailOf(next), emailOfSent(stored)) ? [] : [emailOf(next)]),
    ...(wasThere && same(next.employeeNumber, stored?.employeeNumber) ? [] : [next.employeeNumber])
  ]
  if (world.settings.syncManagers) {
    // R-MGR-2: with that very write.
    for (const other of living(world)) {
      const waits = other.why === "unmatched" || other.why === "ambiguous"
      if (other !== person && waits && keys.some((key) => same(key, other.sent.manager))) {
        followManager(world, other, false)
      }
    }
  }
  return true
}

const emailOfSent = (sent: Sent | undefined) => (sent === undefined ? undefined : emailOf(sent))

export const isSame = (left: Sent | undefined, right: Sent): boolean =>
  left !== undefined && Object.entries(right).every(([name, value]) => Reflect.get(left, name) === value)

/** R-START, R-USER-7, R-USER-8. */
const live = (world: World, person: Person, stored: Sent | undefined, wasIn: boolean): void => {
  const { sent } = person
  const { startDates } = world.settings
  if (person.started) {
    if (!wasIn && sent.active) owe(world, person, "welcomeBack")
  } else if (sent.active) {
    const day = dayOf(sent.startDate)
    // A write that says nothing new of the day leaves the start to the clock, also where the clock is late.
    const isLeftToClock = wasIn && day !== undefined && (!startDates || day === dayOf(stored?.startDate))
    const isToCome = startDates && day !== undefined && day > today(world)
    if (!isLeftToClock && !isToCome) {
      person.started = true
      owe(world, person, "welcome")
    }
  }
  // R-START-9: a last day counts where it is new, and not again for somebody who was let in after it.
  const last = dayOf(sent.terminationDate)
  if (stored === undefined || last !== dayOf(stored.terminationDate)) person.lastDay = last
  else if (!wasIn && sent.active && person.lastDay !== undefined && person.lastDay < today(world)) {
    person.lastDay = undefined
  }
}

const blank = (person: Person): void => {
  person.reviewer = undefined
  person.followed = undefined
  person.why = undefined
}

/** R-MGR 1 to 6: what follows from the manager that was sent last. */
const followManager = (world: World, person: Person, isNew: boolean): void => {
  const reference = person.sent.manager
  if (reference === person.followed && (person.why === undefined || person.reviewer !== undefined)) {
    // Followed already, or taken back before it was followed.
    person.why = undefined
    return
  }
  if (!world.settings.syncManagers) {
    person.why = "off"
    return
  }
  const isHeld = isReviewing(world) && !isNew
  const found = reference === undefined ? "nobody" : matching(world, reference)
  if (typeof found === "string") {
    if (isHeld && person.reviewer !== undefined) person.why = "review"
    else {
      blank(person)
      if (reference !== undefined) person.why = found === "several" ? "ambiguous" : "unmatched"
    }
  } else if (found === person) person.why = "self"
  else if (isHeld && found.id !== person.reviewer) person.why = "review"
  else {
    person.reviewer = found.id
    person.followed = reference
    person.why = undefined
  }
}

/** R-USER-8, R-GROUP-6, R-MGR-2. */
export const deletePerson = (world: World, person: Person): void => {
  person.deletedAt = world.now
  person.sent = { ...person.sent, active: false }
  person.changes++
  blank(person)
  for (const group of world.groups) {
    if (!group.members.includes(person.id)) continue
    group.members = group.members.filter((id) => id !== person.id)
    group.changes++
  }
  for (const report of living(world)) {
    if (report.reviewer !== person.id) continue
    const why = report.why ?? "unmatched"
    blank(report)
    report.why = why
  }
}

/** What the clock has to do for a person. */
const dueOf = (world: World, { lastDay, sent, started, why }: Person) => ({
  ends: sent.active && world.settings.deactivateOnTerminationDate && lastDay !== undefined && lastDay < today(world),
  starts:
    sent.active &&
    !started &&
    sent.startDate !== undefined &&
    (!world.settings.startDates || (dayOf(sent.startDate) ?? "") <= today(world)),
  released: why === "review" && !isReviewing(world)
})

/** Whether the clock has something to do for anybody. */
export const isSomebodyDue = (world: World): boolean =>
  living(world).some((person) => Object.values(dueOf(world, person)).includes(true))

/** The clock of the organisation does what is due (R-START-3, R-START-9, R-MGR-4). */
export const tick = (world: World): void => {
  for (const person of living(world)) {
    const due = dueOf(world, person)
    if (due.ends) {
      person.sent = { ...person.sent, active: false }
      person.lastDay = undefined
      person.changes++
    } else if (due.starts) {
      person.started = true
      owe(world, person, "startDay")
    }
    if (due.released) followManager(world, person, false)
  }
}
