import { type ManagerLink, noManager } from "@rollcall/domain/user/ManagerLink"
import type { Standing } from "@rollcall/domain/user/Standing"
import type { User } from "@rollcall/domain/user/User"

/** What the column `standing` holds: what the directory knows of a person besides the SCIM attributes, as JSON. */
type Stored = Partial<Standing> & { readonly manager?: Partial<ManagerLink> }

/** The text to store; what is undefined is left out. */
export const standingText = ({ manager, standing }: Pick<User, "manager" | "standing">): string => {
  const stored: Stored = manager === noManager ? standing : { ...standing, manager }
  return JSON.stringify(stored)
}

/** Reads what {@link standingText} wrote. */
export const readStanding = (text: string): Pick<User, "manager" | "standing"> => {
  const { endsOn, manager, startedAt, startsOn } = JSON.parse(text) as Stored
  return {
    standing: { startedAt, startsOn, endsOn },
    manager:
      manager === undefined
        ? noManager
        : { id: manager.id, reference: manager.reference, rule: manager.rule, pending: pendingOf(manager) }
  }
}

/** JSON leaves out a reference that is nobody. */
const pendingOf = ({ pending }: Partial<ManagerLink>): ManagerLink["pending"] =>
  pending === undefined ? undefined : { reason: pending.reason, reference: pending.reference }
