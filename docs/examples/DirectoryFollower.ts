/**
 * Keeps a copy of an organisation's directory in a file, from nothing and after any outage (docs/events.md).
 *
 *     ROLLCALL_API_KEY=<key with the scope read> node docs/examples/DirectoryFollower.ts https://acme.example.com copy.json
 *
 * It needs nothing but Node 24. Take it as a beginning: what matters is that the copy and the cursor are stored together.
 */
import { readFile, rename, writeFile } from "node:fs/promises"
import { pathToFileURL } from "node:url"

/** What is copied: of people and groups what the events say of them, by id. */
export interface Copy {
  /** The events up to here are in the copy; undefined: there is no whole copy yet. */
  cursor: string | undefined
  readonly users: Map<string, Thing>
  readonly groups: Map<string, Thing>
  /** Of each group its members, by ids. */
  readonly members: Map<string, Set<string>>
  readonly admins: Map<string, Set<string>>
  groupTypes: ReadonlyArray<Thing>
}

export interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

interface FeedEvent {
  readonly type: string
  readonly data: {
    readonly user?: Thing
    readonly group?: Thing
    readonly added?: ReadonlyArray<string>
    readonly removed?: ReadonlyArray<string>
    readonly types?: ReadonlyArray<Thing>
  }
}

interface FeedPage {
  readonly items: ReadonlyArray<FeedEvent>
  readonly next: string
  readonly hasMore: boolean
}

interface SnapshotItem {
  readonly kind: string
  readonly user?: Thing
  readonly group?: Thing | string
  readonly users?: ReadonlyArray<string>
  readonly groupType?: Thing
}

interface SnapshotPage {
  readonly items: ReadonlyArray<SnapshotItem>
  readonly cursor: string
  readonly next: string | null
}

export interface FollowerOptions {
  /** Such as `https://acme.example.com`, without a slash at the end. */
  readonly url: string
  readonly apiKey: string
  readonly load: () => Promise<Copy>
  /** Stores copy and cursor together, whole or not at all. */
  readonly save: (copy: Copy) => Promise<void>
  /** Ends the following. */
  readonly signal: AbortSignal
  /** Things and events on a page. */
  readonly limit?: number
  /** Told after each page of events that the copy has now. */
  readonly onCaughtUp?: (copy: Copy) => void
}

export const emptyCopy = (): Copy => ({
  cursor: undefined,
  users: new Map(),
  groups: new Map(),
  members: new Map(),
  admins: new Map(),
  groupTypes: []
})

/** Follows until the signal ends it. Whatever fails is tried again, with growing pauses. */
export const followDirectory = async (options: FollowerOptions): Promise<void> => {
  let copy = await options.load()
  let failures = 0
  while (!options.signal.aborted) {
    try {
      if (copy.cursor === undefined) copy = await takeSnapshot(options)
      else await followOnce(options, copy, copy.cursor)
      failures = 0
    } catch (error) {
      if (options.signal.aborted) return
      if (error instanceof Refusal && error.type === "urn:rollcall:problem:cursor-expired") {
        // The outage was longer than events are kept: what is there now, and then on from that.
        copy = emptyCopy()
        continue
      }
      // A wrong key or address does not mend itself.
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) throw error
      failures++
      const seconds = error instanceof Refusal ? error.retryAfter : undefined
      await pause(seconds === undefined ? Math.min(30_000, 250 * 2 ** failures) : seconds * 1_000, options.signal)
    }
  }
}

/** The next events into the copy; waits for half a minute where there are none. */
const followOnce = async (options: FollowerOptions, copy: Copy, cursor: string): Promise<void> => {
  const query = new URLSearchParams({ after: cursor, limit: String(options.limit ?? 1_000), wait: "30" })
  const page = await ask<FeedPage>(options, `/api/v1/events?${query}`)
  for (const event of page.items) apply(copy, event)
  if (page.next !== cursor) {
    copy.cursor = page.next
    await options.save(copy)
  }
  if (!page.hasMore) options.onCaughtUp?.(copy)
}

/**
 * One event. Each holds what it is about as the change left it, so nothing has to be asked for, and doing one again does
 * no harm. Types that are not known here change nothing.
 */
const apply = (copy: Copy, { data, type }: FeedEvent): void => {
  const { group, user } = data
  if (user !== undefined) {
    if (type === "user.deleted") copy.users.delete(user.id)
    else copy.users.set(user.id, user)
  }
  if (group !== undefined) {
    if (type === "group.deleted") for (const held of [copy.groups, copy.members, copy.admins]) held.delete(group.id)
    else copy.groups.set(group.id, group)
    if (type === "group.membershipChanged") change(copy.members, group.id, data)
    if (type === "group.adminsChanged") change(copy.admins, group.id, data)
  }
  if (type === "groupTypes.changed" && data.types !== undefined) copy.groupTypes = data.types
}

const change = (
  held: Map<string, Set<string>>,
  group: string,
  { added = [], removed = [] }: Pick<FeedEvent["data"], "added" | "removed">
): void => {
  const users = held.get(group) ?? new Set()
  held.set(group, users)
  for (const id of added) users.add(id)
  for (const id of removed) users.delete(id)
}

/** A whole copy. It is of no use before its last page, so it begins anew when it was interrupted. */
const takeSnapshot = async (options: FollowerOptions): Promise<Copy> => {
  const copy = emptyCopy()
  let cursor: string | undefined
  let next: string | null = ""
  while (next !== null) {
    const query = new URLSearchParams({
      limit: String(options.limit ?? 1_000),
      ...(next === "" ? {} : { after: next })
    })
    const page: SnapshotPage = await ask<SnapshotPage>(options, `/api/v1/snapshot?${query}`)
    for (const item of page.items) begin(copy, item)
    cursor = page.cursor
    next = page.next
  }
  copy.cursor = cursor
  await options.save(copy)
  return copy
}

const begin = (copy: Copy, { group, groupType, kind, user, users = [] }: SnapshotItem): void => {
  if (kind === "user" && user !== undefined) copy.users.set(user.id, user)
  if (kind === "group" && typeof group === "object") copy.groups.set(group.id, group)
  if (kind === "members" && typeof group === "string") change(copy.members, group, { added: users })
  if (kind === "admins" && typeof group === "string") change(copy.admins, group, { added: users })
  if (kind === "groupType" && groupType !== undefined) copy.groupTypes = [...copy.groupTypes, groupType]
}

/** A problem (RFC 9457) as the answer. */
export class Refusal extends Error {
  readonly status: number
  readonly type: string
  readonly retryAfter: number | undefined

  constructor(status: number, type: string, detail: string, retryAfter: number | undefined) {
    super(`${status}: ${detail}`)
    this.status = status
    this.type = type
    this.retryAfter = retryAfter
  }
}

const ask = async <Page>({ apiKey, signal, url }: FollowerOptions, path: string): Promise<Page> => {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${apiKey}`, accept: "application/json" },
    // Longer than the longest wait: a connection that died in silence is given up.
    signal: AbortSignal.any([signal, AbortSignal.timeout(45_000)])
  })
  if (response.ok) return (await response.json()) as Page
  const problem = (await response.json().catch(() => ({}))) as { readonly type?: string; readonly detail?: string }
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN)
  throw new Refusal(
    response.status,
    problem.type ?? "about:blank",
    problem.detail ?? response.statusText,
    Number.isFinite(retryAfter) ? retryAfter : undefined
  )
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener("abort", done)
  })

/** A copy in one file. It is written beside and then renamed, so that a crash leaves the one before, cursor and all. */
export const fileStore = (path: string): Pick<FollowerOptions, "load" | "save"> => ({
  load: async () => {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined
      throw error
    })
    return text === undefined ? emptyCopy() : (JSON.parse(text, revive) as Copy)
  },
  save: async (copy) => {
    await writeFile(`${path}.new`, JSON.stringify(copy, collect), { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
  }
})

/** Maps and sets as JSON, and back. */
const collect = (_: string, value: unknown): unknown =>
  value instanceof Map ? { $map: [...value] } : value instanceof Set ? { $set: [...value] } : value

const revive = (_: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if ("$map" in value && Array.isArray(value.$map)) return new Map(value.$map)
  return "$set" in value && Array.isArray(value.$set) ? new Set(value.$set) : value
}

const main = async (): Promise<void> => {
  const [url, path] = process.argv.slice(2)
  const apiKey = process.env.ROLLCALL_API_KEY
  if (url === undefined || path === undefined || apiKey === undefined) {
    throw new Error("Give the address and a file, and the key in ROLLCALL_API_KEY.")
  }
  const stop = new AbortController()
  process.once("SIGINT", () => stop.abort())
  process.once("SIGTERM", () => stop.abort())
  await followDirectory({
    url,
    apiKey,
    signal: stop.signal,
    ...fileStore(path),
    onCaughtUp: ({ groups, users }) => console.log(`${users.size} people and ${groups.size} groups`)
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main()
