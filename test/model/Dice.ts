/** Random numbers that come again with the same seed. */
export interface Dice {
  /** A whole number from 0 up to, but without, `sides`. */
  roll(sides: number): number
  pick<A>(values: readonly [A, ...ReadonlyArray<A>]): A
}

/** mulberry32, after an FNV-1a hash of the seed's text. */
export const makeDice = (seed: string): Dice => {
  let state = 2_166_136_261
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  const roll = (sides: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
  return { roll, pick: (values) => values[roll(values.length)] ?? values[0] }
}
