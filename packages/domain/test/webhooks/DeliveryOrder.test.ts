import { assert, describe, it } from "@effect/vitest"
import { DeliveryOrder, type OrderedDelivery } from "@rollcall/domain/webhooks/DeliveryOrder"
import { Effect, Schema } from "effect"

/** Lanes and due times of deliveries, and which of those that are under way ends at each step. */
const Story = Schema.Struct({
  deliveries: Schema.Array(
    Schema.Struct({
      lanes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(Schema.isMaxLength(4)),
      isLater: Schema.Boolean
    })
  ).check(Schema.isMaxLength(24)),
  ends: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })))
})

const share = (left: OrderedDelivery, right: OrderedDelivery): boolean =>
  left.lanes.some((lane) => right.lanes.includes(lane))

describe("who may go next to an endpoint", () => {
  it.effect.prop(
    "exactly those whose earlier ones about the same person or group have ended, whatever ends when (R-API-3)",
    [Story],
    ([{ deliveries, ends }]) =>
      Effect.sync(() => {
        const now = 100
        const all = deliveries.map(
          ({ isLater, lanes }, i): OrderedDelivery => ({
            sequence: i + 1,
            dueAt: isLater ? now + 1 : now,
            lanes: [...new Set(lanes)]
          })
        )
        const order = new DeliveryOrder(all)
        const open = new Set(all)
        const underWay: Array<OrderedDelivery> = []
        const mayGo = () =>
          all.filter(
            (one) =>
              open.has(one) &&
              one.dueAt <= now &&
              !all.some((other) => other.sequence < one.sequence && open.has(other) && share(one, other))
          )
        for (let step = 0; ; step++) {
          for (let one = order.next(now); one !== undefined; one = order.next(now)) underWay.push(one)
          assert.sameMembers(underWay, mayGo())
          assert.strictEqual(order.size, open.size)
          if (underWay.length === 0) break
          const [ended] = underWay.splice((ends[step % Math.max(1, ends.length)] ?? 0) % underWay.length, 1)
          if (ended === undefined) break
          open.delete(ended)
          order.settle(ended)
        }
        assert.strictEqual(order.wakeAt, open.size === 0 ? undefined : now + 1)
      })
  )

  it("one that is put back holds up those behind it, and says when to look again", () => {
    const first = { sequence: 1, dueAt: 0, lanes: [1] }
    const order = new DeliveryOrder([
      first,
      { sequence: 2, dueAt: 0, lanes: [1] },
      { sequence: 3, dueAt: 0, lanes: [2] }
    ])
    assert.strictEqual(order.next(0)?.sequence, 1)
    assert.strictEqual(order.wakeAt, 0)
    assert.strictEqual(order.next(0)?.sequence, 3)
    order.putBack({ ...first, dueAt: 50 })
    assert.isUndefined(order.next(100))
    assert.strictEqual(order.wakeAt, 50)
    order.settle(first)
    assert.strictEqual(order.next(100)?.sequence, 2)
  })
})
