import { Clock, Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { KeptRow } from "./ImportStep.ts"
import { type ImportTask, type ImportUpload, type ImportUploadId, isOpen, noProgress } from "./ImportUpload.ts"
import { ImportUploads, type TaskClaim } from "./ImportUploads.ts"

/** A file as it is held: what is told of it, its bytes by where they begin, and who works on it until when. */
interface Held {
  readonly organization: OrganizationId
  upload: ImportUpload
  readonly parts: Map<number, Uint8Array>
  claim: { readonly token: string | undefined; readonly until: number } | undefined
}

/**
 * The reference implementation of {@link ImportUploads}: in memory, on any runtime. Reports are where the directory of the
 * {@link MemoryStore} writes those of imports.
 */
export const layerMemoryImportUploads: Layer.Layer<ImportUploads, never, MemoryStore> = Layer.effect(
  ImportUploads,
  Effect.map(MemoryStore, (store) => {
    const held = new Map<string, Held>()
    const nameOf = (organization: OrganizationId, id: ImportUploadId) => `${organization} ${id}`
    const heldIn = (organization: OrganizationId) =>
      [...held.values()].filter((file) => file.organization === organization)
    const find = (organization: OrganizationId, id: ImportUploadId) => held.get(nameOf(organization, id))
    const mine = ({ organization, token, upload }: TaskClaim) => {
      const file = find(organization, upload)
      return file?.claim?.token === token ? file : undefined
    }
    const isIdle = ({ upload: { task } }: Held) => !isOpen(task)
    const isFree = (file: Held, now: number) => isOpen(file.upload.task) && (file.claim?.until ?? 0) <= now
    const reportsOf = (organization: OrganizationId) => store.get(organization)?.reports
    const rowsOf = (organization: OrganizationId, task: string | undefined): ReadonlyArray<KeptRow> =>
      (task === undefined ? undefined : reportsOf(organization)?.get(task)) ?? []
    const untell = ({ organization, upload }: Held) => {
      if (upload.task !== undefined) reportsOf(organization)?.delete(upload.task.id)
    }
    const setTask = (file: Held, task: Partial<ImportTask>, upload: Partial<ImportUpload> = {}) => {
      if (file.upload.task === undefined) return
      file.upload = { ...file.upload, ...upload, task: { ...file.upload.task, ...task } }
    }
    /** What was not used since, the longest unused first. */
    const unused = (organization: OrganizationId, before: number) =>
      heldIn(organization)
        .filter((file) => file.upload.usedAt < before && isIdle(file))
        .sort((left, right) => left.upload.usedAt - right.upload.usedAt)

    return ImportUploads.of({
      begin: (organization, { by, id, name, sha256, size }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const upload: ImportUpload = {
            id,
            name,
            size,
            received: 0,
            sha256,
            by,
            isKept: true,
            createdAt: now,
            usedAt: now,
            task: undefined
          }
          held.set(nameOf(organization, id), { organization, upload, parts: new Map(), claim: undefined })
          return upload
        }),
      find: (organization, id) => Effect.sync(() => find(organization, id)?.upload),
      list: (organization, { before, limit, sha256 }) =>
        Effect.sync(() =>
          heldIn(organization)
            .map(({ upload }) => upload)
            .filter((file) => before === undefined || file.id < before)
            .filter((file) => sha256 === undefined || file.sha256 === sha256)
            .sort((left, right) => (left.id < right.id ? 1 : -1))
            .slice(0, limit)
        ),
      promised: (organization) =>
        Effect.sync(() => heldIn(organization).reduce((sum, { upload }) => sum + (upload.isKept ? upload.size : 0), 0)),
      append: (organization, id, { bytes, offset }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = find(organization, id)
          if (file === undefined) return false
          const { isKept, received, size } = file.upload
          if (!isKept || received !== offset || offset + bytes.length > size) return false
          file.parts.set(offset, bytes)
          file.upload = { ...file.upload, received: offset + bytes.length, usedAt: now }
          return true
        }),
      part: (organization, id, offset) => Effect.sync(() => find(organization, id)?.parts.get(offset)),
      remove: (organization, id) =>
        Effect.sync(() => {
          const file = find(organization, id)
          if (file === undefined || !isIdle(file)) return false
          untell(file)
          return held.delete(nameOf(organization, id))
        }),
      start: (organization, id, { id: task, kind, wish }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = find(organization, id)
          if (file === undefined || !isIdle(file)) return false
          const { isKept, received, size } = file.upload
          if (!isKept || received !== size) return false
          untell(file)
          const begun = { id: task, kind, state: "waiting", wish, progress: noProgress } as const
          const times = { isStopping: false, error: undefined, startedAt: now, endedAt: undefined }
          file.upload = { ...file.upload, usedAt: now, task: { ...begun, ...times } }
          file.claim = undefined
          return true
        }),
      stop: (organization, id) =>
        Effect.sync(() => {
          const file = find(organization, id)
          if (file === undefined || isIdle(file)) return false
          setTask(file, { isStopping: true })
          return true
        }),
      work: Effect.map(Clock.currentTimeMillis, (now) =>
        [...held.values()]
          .filter((file) => isFree(file, now))
          .sort((left, right) => (left.upload.task?.startedAt ?? 0) - (right.upload.task?.startedAt ?? 0))
          .map(({ organization, upload }) => ({ organization, upload: upload.id }))
      ),
      claim: ({ organization, token, upload }, lease) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = find(organization, upload)
          if (file === undefined || !isFree(file, now)) return undefined
          file.claim = { token, until: now + lease }
          setTask(file, { state: "running" })
          return file.upload
        }),
      hold: (claim, lease, progress) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = mine(claim)
          if (file === undefined) return "lost"
          file.claim = { token: claim.token, until: now + lease }
          setTask(file, { progress }, { usedAt: now })
          return file.upload.task?.isStopping === true ? "stopping" : "held"
        }),
      release: (claim, pause, progress) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = mine(claim)
          if (file === undefined) return
          file.claim = { token: undefined, until: now + pause }
          setTask(file, { progress })
        }),
      end: (claim, { error, progress, state }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const file = mine(claim)
          if (file === undefined) return
          const isKept = file.upload.task?.kind !== "run" || state !== "ended"
          file.claim = undefined
          setTask(file, { state, progress, error, endedAt: now }, { usedAt: now, isKept })
          if (!isKept) file.parts.clear()
        }),
      tell: (claim, rows) =>
        Effect.sync(() => {
          const file = mine(claim)
          const task = file?.upload.task?.id
          if (task === undefined) return
          const standing = rowsOf(claim.organization, task)
          const known = new Set(standing.map(({ line }) => line))
          reportsOf(claim.organization)?.set(task, [...standing, ...rows.filter(({ line }) => !known.has(line))])
        }),
      untell: (claim) =>
        Effect.sync(() => {
          const file = mine(claim)
          if (file !== undefined) untell(file)
        }),
      report: (organization, task, { after, limit, onlyRejected }) =>
        Effect.sync(() =>
          rowsOf(organization, task)
            .filter(({ line, rejected }) => line > after && (rejected || !onlyRejected))
            .sort((left, right) => left.line - right.line)
            .slice(0, limit)
        ),
      forgetFiles: (organization, before, limit) =>
        Effect.sync(() => {
          const old = unused(organization, before)
            .filter(({ upload }) => upload.isKept)
            .slice(0, limit)
          for (const file of old) {
            file.upload = { ...file.upload, isKept: false }
            file.parts.clear()
          }
          return old.length
        }),
      forgetReports: (organization, before, limit) =>
        Effect.sync(() => {
          const old = unused(organization, before)
          let rows = 0
          for (const { upload } of old) {
            const standing = rowsOf(organization, upload.task?.id)
            const gone = Math.min(standing.length, limit - rows)
            if (upload.task !== undefined && gone > 0) {
              reportsOf(organization)?.set(upload.task.id, standing.slice(gone))
            }
            rows += gone
          }
          if (rows > 0) return rows
          const removed = old.slice(0, limit)
          for (const { upload } of removed) held.delete(nameOf(organization, upload.id))
          return removed.length
        })
    })
  })
)
