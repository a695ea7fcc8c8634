import { assert, describe, it } from "@effect/vitest"
import { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import { Groups, Users } from "@rollcall/domain/directory/Resources"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer, Stream } from "effect"
import * as Scheduler from "effect/Scheduler"

/** Counts what fibers do, step by step. */
class CountingScheduler extends Scheduler.MixedScheduler {
  steps = 0
  override shouldYield(...given: Parameters<Scheduler.MixedScheduler["shouldYield"]>): boolean {
    this.steps++
    return super.shouldYield(...given)
  }
}

/** People on so many pages of two. */
const people = (pages: number) =>
  Layer.mock(Users, {
    search: (_, { page }) =>
      Effect.sync(() => {
        const at = page._tag === "Cursor" && page.after !== undefined ? Number(page.after) : 0
        const person = (number: number) => ({
          id: UserId.make(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`),
          number,
          json: "{}",
          version: 1,
          createdAt: 0,
          lastModifiedAt: 0,
          groups: [],
          manager: undefined
        })
        return {
          totalResults: pages * 2,
          items: [person(at * 2), person(at * 2 + 1)],
          next: at + 1 < pages ? String(at + 1) : undefined
        }
      })
  })

const organization = OrganizationId.make("00000000-0000-4000-8000-00000000000a")

/** How many people an export of so many pages tells, and how many steps of fibers it takes. */
const exported = Effect.fnUntraced(function* (pages: number) {
  const scheduler = new CountingScheduler()
  const told = yield* Effect.gen(function* () {
    const { users } = yield* DirectoryExport
    return yield* Stream.runFold(
      users(organization),
      () => 0,
      (count) => count + 1
    )
  }).pipe(
    Effect.provide(
      DirectoryExport.layer.pipe(
        Layer.provide(
          Layer.mergeAll(
            people(pages),
            Layer.mock(Groups, {}),
            Layer.mock(GroupTypes, {}),
            Layer.mock(ProvisioningLog, {})
          )
        )
      )
    ),
    Effect.provideService(Scheduler.Scheduler, scheduler)
  )
  return { told, steps: scheduler.steps }
})

describe("DirectoryExport", () => {
  it.effect("tells a page far behind with as little work as the first one (R-CSV)", () =>
    Effect.gen(function* () {
      const few = yield* exported(50)
      const many = yield* exported(500)
      assert.strictEqual(few.told, 100)
      assert.strictEqual(many.told, 1_000)
      // Ten times the pages, ten times the work; what is done once is in both.
      assert.isAtMost(many.steps, few.steps * 10)
    })
  )
})
