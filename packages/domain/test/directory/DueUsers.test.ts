import { layerMemoryDueUsers } from "@rollcall/domain/directory/MemoryDueUsers"
import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { Layer } from "effect"
import { DueUsersProbe, dueUsersContract } from "../contract/DueUsersContract.ts"

dueUsersContract(
  "memory",
  Layer.mergeAll(layerMemoryDueUsers, DueUsersProbe.layerMemory).pipe(Layer.provide(MemoryStore.layer))
)
