/** A repeatable source of choices: the same seed gives the same company and the same month (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  pick<A>(from: ReadonlyArray<A>): A {
    const picked = from[this.below(from.length)]
    if (picked === undefined) throw new Error("nothing to pick from")
    return picked
  }

  shuffle<A>(items: ReadonlyArray<A>): Array<A> {
    const keyed = items.map((item) => ({ item, at: this.next() }))
    return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item)
  }

  /** `count` different ones, or all where there are fewer. */
  sample<A>(from: ReadonlyArray<A>, count: number): Array<A> {
    return this.shuffle(from).slice(0, count)
  }

  /** Eight lower-case hexadecimal digits. */
  hex(): string {
    return Math.floor(this.next() * 4_294_967_296)
      .toString(16)
      .padStart(8, "0")
  }
}
