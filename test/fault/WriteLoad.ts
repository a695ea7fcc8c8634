import type { ScimClient, ScimResponse } from "../support/ScimClient.ts"
import { USER } from "./Replicas.ts"

/** What became of the writes of a load. */
export interface LoadResult {
  /** Names that were answered 201: these people must be there for ever. */
  readonly acknowledged: ReadonlyArray<string>
  /** All that were sent, answered or not: nobody else may be there. */
  readonly attempted: ReadonlyArray<string>
  /** Answers other than 201. */
  readonly others: ReadonlyArray<ScimResponse>
  /** The codes of connections that failed before an answer came, e.g. `ECONNREFUSED`. */
  readonly failures: ReadonlyArray<string>
}

export interface WriteLoad {
  /** Resolves when so many have been acknowledged, from now on; rejects where the load ends before. */
  acknowledged(more: number): Promise<void>
  /** Resolves when every writer has lost its connection, or has stopped where told to. */
  readonly ended: Promise<LoadResult>
  /** Lets every writer finish what it has sent, and no more. */
  stop(): Promise<LoadResult>
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error)

/**
 * So many writers that create one person after the other, each until its connection fails or it is told to stop; with
 * `persistent` they go on after a failure.
 */
export const startLoad = (
  client: ScimClient,
  prefix: string,
  writers: number,
  options: { readonly persistent?: boolean } = {}
): WriteLoad => {
  const acknowledged: Array<string> = []
  const attempted: Array<string> = []
  const others: Array<ScimResponse> = []
  const failures: Array<string> = []
  const watchers = new Set<() => void>()
  let stopped = false
  let running = writers
  const write = async (): Promise<void> => {
    while (!stopped) {
      const userName = `${prefix}${attempted.length}@fjordhold.example`
      attempted.push(userName)
      try {
        const answer = await client.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
        if (answer.status === 201) acknowledged.push(userName)
        else others.push(answer)
      } catch (error) {
        failures.push(codeOf(error))
        if (options.persistent !== true) return
        // Whoever is refused comes again, but lets the others have the processor first.
        await new Promise((resolve) => setImmediate(resolve))
      } finally {
        for (const watcher of watchers) watcher()
      }
    }
  }
  const ended = Promise.all(
    Array.from({ length: writers }, async () => {
      await write()
      running--
      for (const watcher of watchers) watcher()
    })
  ).then(() => ({ acknowledged, attempted, others, failures }))
  return {
    acknowledged: (more) => {
      const until = acknowledged.length + more
      return new Promise((resolve, reject) => {
        const watcher = () => {
          if (acknowledged.length < until && running > 0) return
          watchers.delete(watcher)
          if (acknowledged.length >= until) resolve()
          else reject(new Error(`the load ended after ${acknowledged.length} of ${until}: ${failures.join(", ")}`))
        }
        watchers.add(watcher)
        watcher()
      })
    },
    ended,
    stop: () => {
      stopped = true
      return ended
    }
  }
}

/** Every userName that the organisation lists. */
export const listNames = async (client: ScimClient): Promise<ReadonlyArray<string>> => {
  const names: Array<string> = []
  for (;;) {
    const page = await client.request({
      method: "GET",
      path: `/Users?attributes=userName&count=1000&startIndex=${names.length + 1}`
    })
    const resources = page.at("Resources")
    if (page.status !== 200 || !Array.isArray(resources)) throw new Error(`no list: ${page.status} ${page.text}`)
    resources.forEach((_, index) => {
      names.push(page.string("Resources", index, "userName"))
    })
    if (resources.length === 0 || names.length >= Number(page.at("totalResults"))) return names
  }
}
