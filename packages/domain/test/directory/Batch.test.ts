import { assert, describe, it } from "@effect/vitest"
import type { Request } from "@rollcall/domain/directory/Command"
import {
  emptyOrganization,
  type MemoryOrganization,
  runMemoryBatch,
  writeToMemory
} from "@rollcall/domain/directory/MemoryStore"
import { plainAnswer, requestsOf, type Story, stood, story, timeOf } from "../contract/CommandSequence.ts"
import { seedWrites, snapshot } from "../contract/DirectoryProbe.ts"
import { resourceTypes } from "../contract/Tenant.ts"

const stoodOrganization = ({ settings }: Story): MemoryOrganization => {
  const organization = emptyOrganization(settings)
  writeToMemory(organization, seedWrites(organization.state, stood))
  return organization
}

const snapshotOf = ({ events, groups, log, members, state, users }: MemoryOrganization) =>
  snapshot({
    state,
    users: [...users.values()],
    groups: [...groups.values()],
    members: [...members].map(([group, ids]) => [group, [...ids]]),
    log,
    events
  })

/** Runs a story in the batches into which `split` takes the requests of each moment. */
const run = (told: Story, split: (requests: ReadonlyArray<Request>) => ReadonlyArray<ReadonlyArray<Request>>) => {
  const organization = stoodOrganization(told)
  const answers = requestsOf(told).flatMap((requests, chunk) =>
    split(requests).flatMap((batch) => runMemoryBatch(organization, batch, resourceTypes, timeOf(chunk)))
  )
  return { answers: answers.map(plainAnswer), after: snapshotOf(organization) }
}

describe("a batch", () => {
  it.prop(
    "equals its commands one after another: same answers, same directory, same log and events",
    [story],
    ([told]) => {
      const single = run(told, (requests) => requests.map((request) => [request]))
      assert.deepStrictEqual(
        run(told, (requests) => [requests]),
        single
      )
      assert.deepStrictEqual(
        run(told, (requests) => [requests.slice(0, 1), requests.slice(1, 4), requests.slice(4)]),
        single
      )
    },
    { timeout: 120_000, arbitrary: { runs: 300 } }
  )
})
