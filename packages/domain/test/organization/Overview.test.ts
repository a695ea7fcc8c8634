import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { Overview } from "@rollcall/domain/organization/Overview"
import { Layer } from "effect"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { overviewContract } from "../contract/OverviewContract.ts"
import { resourceTypes } from "../contract/Tenant.ts"

overviewContract(
  "memory",
  Layer.mergeAll(
    layerMemoryDirectory(resourceTypes),
    layerMemoryUsers(resourceTypes),
    layerMemoryGroups,
    GroupTypes.layerMemory,
    layerMemoryPeopleLookup,
    Overview.layerMemory,
    DirectoryProbe.layerMemory
  ).pipe(Layer.provide(MemoryStore.layer))
)
