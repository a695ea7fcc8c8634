import type { Organization } from "../organization/Organization.ts"
import { isActive, type User } from "./User.ts"
import { lifecycleState } from "./UserLifecycle.ts"

/**
 * Why somebody may not sign in and is not notified: nobody of that e-mail is here, they have not started yet, or they were
 * deactivated.
 */
export type AccessRefusal = "unknown" | "notStarted" | "deactivated"

/** Where people of an organisation sign in: at the page of its single sign-on, or with a password. */
export type SignInWay =
  | { readonly by: "sso"; readonly url: string | null }
  | { readonly by: "password"; readonly url: null }

/** The answer to `may this person sign in, and be notified?` (R-API-2). Of somebody unknown it has the same members. */
export interface Access {
  readonly allowed: boolean
  readonly refusal: AccessRefusal | null
  /** The day on which they start, an ISO 8601 date, where that is why they are refused and a day is set. */
  readonly startsOn: string | null
  readonly person: Pick<User, "id" | "number"> | null
}

/** Where the people of an organisation sign in (R-ORG-1). */
export const signInWay = ({ singleSignOn }: Pick<Organization, "singleSignOn">): SignInWay =>
  singleSignOn.enabled ? { by: "sso", url: singleSignOn.signInUrl } : { by: "password", url: null }

/** Whether a person may sign in and be notified: both follow from being active and having started (R-USER-7, R-START-3). */
export const accessOf = (user: User | undefined): Access => {
  if (user === undefined || user.deletedAt !== undefined) {
    return { allowed: false, refusal: "unknown", startsOn: null, person: null }
  }
  const state = lifecycleState({ standing: user.standing, active: isActive(user.attributes), deleted: false })
  const person = { id: user.id, number: user.number }
  switch (state) {
    case "started":
      return { allowed: true, refusal: null, startsOn: null, person }
    case "scheduled":
      return { allowed: false, refusal: "notStarted", startsOn: user.standing.startsOn ?? null, person }
    default:
      return { allowed: false, refusal: "deactivated", startsOn: null, person }
  }
}

/** What a password came to; what is wrong with the person is said to nobody who does not know their password. */
export interface PasswordAnswer {
  readonly allowed: boolean
  /** `singleSignOn`: passwords let nobody in here. `wrongPassword`: or no such person, or one without a password. */
  readonly refusal: Exclude<AccessRefusal, "unknown"> | "singleSignOn" | "wrongPassword" | null
  readonly startsOn: string | null
  readonly person: Access["person"]
}

/** Where single sign-on is on, passwords count for nobody, known or not. */
export const passwordsOff: PasswordAnswer = { allowed: false, refusal: "singleSignOn", startsOn: null, person: null }

/** The answer to a password, given whether it is the person's. */
export const passwordAnswer = (user: User | undefined, isTheirs: boolean): PasswordAnswer => {
  const { refusal, ...access } = accessOf(user)
  return !isTheirs || refusal === "unknown"
    ? { allowed: false, refusal: "wrongPassword", startsOn: null, person: null }
    : { ...access, refusal }
}
