import type { Command } from "../directory/Command.ts"
import { type Decision, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { rule } from "./settleAttributes.ts"
import { userReply, userSubject } from "./writeUser.ts"

/**
 * A person has set their password by a link: the log tells so, and nothing of what the directory holds changes. No event
 * either: `user.passwordChanged` says that an identity provider sent one.
 */
export const decideTellPassword = (
  { id }: Extract<Command, { readonly _tag: "TellPassword" }>,
  view: WorkingSet
): Decision => {
  const unknown = view.unknown({ users: [id] })
  if (unknown !== undefined) return unloaded(unknown)
  const user = view.people.user(id)
  if (user === undefined) return { _tag: "Idle" }
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject: userSubject(id, user.attributes),
    change: {},
    events: [],
    changes: [],
    notes: [rule("told", "password", "The person set a password by the link that was sent to them.")],
    reply: userReply(user, false, view)
  }
}
