import { assert, describe, it } from "@effect/vitest"
import { deadTime, deliveredTime, makeForgetWebhooks } from "@rollcall/delivery/WebhookRetention"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { WebhookQueue } from "@rollcall/domain/webhooks/WebhookQueue"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

const organization = (name: string): Organization => ({
  id: OrganizationId.make(name),
  subdomain: Subdomain.make(name),
  name,
  timeZone: "UTC",
  singleSignOn: { enabled: false, signInUrl: null },
  scimEnabled: true,
  csvAllowed: false,
  settings: presets.product,
  customAttributes: [],
  reviewWindows: []
})

describe("forgetting ended webhooks", () => {
  it.effect("takes what is too old, chunk by chunk, of every organisation, whatever happens in another", () =>
    Effect.gen(function* () {
      const left = new Map([
        ["acme", 2_500],
        ["broken", 5],
        ["halden", 10]
      ])
      const asked: Array<unknown> = []
      const forget = yield* Effect.provide(
        makeForgetWebhooks,
        Layer.mergeAll(
          Layer.mock(Organizations, { list: Effect.succeed([...left.keys()].map(organization)) }),
          Layer.mock(WebhookQueue, {
            forget: (id, before, most) =>
              Effect.suspend(() => {
                if (id === "broken") return Effect.die(new Error("broken"))
                asked.push(before)
                const removed = Math.min(most, left.get(id) ?? 0)
                left.set(id, (left.get(id) ?? 0) - removed)
                return Effect.succeed(removed)
              })
          })
        )
      )
      yield* TestClock.adjust("200 days")
      const fiber = yield* Effect.forkChild(forget)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), 2_510)
      assert.deepStrictEqual(Object.fromEntries(left), { acme: 0, broken: 5, halden: 0 })
      const now = 200 * 24 * 60 * 60 * 1_000
      assert.deepStrictEqual(asked[0], { delivered: now - deliveredTime, dead: now - deadTime })
    })
  )
})
