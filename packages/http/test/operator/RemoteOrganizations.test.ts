import { organizationsContract } from "../../../domain/test/contract/Organizations.ts"
import { layerRemoteStores } from "./OperatorScene.ts"

organizationsContract("through a server", layerRemoteStores)
