import { Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import { casePeriod, caseSequence } from "./CaseCode.ts"
import { jsonText, type LoggedEntry, type LogPage, type LogSearch, ProvisioningLog } from "./ProvisioningLog.ts"

/** The reference implementation of {@link ProvisioningLog}, over the log of the memory adapter of the directory. */
export const layerMemoryProvisioningLog: Layer.Layer<ProvisioningLog, never, MemoryStore> = Layer.effect(
  ProvisioningLog,
  Effect.map(MemoryStore, (store) => {
    const logOf = (organization: OrganizationId): ReadonlyArray<LoggedEntry> => store.get(organization)?.log ?? []
    return ProvisioningLog.of({
      find: (organization, code) =>
        Effect.sync(() => {
          const wanted = caseSequence(code)
          return logOf(organization).findLast(({ sequence }) => sequence % casePeriod === wanted)
        }),
      search: (organization, search) =>
        Effect.sync(() => {
          const found = logOf(organization)
            .filter((logged) => isWanted(logged, search))
            .toSorted((left, right) => right.sequence - left.sequence)
          return pageOf(found, search.limit)
        }),
      story: (organization, subject, { after, limit }) =>
        Effect.sync(() => {
          const found = logOf(organization)
            .filter(({ entry, sequence }) => entry.subject?.id === subject && sequence > (after ?? 0))
            .toSorted((left, right) => left.sequence - right.sequence)
          return pageOf(found, limit)
        }),
      remove: (organization, before, limit) =>
        Effect.sync(() => {
          const log = store.get(organization)?.log ?? []
          const old = new Set(log.filter(({ entry }) => entry.at < before).slice(0, limit))
          log.splice(0, log.length, ...log.filter((logged) => !old.has(logged)))
          return old.size
        })
    })
  })
)

const isWanted = ({ entry, sequence }: LoggedEntry, search: LogSearch): boolean =>
  (search.after === undefined || sequence < search.after) &&
  (search.subject === undefined || entry.subject?.id === search.subject) &&
  (search.outcome === undefined || entry.outcome === search.outcome) &&
  (search.from === undefined || entry.at >= search.from) &&
  (search.to === undefined || entry.at < search.to) &&
  (search.key === undefined || entry.actor.keyId === search.key) &&
  (search.text === undefined || folded(JSON.stringify(entry)).includes(folded(jsonText(search.text))))

const folded = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

const pageOf = (found: ReadonlyArray<LoggedEntry>, limit: number): LogPage => {
  const entries = found.slice(0, limit)
  return { entries, next: entries.length < found.length ? entries.at(-1)?.sequence : undefined }
}
