/** What the order goes by. */
export interface OrderedDelivery {
  readonly sequence: number
  /** When it may be attempted. */
  readonly dueAt: number
  /** Whom it is about; see `lanesOf`. */
  readonly lanes: ReadonlyArray<number>
}

interface Waiting<D> {
  readonly delivery: D
  /** In how many lanes another one is before it. */
  behind: number
}

interface Lane {
  readonly sequences: Array<number>
  head: number
}

/**
 * Who may go next of what is owed to an endpoint: an event goes once every earlier one about the same person or group has
 * been delivered or given up. Takes time in proportion to the lanes of what is handed in and settled.
 */
export class DeliveryOrder<D extends OrderedDelivery> {
  readonly #waiting = new Map<number, Waiting<D>>()
  readonly #lanes = new Map<number, Lane>()
  readonly #heads = new Map<number, D>()
  readonly #later = new Map<number, D>()

  /** `deliveries` in the order of their sequences: everything that is owed and has not ended. */
  constructor(deliveries: ReadonlyArray<D>) {
    for (const delivery of deliveries) {
      let behind = 0
      for (const number of delivery.lanes) {
        const lane = this.#lanes.get(number)
        if (lane === undefined) this.#lanes.set(number, { sequences: [delivery.sequence], head: 0 })
        else {
          lane.sequences.push(delivery.sequence)
          behind++
        }
      }
      this.#waiting.set(delivery.sequence, { delivery, behind })
      if (behind === 0) this.#heads.set(delivery.sequence, delivery)
    }
  }

  /** Takes out one that may be attempted at that time; undefined where none may. */
  next(now: number): D | undefined {
    for (const [sequence, delivery] of this.#heads) {
      this.#heads.delete(sequence)
      if (delivery.dueAt <= now) return delivery
      this.#later.set(sequence, delivery)
    }
    return undefined
  }

  /** Says that one has ended: those behind it move up. */
  settle({ lanes, sequence }: D): void {
    if (!this.#waiting.delete(sequence)) return
    for (const number of lanes) {
      const lane = this.#lanes.get(number)
      if (lane === undefined) continue
      lane.head++
      const next = lane.sequences[lane.head]
      const waiting = next === undefined ? undefined : this.#waiting.get(next)
      if (waiting === undefined) this.#lanes.delete(number)
      else if (--waiting.behind === 0) this.#heads.set(waiting.delivery.sequence, waiting.delivery)
    }
  }

  /** Puts one back that was taken out and has not ended, as it is now. */
  putBack(delivery: D): void {
    this.#later.set(delivery.sequence, delivery)
  }

  /** When there is something to attempt next; undefined where nothing waits. Something that may go now has the time 0. */
  get wakeAt(): number | undefined {
    if (this.#heads.size > 0) return 0
    let earliest: number | undefined
    for (const { dueAt } of this.#later.values()) earliest = Math.min(earliest ?? dueAt, dueAt)
    return earliest
  }

  /** How many have not ended. */
  get size(): number {
    return this.#waiting.size
  }
}
