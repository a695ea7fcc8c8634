import { assert } from "@effect/vitest"
import { dayOf, emailOf, living, today, type World } from "./World.ts"

const areDistinct = (values: ReadonlyArray<string>): boolean => new Set(values).size === values.length

/**
 * What must be so of the model itself at every moment, whatever it has answered: should the model misread a rule in the
 * same way as the product, these say so.
 */
export const checkInvariants = (world: World): void => {
  const people = living(world)
  // R-USER-5
  assert.isTrue(areDistinct(people.map(({ sent }) => sent.userName.toLowerCase())))
  assert.isTrue(areDistinct(people.flatMap(({ sent }) => emailOf(sent)?.toLowerCase() ?? [])))
  // R-GROUP-2, R-GROUP-6
  assert.isTrue(areDistinct(world.groups.map(({ displayName }) => displayName)))
  for (const { members } of world.groups) {
    assert.isTrue(areDistinct(members) && members.every((id) => people.some((one) => one.id === id)))
  }
  for (const person of world.people) {
    const starts = world.mails.filter(
      ({ occasion, user }) => user === person.id && (occasion === "welcome" || occasion === "startDay")
    )
    // R-START-3, R-MAIL-3: whoever started was written to for it, once for ever, and nobody else.
    assert.lengthOf(starts, person.started ? 1 : 0)
    // R-MGR-6, R-USER-8
    assert.notStrictEqual(person.reviewer, person.id)
    if (person.reviewer !== undefined) {
      assert.isUndefined(person.deletedAt)
      assert.isTrue(people.some(({ id }) => id === person.reviewer))
    }
  }
}

/** What must be so besides once the clock has looked (R-START-3, R-START-9, R-MGR-4). */
export const checkAfterClock = (world: World): void => {
  const { deactivateOnTerminationDate, startDates } = world.settings
  for (const { lastDay, sent, started, why } of living(world)) {
    if (!sent.active) continue
    // Whoever is active and may not sign in yet waits for a day to come.
    if (!started) assert.isTrue(startDates && (dayOf(sent.startDate) ?? "") > today(world))
    if (deactivateOnTerminationDate) assert.isFalse(lastDay !== undefined && lastDay < today(world))
    if (why === "review") assert.isTrue(world.windows.some(({ closesAt }) => closesAt > world.now))
  }
}
