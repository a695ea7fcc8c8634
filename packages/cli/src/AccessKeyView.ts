import type { AccessKey } from "@rollcall/domain/organization/AccessKey"
import { isoTime } from "./Answer.ts"

/** A token or key as `--json` shows it in a list, behind its id and kind. */
export const accessKeyView = ({ createdAt, hint, label, lastUsedAt, revokedAt, scopes }: AccessKey) => ({
  label,
  scopes,
  hint,
  createdAt: isoTime(createdAt),
  lastUsedAt: isoTime(lastUsedAt),
  revokedAt: isoTime(revokedAt)
})

/** The cells of a list behind the id, and behind the kind where that is shown. */
export const accessKeyCells = (key: ReturnType<typeof accessKeyView>): ReadonlyArray<string> => [
  `...${key.hint}`,
  key.createdAt?.slice(0, 10) ?? "",
  key.revokedAt === null ? (key.lastUsedAt?.slice(0, 10) ?? "never") : "revoked",
  key.scopes.join(" "),
  key.label
]
