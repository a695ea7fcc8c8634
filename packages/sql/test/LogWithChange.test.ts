import { assert } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Passwords } from "@rollcall/domain/user/Passwords"
import { UserId } from "@rollcall/domain/user/UserId"
import { WebhookEndpointId } from "@rollcall/domain/webhooks/WebhookEndpoint"
import { WebhookEndpoints } from "@rollcall/domain/webhooks/WebhookEndpoints"
import { Clock, Effect, Layer, Redacted, Result } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { administerOAuth } from "../../domain/test/contract/Operator.ts"
import { redeem } from "../../domain/test/contract/PasswordLinksContract.ts"
import { cheapHash } from "../../domain/test/contract/PasswordProbe.ts"
import { person, resourceTypes } from "../../domain/test/contract/Tenant.ts"
import { administerWebhooks } from "../../domain/test/contract/WebhookProbe.ts"
import * as LogStore from "../src/LogStore.ts"
import * as OAuthStore from "../src/OAuthStore.ts"
import * as OrganizationStore from "../src/OrganizationStore.ts"
import { layerPasswordLinks, layerPasswords } from "../src/PasswordStore.ts"
import { layerSqlDirectory } from "../src/SqlDirectory.ts"
import * as WebhookEndpointStore from "../src/WebhookEndpointStore.ts"
import { WriteSql } from "../src/WriteSql.ts"
import { onBothDatabases } from "./BothDatabases.ts"

const stores = Layer.mergeAll(
  OAuthStore.layer,
  WebhookEndpointStore.layer,
  layerPasswords,
  layerPasswordLinks,
  LogStore.layer(),
  OAuthAdministration.layer,
  OwnPassword.layer
).pipe(
  Layer.provideMerge(Layer.mergeAll(OrganizationStore.layer, layerSqlDirectory(resourceTypes))),
  Layer.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)

/** Stands where the next entry of the organisation belongs, so that none can be written until it is taken away. */
const blockNextEntry = ({ id }: Organization) =>
  Effect.gen(function* () {
    const sql = yield* WriteSql
    const now = yield* Clock.currentTimeMillis
    yield* sql.unsafe(
      `INSERT INTO log_entry (organization_id, sequence, at, outcome, entry)
       SELECT organization_id, log_sequence + 1, to_timestamp($2::float8 / 1000), 'blocked', '{}'
       FROM organization WHERE organization_id = $1`,
      [id, now]
    )
    return Effect.orDie(sql.unsafe("DELETE FROM log_entry WHERE organization_id = $1 AND outcome = 'blocked'", [id]))
  })

onBothDatabases(
  "a change and its log entry",
  (database) => Layer.provideMerge(stores, database),
  (it) => {
    it.effect("R-LOG-1: what has no entry is not there: no client, no secret, no endpoint and no password", () =>
      Effect.gen(function* () {
        const organization = yield* (yield* Organizations).create({
          subdomain: Subdomain.make("blocked"),
          name: "Blocked",
          timeZone: "UTC",
          scimEnabled: true,
          settings: presets.rfc
        })
        const clients = yield* OAuthClients
        const endpoints = yield* WebhookEndpoints
        const user = UserId.make(SecureRandom.uuidV4Unsafe())
        const made = yield* (yield* Directory).submit(organization.id, {
          command: {
            _tag: "CreateUser",
            newId: user,
            input: Result.getOrThrow(readResource(resourceTypes.user, person("ilka")))
          },
          actor: { keyId: "k1", keyLabel: "Okta", client: "test" },
          ...{ requestId: "r1", line: "test", size: 1, receivedAt: 0 }
        })
        assert.strictEqual(made._tag, "Done")
        const hand = yield* administerOAuth(organization)
        const client = yield* hand.create("Entra")
        const { token } = yield* (yield* PasswordLinks).issue(organization.id, user, "set", "ilka@halden.example")
        const newId = WebhookEndpointId.make(SecureRandom.uuidV4Unsafe())
        const settings = { url: "https://hooks.example.com/", description: "", types: null }
        const secret = Redacted.make("whsec_Zmlyc3Q=")
        const identity = { issuer: "https://login.example.com", subject: "s", audience: "a" }
        const add = administerWebhooks(organization.id, {
          _tag: "AddWebhook",
          newId,
          settings,
          secret,
          allowHttp: false
        })
        const changes: ReadonlyArray<
          Effect.Effect<unknown, unknown, Directory | OwnPassword | PasswordLinks | OAuthAdministration>
        > = [
          hand.create("Okta"),
          hand.addSecret(client.id, "2027"),
          hand.federate(client.id, "tenant", identity),
          add,
          redeem(token, cheapHash("mine")),
          hand.revokeClient(client.id)
        ]
        const stands = Effect.all([
          clients.list(organization.id),
          endpoints.list(organization.id),
          (yield* Passwords).find(organization.id, user),
          Effect.map((yield* PasswordLinks).look(token), (link) => link?.state),
          Effect.map((yield* ProvisioningLog).search(organization.id, { limit: 50 }), ({ entries }) => entries.length)
        ])
        for (const [index, change] of changes.entries()) {
          const before = yield* stands
          const unblock = yield* blockNextEntry(organization)
          assert.strictEqual((yield* Effect.exit(change))._tag, "Failure", `change ${index}`)
          yield* unblock
          assert.deepStrictEqual(yield* stands, before, `change ${index} left something`)
          yield* change
          const [left, right] = [before.at(-1), (yield* stands).at(-1)]
          assert.strictEqual(Number(right), Number(left) + 1, `change ${index} has one entry`)
          assert.notDeepEqual((yield* stands).slice(0, -1), before.slice(0, -1), `change ${index} came about`)
        }
      })
    )
  }
)
