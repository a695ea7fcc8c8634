import { caseCode } from "../log/CaseCode.ts"
import { clockActor, type Outcome } from "../log/LogEntry.ts"
import type { LoggedEntry } from "../log/ProvisioningLog.ts"
import type { AccessKey } from "./AccessKey.ts"

/** When somebody who provisions by SCIM was last heard of: a token, or an OAuth client. */
export interface LastCall {
  /** The id of the token or client. */
  readonly id: string
  readonly label: string
  /** When the token was last used, reads included, to the minute, in milliseconds; null: never, or it is no token. */
  readonly lastUsedAt: number | null
  /** The last write or refusal among the entries looked at; null where there is none. */
  readonly last: {
    readonly at: number
    /** What the client calls itself. */
    readonly client: string
    readonly outcome: Outcome
    readonly caseCode: string
  } | null
}

/** So many entries of the log are looked through for the last calls. */
export const callsLooked = 500

/**
 * Who provisions, with their last call ("sync seems late", R-HELP): every live SCIM token, and whoever else wrote by SCIM
 * among `entries`, the newest first.
 */
export const lastCalls = (
  keys: ReadonlyArray<AccessKey>,
  entries: ReadonlyArray<LoggedEntry>
): ReadonlyArray<LastCall> => {
  const latest = new Map<string, LoggedEntry>()
  for (const logged of entries) {
    const { keyId, via } = logged.entry.actor
    if (via === undefined && keyId !== clockActor.keyId && !latest.has(keyId)) latest.set(keyId, logged)
  }
  const lastOf = (id: string): LastCall["last"] => {
    const found = latest.get(id)
    if (found === undefined) return null
    const { actor, at, outcome } = found.entry
    return { at, client: actor.client, outcome, caseCode: caseCode(found.sequence) }
  }
  const tokens = keys.filter(({ kind, revokedAt }) => kind === "scim" && revokedAt === null)
  const known = new Set(keys.map(({ id }) => id))
  return [
    ...tokens.map(({ id, label, lastUsedAt }) => ({ id, label, lastUsedAt, last: lastOf(id) })),
    ...[...latest].flatMap(([id, { entry }]) =>
      known.has(id) ? [] : [{ id, label: entry.actor.keyLabel, lastUsedAt: null, last: lastOf(id) }]
    )
  ]
}
