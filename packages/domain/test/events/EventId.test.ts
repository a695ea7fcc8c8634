import { assert, describe, it } from "@effect/vitest"
import { EventId, eventId, readEventId } from "@rollcall/domain/events/EventId"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Arbitrary, Effect, Schema } from "effect"

const sequence = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))

describe("the id of an event", () => {
  it.effect.prop(
    "is printed and read without loss, one text for one event (R-API-3)",
    [Arbitrary.schema(Schema.String.check(Schema.isUUID())), Arbitrary.schema(sequence)],
    ([uuid, number]) =>
      Effect.sync(() => {
        const organization = OrganizationId.make(uuid.toLowerCase())
        const id = eventId(organization, number)
        assert.deepStrictEqual(readEventId(id), { organization, sequence: number })
        assert.isTrue(Schema.is(EventId)(id))
        assert.isUndefined(readEventId(`${id} `))
      })
  )

  it("is refused in every other spelling", () => {
    const uuid = "3f6a8c1e-7d20-4e5b-b9a4-0c1d2e3f4a10"
    for (const text of [
      "",
      "evt_",
      `evt_${uuid}`,
      `evt_${uuid}_`,
      `evt_${uuid}_0`,
      `evt_${uuid}_01`,
      `evt_${uuid}_1.5`,
      `evt_${uuid}_1e3`,
      `evt_${uuid}_-1`,
      `evt_${uuid}_99999999999999999`,
      `evt_${uuid.toUpperCase()}_1`,
      `EVT_${uuid}_1`,
      `evt_${uuid}-1`,
      `evt_${"x".repeat(100_000)}_1`
    ]) {
      assert.isUndefined(readEventId(text), text.slice(0, 80))
      assert.isFalse(Schema.is(EventId)(text), text.slice(0, 80))
    }
  })
})
