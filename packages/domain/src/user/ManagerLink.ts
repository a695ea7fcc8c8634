import { comparisonKey } from "../scim/Comparison.ts"
import type { MatchingRule } from "./MatchingRule.ts"
import type { UserId } from "./UserId.ts"

/**
 * Why the manager that was sent is not the directory's manager: nobody or several matched (R-MGR-2), the person
 * themselves (R-MGR-6), Sync managers is off (R-MGR-3), or a review window holds the change (R-MGR-4).
 */
export type PendingReason = "unmatched" | "ambiguous" | "self" | "switchedOff" | "reviewWindow"

/** Who the directory's manager of a person is, and what of the sent manager is not followed yet. */
export interface ManagerLink {
  /** The person who is the manager now. */
  readonly id: UserId | undefined
  /** The reference that led to them, as it was sent, and the rule by which it did. */
  readonly reference: string | undefined
  readonly rule: MatchingRule | undefined
  /** The reference that was sent last and is not followed; `reference` undefined: that there be no manager. */
  readonly pending: { readonly reason: PendingReason; readonly reference: string | undefined } | undefined
}

export const noManager: ManagerLink = { id: undefined, reference: undefined, rule: undefined, pending: undefined }

/**
 * The comparison key of the reference by which a person waits for a manager who is not there yet (R-MGR-2);
 * undefined where they do not wait.
 */
export const waitingKey = ({ pending }: ManagerLink): string | undefined =>
  pending?.reference !== undefined && (pending.reason === "unmatched" || pending.reason === "ambiguous")
    ? comparisonKey(pending.reference.trim())
    : undefined
