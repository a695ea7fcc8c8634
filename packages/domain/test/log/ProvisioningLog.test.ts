import { emptyOrganization, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryProvisioningLog } from "@rollcall/domain/log/MemoryProvisioningLog"
import { presets } from "@rollcall/domain/organization/Settings"
import { Effect, Layer } from "effect"
import { LogWriter, provisioningLogContract } from "../contract/ProvisioningLogContract.ts"

const layerWriter = Layer.effect(
  LogWriter,
  Effect.map(MemoryStore, (store) =>
    LogWriter.of({
      write: (organization, entries) =>
        Effect.sync(() => {
          const held = store.get(organization) ?? emptyOrganization(presets.product)
          store.set(organization, held)
          held.log.push(...entries)
        })
    })
  )
)

provisioningLogContract(
  "memory",
  Layer.mergeAll(layerMemoryProvisioningLog, layerWriter).pipe(Layer.provide(MemoryStore.layer))
)
