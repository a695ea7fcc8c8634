import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { UserId } from "@rollcall/domain/user/UserId"
import { layer as database } from "@rollcall/sql/Database"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import { ConfigProvider, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { personJson } from "./Person.ts"
import { SentStatements } from "./SentStatements.ts"

export const resourceTypes = makeResourceTypes(defaultExtensionUserUrn)

/** Rollcall's database and what makes organisations, in this process, its statements written down. */
export const layerStorage = (url: string) =>
  organizationStore.pipe(
    Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)),
    Layer.provideMerge(SentStatements.over(Layer.fresh(database()))),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ DATABASE_URL: url }))),
    Layer.orDie
  )

/** Makes an organisation that follows the rules of a product. */
export const makeOrganization = Effect.fnUntraced(function* (subdomain: string) {
  const { id } = yield* Effect.orDie(
    (yield* Organizations).create({
      subdomain: Subdomain.make(subdomain),
      name: "Millport Instruments",
      timeZone: "Europe/London",
      scimEnabled: true,
      settings: presets.product
    })
  )
  return id
})

/** The id of a company's n-th person, n from 0; ids are spread as random ones are, not in the order of the numbers. */
export const idOf = (n: number): UserId => {
  const spread = Math.imul(n + 1, 0x9e3779b1) >>> 0
  return UserId.make(
    `${spread.toString(16).padStart(8, "0")}-0000-4000-8000-${(n + 1).toString(16).padStart(12, "0")}`,
    { disableChecks: true }
  )
}

/** What the directory keeps of the attributes that an identity provider sends of the n-th person. */
export const attributesOf = (series: string, n: number): JsonObject => {
  const { schemas: _, ...attributes } = JSON.parse(personJson(series, n)) as JsonObject
  return attributes
}
