import type { UserId } from "../user/UserId.ts"

/** So many User IDs share a page. */
const pageSize = 4_096

/**
 * Which line of a file each person was named by, by User ID: four bytes a person, so that a file of any length can be told that
 * it speaks of somebody twice. One of it belongs to one run of one import; lines are marked once they are committed.
 */
export class ImportedLines {
  private readonly pages = new Map<number, Uint32Array>()

  lineOf(number: number): number | undefined {
    const line = this.pages.get(Math.floor(number / pageSize))?.[number % pageSize]
    return line === 0 ? undefined : line
  }

  /** The first line counts. */
  mark(number: number, line: number): void {
    const at = Math.floor(number / pageSize)
    const known = this.pages.get(at)
    const page = known ?? new Uint32Array(pageSize)
    if (known === undefined) this.pages.set(at, page)
    if (page[number % pageSize] === 0) page[number % pageSize] = line
  }
}

/** A line that was about a person. */
export interface ImportedLine {
  readonly lines: ImportedLines
  readonly user: UserId
  readonly line: number
}
