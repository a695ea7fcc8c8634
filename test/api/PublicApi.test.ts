import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { HttpClient } from "effect/http"
import type { DatabaseKind } from "../support/Databases.ts"
import { accessCheckContract } from "./AccessCheckContract.ts"
import { accessContract } from "./AccessContract.ts"
import { administrationContract } from "./AdministrationContract.ts"
import { ApiScene, layerApiScene } from "./ApiScene.ts"
import { authorizationContract } from "./AuthorizationContract.ts"
import { csrfContract } from "./CsrfContract.ts"
import { eventsContract } from "./EventsContract.ts"
import { groupsContract } from "./GroupsContract.ts"
import { groupTypesContract } from "./GroupTypesContract.ts"
import { importsContract } from "./ImportsContract.ts"
import { logContract } from "./LogContract.ts"
import { oauthClientsContract } from "./OAuthClientsContract.ts"

import { outboxContract } from "./OutboxContract.ts"
import { sessionContract } from "./SessionContract.ts"
import { usersContract } from "./UsersContract.ts"
import { webhooksContract } from "./WebhooksContract.ts"

/** Every endpoint of the Public API, through the derived client and a real socket, on both databases. */
const kinds: ReadonlyArray<DatabaseKind> = ["postgresql", "embedded"]
for (const kind of kinds) {
  layer(layerApiScene(kind, { WEBHOOK_ALLOW_PRIVATE: "true" }), { timeout: "120 seconds", excludeTestServices: true })(
    `the Public API (${kind})`,
    (it) => {
      accessContract(it)
      authorizationContract(it)
      sessionContract(it)
      csrfContract(it)
      eventsContract(it)
      oauthClientsContract(it)
      webhooksContract(it)
      usersContract(it)
      groupsContract(it)
      groupTypesContract(it)
      accessCheckContract(it)
      administrationContract(it)
      logContract(it)
      outboxContract(it)
      importsContract(it)

      it.effect("describes itself, and has a page to read", () =>
        Effect.gen(function* () {
          const { baseUrl } = yield* ApiScene
          const description = yield* (yield* HttpClient.get(`${baseUrl}/api/v1/openapi.json`)).json
          assert.strictEqual(Reflect.get(Object(description), "openapi"), "3.1.0")
          const page = yield* HttpClient.get(`${baseUrl}/docs`)
          assert.strictEqual(page.status, 200)
          assert.match(yield* page.text, /<title>Rollcall Public API<\/title>/)
        })
      )
    }
  )
}
