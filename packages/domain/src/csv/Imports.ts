import { Clock, Context, Effect, Layer } from "effect"
import { type MemoryOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { ImportKind, ImportRecord } from "./ImportRecord.ts"
import { type ImportId, type ImportReject, noCounts } from "./ImportStep.ts"

/** What begins an import. */
export interface NewImport {
  /** Ids grow with time (UUID version 7): that is the order of imports. */
  readonly id: ImportId
  readonly kind: ImportKind
  readonly name: string
  readonly fingerprint: string | undefined
  readonly by: string
}

/**
 * The imports of an organisation (port): how far each has come is written in the transaction of its rows, so that whoever is
 * killed goes on behind the last row that counts. Several may run at once, of the same file too.
 */
export class Imports extends Context.Service<
  Imports,
  {
    /**
     * The import of that fingerprint that was begun and not finished, the latest, to go on with; a new one where there is none,
     * or where there is no fingerprint.
     */
    begin(organization: OrganizationId, begun: NewImport): Effect.Effect<ImportRecord, StoreUnavailable>
    /** The end of the file was reached. */
    finish(organization: OrganizationId, id: ImportId): Effect.Effect<void, StoreUnavailable>
    find(organization: OrganizationId, id: ImportId): Effect.Effect<ImportRecord | undefined, StoreUnavailable>
    /** Rows that stayed out, from the line after `after` to the line `until`, in the order of the file. */
    rejects(
      organization: OrganizationId,
      id: ImportId,
      lines: { readonly after: number; readonly until: number }
    ): Effect.Effect<ReadonlyArray<ImportReject>, StoreUnavailable>
    /** The latest first, at most `limit`, and of those that were begun before that one where it is given. */
    list(
      organization: OrganizationId,
      page: { readonly before?: ImportId | undefined; readonly limit: number }
    ): Effect.Effect<ReadonlyArray<ImportRecord>, StoreUnavailable>
  }
>()("@rollcall/domain/csv/Imports") {
  static readonly layerMemory: Layer.Layer<Imports, never, MemoryStore> = Layer.effect(
    Imports,
    Effect.map(MemoryStore, (store) => {
      const held = (organization: OrganizationId): MemoryOrganization["imports"] =>
        store.get(organization)?.imports ?? new Map()
      const latest = (organization: OrganizationId) =>
        [...held(organization).values()].sort((left, right) => (left.id < right.id ? 1 : -1))
      return Imports.of({
        begin: (organization, { by, fingerprint, id, kind, name }) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            const standing = latest(organization).find(
              (record) =>
                fingerprint !== undefined &&
                record.fingerprint === fingerprint &&
                record.kind === kind &&
                record.finishedAt === undefined
            )
            if (standing !== undefined) return standing
            const record: ImportRecord = {
              id,
              kind,
              name,
              fingerprint,
              by,
              line: 0,
              counts: noCounts,
              startedAt: now,
              updatedAt: now,
              finishedAt: undefined
            }
            held(organization).set(id, record)
            return record
          }),
        finish: (organization, id) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            const record = held(organization).get(id)
            if (record !== undefined) held(organization).set(id, { ...record, updatedAt: now, finishedAt: now })
          }),
        find: (organization, id) => Effect.sync(() => held(organization).get(id)),
        rejects: (organization, id, { after, until }) =>
          Effect.sync(() =>
            (store.get(organization)?.importRejects.get(id) ?? []).filter(({ line }) => line > after && line <= until)
          ),
        list: (organization, { before, limit }) =>
          Effect.sync(() =>
            latest(organization)
              .filter(({ id }) => before === undefined || id < before)
              .slice(0, limit)
          )
      })
    })
  )
}
