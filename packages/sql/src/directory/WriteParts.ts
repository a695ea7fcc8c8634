/**
 * Adds a part to the statement that writes a batch: it writes nothing where the guard found nothing (`guarded`). Gives the name
 * by which later parts read what it returns.
 */
export type Part = (text: string) => string

/** Adds a parameter to the statement; gives its place. */
export type Bind = (value: unknown) => string

/** The condition of every part: somebody who writes on what is no longer so writes nothing. */
export const guarded = "EXISTS (SELECT FROM guard)"
