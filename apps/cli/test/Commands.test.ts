import { ConfigProvider, Layer } from "effect"
import { stores } from "../src/Storage.ts"
import { commandsContract } from "./CommandsContract.ts"

const memory = ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATA_DIR: "memory:" }))

commandsContract("on a database that they open", Layer.provide(stores, memory))
