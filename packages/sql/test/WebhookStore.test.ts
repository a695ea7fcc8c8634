import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { webhookContract } from "../../domain/test/contract/WebhookContract.ts"
import * as LogStore from "../src/LogStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as WebhookEndpointStore from "../src/WebhookEndpointStore.ts"
import * as WebhookQueueStore from "../src/WebhookQueueStore.ts"
import { databases } from "./BothDatabases.ts"
import { layerOutboxProbe } from "./OutboxRows.ts"

for (const [kind, database] of databases) {
  webhookContract(
    kind,
    Layer.mergeAll(
      WebhookEndpointStore.layer,
      WebhookQueueStore.layer,
      layerSqlDirectory(resourceTypes),
      LogStore.layer(),
      layerOutboxProbe
    ).pipe(Layer.provide([database, SecureRandom.layerWebCrypto]))
  )
}
