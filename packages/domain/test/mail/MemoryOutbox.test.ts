import { outboxContract } from "../contract/OutboxContract.ts"
import { layerMemoryProbe } from "../contract/OutboxProbe.ts"

outboxContract("memory", layerMemoryProbe)
