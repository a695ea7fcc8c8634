import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { Layer } from "effect"
import { directoryContract } from "../contract/Directory.ts"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { resourceTypes } from "../contract/Tenant.ts"

directoryContract(
  "memory",
  Layer.mergeAll(
    layerMemoryDirectory(resourceTypes),
    layerMemoryUsers(resourceTypes),
    layerMemoryGroups,
    GroupTypes.layerMemory,
    layerMemoryPeopleLookup,
    DirectoryProbe.layerMemory
  ).pipe(Layer.provide(MemoryStore.layer))
)
