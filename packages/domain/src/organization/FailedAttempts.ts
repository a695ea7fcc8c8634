/** So many failures of one client in a window make it wait for the rest of it. */
export const failedAttemptLimit = 10
/** The length of a window, in milliseconds. */
export const failedAttemptWindow = 60_000

/** So many clients are counted at most; beyond, the one that failed first is forgotten. */
const mostCounted = 10_000

interface Count {
  readonly since: number
  failures: number
}

/** Counts failed attempts, in windows that begin with the first failure. Times are milliseconds. */
export interface FailedAttempts {
  /** For how many seconds the client must wait; 0 where it need not. */
  wait(client: string, now: number): number
  note(client: string, now: number): void
}

/** Counts in this process: every server does so for itself. */
export const makeFailedAttempts = (): FailedAttempts => {
  const counts = new Map<string, Count>()
  const current = (client: string, now: number): Count | undefined => {
    const count = counts.get(client)
    if (count === undefined || now - count.since < failedAttemptWindow) return count
    counts.delete(client)
    return undefined
  }
  return {
    wait: (client, now) => {
      const count = current(client, now)
      if (count === undefined || count.failures < failedAttemptLimit) return 0
      return Math.ceil((count.since + failedAttemptWindow - now) / 1_000)
    },
    note: (client, now) => {
      const count = current(client, now)
      if (count !== undefined) {
        count.failures++
        return
      }
      const [oldest] = counts.keys()
      if (counts.size >= mostCounted && oldest !== undefined) counts.delete(oldest)
      counts.set(client, { since: now, failures: 1 })
    }
  }
}
