import { isOpen } from "@rollcall/domain/csv/ImportUpload"
import { limits } from "@rollcall/domain/scim/Limits"
import { Effect, FileSystem, Path, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { Refused } from "../../Refused.ts"
import { unreadable } from "../ImportFiles.ts"
import { IdempotencyKey } from "./ServerCalls.ts"
import { allowed, answered, note, type SentFile, type ServerSession } from "./ServerSession.ts"
import { tellMissed } from "./tellMissed.ts"

type Task = NonNullable<SentFile["task"]>

/** So many bytes go at a time, as many as the server takes. */
const partSize = limits.bodySize

/** A request that is carried out once, however often it is sent in there. */
const once = Effect.provideServiceEffect(
  IdempotencyKey,
  Effect.sync(() => SecureRandom.uuidV4Unsafe())
)

/** What people call the file, without what a server could not write into its log. */
const nameOf = (path: string): string =>
  path
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\u{fffd}")
    .slice(0, 255)
    .toWellFormed()

/** Whether a task is what this command is to do: it can be followed in place of another. */
const isWanted = ({ createGroups, invite, kind }: Task, { options }: ServerSession["file"]): boolean =>
  kind === (options.dryRun ? "preview" : "run") && createGroups === options.createGroups && invite === options.invite

/** What of an earlier run of this command is on the server: bytes to be gone on with, or an import that nobody has told of. */
const findSent = Effect.fnUntraced(function* (session: ServerSession, name: string) {
  const { file } = session
  if (!file.resume) return undefined
  const query = { sha256: file.surveyed.fingerprint, limit: 50 }
  const { items } = yield* answered(session)(session.calls.listFiles({ query }))
  const same = items.filter((sent) => sent.name === name)
  const isFollowed = ({ task }: SentFile) =>
    task !== null && isWanted(task, file) && (isOpen(task) || (task.kind === "run" && task.state === "ended"))
  const isFree = ({ kept, task }: SentFile) => kept && !isOpen(task ?? undefined)
  return same.find(isFollowed) ?? same.find(isFree)
})

const readPart = Effect.fnUntraced(function* (path: string, offset: number, size: number) {
  const files = yield* FileSystem.FileSystem
  const chunks = yield* Effect.mapError(
    Stream.runCollect(files.stream(path, { offset, bytesToRead: size, chunkSize: size })),
    unreadable(path)
  )
  const part = new Uint8Array(size)
  let filled = 0
  for (const chunk of chunks) {
    part.set(chunk, filled)
    filled += chunk.length
  }
  if (filled === size) return part
  return yield* new Refused({
    problem: `${JSON.stringify(path)} was changed while it was sent`,
    remedy: "Run the command again with the file as it is now"
  })
})

/** Sends what the server does not have yet, part by part, each as often as it takes. */
const sendParts = Effect.fnUntraced(function* (session: ServerSession, begun: SentFile) {
  const { calls, file, tell } = session
  const { path, surveyed } = file
  let sent = begun
  while (sent.received < surveyed.size) {
    const offset = sent.received
    const payload = yield* readPart(path, offset, Math.min(partSize, surveyed.size - offset))
    // 409: another has sent this part meanwhile, and the file goes on elsewhere.
    sent = yield* calls.sendPart({ params: { id: begun.id, offset }, payload }).pipe(
      Effect.catchTag("Conflict", () => calls.showFile({ params: { id: begun.id } })),
      answered(session)
    )
    yield* tell({ _tag: "Sent", sent: sent.received, size: surveyed.size })
  }
  return sent
})

/**
 * Brings the file to the server, as far as it is not there, and has it imported or looked at, as far as that is not being done.
 * After a run that was cut off or killed this goes on where it was.
 */
export const sendFile = Effect.fnUntraced(function* (session: ServerSession) {
  const { calls, file } = session
  const name = nameOf((yield* Path.Path).basename(file.path))
  const { fingerprint, size } = file.surveyed
  const found = yield* findSent(session, name)
  const task = found?.task
  if (found !== undefined && task !== undefined && task !== null && isWanted(task, file)) {
    if (isOpen(task)) {
      yield* note(session, "The server is at work on this file already: following it.")
      return found
    }
    if (task.kind === "run" && task.state === "ended") {
      yield* note(session, "The server has finished this file meanwhile: this is what it came to.")
      return found
    }
    if (task.kind === "run") yield* tellMissed(session, found)
  }
  const announced = file.resume ? { name, size, sha256: fingerprint } : { name, size }
  const begun = found ?? (yield* once(allowed(session)(calls.beginFile({ payload: announced }))))
  const { id } = yield* sendParts(session, begun)
  const { createGroups, dryRun, invite } = file.options
  const start = dryRun ? calls.preview : calls.run
  const payload = { createGroups, invite, resume: file.resume }
  return yield* once(allowed(session)(start({ params: { id }, payload })))
})
