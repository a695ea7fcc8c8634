import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { Layer } from "effect"
import { importContract } from "../../../domain/test/contract/ImportContract.ts"
import { layerMemoryAdapters, layerRemoteFiles } from "./OperatorScene.ts"

importContract("through a server", Layer.provide(layerMemoryAdapters, MemoryStore.layer), undefined, layerRemoteFiles)
