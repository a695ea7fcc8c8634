import { oauthClientsContract } from "../../../domain/test/contract/OAuthClientsContract.ts"
import { layerRemoteStores } from "./OperatorScene.ts"

oauthClientsContract("through a server", layerRemoteStores)
