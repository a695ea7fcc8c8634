import { Result } from "effect"
import type { Command } from "../directory/Command.ts"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import type { Subject } from "../log/LogEntry.ts"
import { badRequest, ScimError } from "../scim/ScimError.ts"
import type { AccessKey, AccessKeyKind } from "./AccessKey.ts"
import { checkName } from "./OrganizationFault.ts"

type Of<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>

const kindNames: Readonly<Record<AccessKeyKind, string>> = { scim: "SCIM token", api: "API key" }

/** So many keys of an organisation can be live at once: they are there to be rotated, not one a person. */
export const maxLiveKeys = 100

const subjectOf = ({ id, label }: Pick<AccessKey, "id" | "label">): Subject => ({ type: "AccessKey", id, name: label })

/** The 404 of a key that is not live in this organisation; what stands there may be a secret, and is not repeated. */
export const keyNotFound = (kind: AccessKeyKind): ScimError =>
  new ScimError({ status: 404, detail: `There is no live ${kindNames[kind]} with this id. List them to see the ids.` })

/** Makes a key live (R-ORG-3); its secret never comes here, only the hash. */
export const decideIssueKey = (
  { key, secretHash }: Of<"IssueKey">,
  view: WorkingSet,
  { now }: DecideContext
): Decision => {
  const unknown = view.unknown({ keys: true })
  if (unknown !== undefined) return unloaded(unknown)
  const label = checkName(key.label)
  if (Result.isFailure(label)) return refused(label.failure, undefined)
  if (key.kind === "api" && key.scopes.length === 0) {
    return refused(badRequest("invalidValue", "An API key needs a scope. Give one or more, such as read."), undefined)
  }
  if (view.administration.keys.length >= maxLiveKeys) {
    const detail = `There are ${maxLiveKeys} live tokens and keys, and there can be no more. Revoke those that are not used.`
    return refused(badRequest("tooMany", detail), undefined)
  }
  const made: AccessKey = { ...key, label: label.success, createdAt: now, lastUsedAt: null, revokedAt: null }
  return {
    _tag: "Accepted",
    outcome: "created",
    subject: subjectOf(made),
    change: { key: { key: made, secretHash } },
    events: [],
    changes: [
      { attribute: "kind", before: undefined, after: kindNames[made.kind] },
      { attribute: "label", before: undefined, after: made.label },
      ...(made.kind === "api" ? [{ attribute: "scopes", before: undefined, after: made.scopes }] : []),
      { attribute: "endsWith", before: undefined, after: made.hint }
    ],
    notes: [],
    reply: { _tag: "AccessKey", key: made, created: true }
  }
}

/**
 * Ends a live key of that kind, at once for those who ask the store (ABUSE-24). The last API key for everything stays:
 * without it nobody could make another. The operator, who can, may revoke it too.
 */
export const decideRevokeKey = (
  { id, kind }: Of<"RevokeKey">,
  view: WorkingSet,
  { byOperator, now }: DecideContext
): Decision => {
  const unknown = view.unknown({ keys: true })
  if (unknown !== undefined) return unloaded(unknown)
  const { keys } = view.administration
  const key = keys.find((one) => one.id === id && (kind === undefined || one.kind === kind))
  if (key === undefined) return refused(keyNotFound(kind ?? "scim"), undefined)
  const isAdmin = (one: AccessKey) => one.kind === "api" && one.scopes.includes("admin")
  if (!byOperator && isAdmin(key) && keys.filter(isAdmin).length === 1) {
    const detail =
      "This is the last API key with the scope admin: without it nobody could make another. Make a new one first, then revoke this one with it."
    return refused(new ScimError({ status: 409, detail }), subjectOf(key))
  }
  const revoked: AccessKey = { ...key, revokedAt: now }
  return {
    _tag: "Accepted",
    outcome: "deleted",
    subject: subjectOf(key),
    change: { key: { key: revoked, secretHash: undefined } },
    events: [],
    changes: [{ attribute: "label", before: key.label, after: undefined }],
    notes: [
      { kind: "told", habit: "rule", attribute: "key", text: `The ${kindNames[key.kind]} opens nothing any more.` }
    ],
    reply: { _tag: "AccessKey", key: revoked, created: false }
  }
}
