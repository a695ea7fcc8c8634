import { Imports } from "@rollcall/domain/csv/Imports"
import { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { Layer } from "effect"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { importContract } from "../contract/ImportContract.ts"
import { resourceTypes } from "../contract/Tenant.ts"

importContract(
  "memory",
  Layer.mergeAll(
    layerMemoryDirectory(resourceTypes),
    layerMemoryUsers(resourceTypes),
    layerMemoryGroups,
    GroupTypes.layerMemory,
    layerMemoryPeopleLookup,
    DirectoryPreview.layerMemory(resourceTypes),
    Imports.layerMemory,
    DirectoryProbe.layerMemory
  ).pipe(Layer.provide(MemoryStore.layer))
)
