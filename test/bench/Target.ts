/** One organisation on a server: the bearer token that names it and the ids of its people in seeding order. */
export interface Directory {
  readonly token: string
  readonly ids: ReadonlyArray<string>
}

/**
 * A seeded server under load. Three organisations, so that one operation's writes do not grow what another reads:
 * `people` is read and patched, `intake` receives new people, `crowd` holds the groups.
 */
export interface Target {
  readonly port: number
  readonly people: Directory
  readonly intake: Directory
  readonly crowd: Directory & {
    readonly smallGroups: ReadonlyArray<string>
    readonly largeGroup: string
  }
  /** Members of the large group at the start; `crowd.ids` from here on belong to no large group yet. */
  readonly largeSize: number
}

/** Members that a small group starts with, and the most that a benchmark adds to it. */
export const smallSize = 10

/** The crowd's indexes that small group `g` starts with; the ten after them are those that get added. */
export const smallGroupStart = (g: number): number => g * smallSize * 2

/** Reads an id that seeding must have provided. */
export const required = (ids: ReadonlyArray<string>, index: number): string => {
  const id = ids[index]
  if (id === undefined) throw new Error(`seeding provided ${ids.length} ids, number ${index} was asked for`)
  return id
}
