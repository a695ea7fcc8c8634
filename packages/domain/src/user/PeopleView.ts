import type { Needs } from "../directory/Needs.ts"
import type { MatchingView } from "./matchReference.ts"
import type { User } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { type UserKeys, userKeys } from "./UserKeys.ts"

/** Who lives, as far as it is known, and what of it is not known yet. */
export interface PeopleView {
  readonly people: MatchingView & { isKnown(id: UserId): boolean }
  unknown(needs: Needs): Needs | undefined
}

/** The view in which a person stands as a write is about to leave them. */
export const withCandidate = (view: PeopleView, user: User): PeopleView => {
  const { people } = view
  const keys: UserKeys = userKeys(user.attributes)
  const other = (found: User | undefined): User | undefined => (found?.id === user.id ? undefined : found)
  return {
    unknown: (needs) => view.unknown(needs),
    people: {
      user: (id) => (id === user.id ? user : people.user(id)),
      isKnown: (id) => id === user.id || people.isKnown(id),
      numberHolder: (number) => (number === user.number ? user : people.numberHolder(number)),
      emailHolder: (key) => (key === keys.email ? user : other(people.emailHolder(key))),
      employeeNumberHolders: (key) => {
        const others = people.employeeNumberHolders(key).filter(({ id }) => id !== user.id)
        return key === keys.employeeNumber ? [...others, user] : others
      }
    }
  }
}
