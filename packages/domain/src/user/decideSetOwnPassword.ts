import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { passwordLinkState } from "./PasswordLinks.ts"
import { rule } from "./settleAttributes.ts"
import { isActive } from "./User.ts"
import { userKeys } from "./UserKeys.ts"
import { userReply, userSubject } from "./writeUser.ts"

/**
 * A person sets their password by a link, where it is live for the person as they stand now (ABUSE-19): of any number that
 * try, by one link of the person or by several, exactly one does (ABUSE-25), and the others leave no trace. Nothing else of
 * what the directory holds changes, and no event tells of it: `user.passwordChanged` says that an identity provider sent one.
 */
export const decideSetOwnPassword = (
  { hash, tokenHash, user: id }: Extract<Command, { readonly _tag: "SetOwnPassword" }>,
  view: WorkingSet,
  { now }: DecideContext
): Decision => {
  const unknown = view.unknown({ users: [id], passwordLinks: [tokenHash] })
  if (unknown !== undefined) return unloaded(unknown)
  const user = view.people.user(id)
  const link = view.passwordLinks.find(tokenHash)
  if (user === undefined || link?.user !== id) return { _tag: "Idle" }
  const facts = { ...link, emailKey: userKeys(user.attributes).email, mayUse: isActive(user.attributes) }
  if (passwordLinkState(facts, now) !== "live") return { _tag: "Idle" }
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject: userSubject(id, user.attributes),
    change: { ownPassword: { user: id, hash, tokenHash } },
    events: [],
    changes: [],
    notes: [rule("told", "password", "The person set a password by the link that was sent to them.")],
    reply: userReply(user, false, view)
  }
}
