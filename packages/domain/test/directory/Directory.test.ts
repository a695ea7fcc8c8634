import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryDirectorySnapshot } from "@rollcall/domain/events/MemoryDirectorySnapshot"
import { layerMemoryEventFeed } from "@rollcall/domain/events/MemoryEventFeed"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { mailConsumer } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, Layer } from "effect"
import { directoryContract } from "../contract/Directory.ts"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { ConsumerProbe, eventContract } from "../contract/EventContract.ts"
import { resourceTypes } from "../contract/Tenant.ts"

/** The feed with consumers whose positions the tests say; the e-mails have read nothing until then. */
const layerFeed = Layer.suspend(() => {
  const positions = new Map<OrganizationId, Map<string, number>>()
  const slowest = (id: OrganizationId) => Math.min(...(positions.get(id) ?? new Map([[mailConsumer, 0]])).values())
  const probe = Layer.succeed(ConsumerProbe, {
    set: (id, consumer, position) =>
      Effect.sync(() => {
        positions.set(id, new Map([...(positions.get(id) ?? []), [consumer, position]]))
      })
  })
  return Layer.merge(layerMemoryEventFeed(slowest), probe)
})

directoryContract(
  "memory",
  Layer.mergeAll(
    layerMemoryDirectory(resourceTypes),
    layerMemoryUsers(resourceTypes),
    layerMemoryGroups,
    GroupTypes.layerMemory,
    layerMemoryPeopleLookup,
    layerFeed,
    layerMemoryDirectorySnapshot(resourceTypes.extensionUrn),
    DirectoryProbe.layerMemory
  ).pipe(Layer.provide(MemoryStore.layer)),
  eventContract
)
