import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { emptyOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import { configurationOf } from "./Configuration.ts"
import { type Organization, OrganizationId } from "./Organization.ts"
import { subdomainTaken } from "./OrganizationFault.ts"
import { type NewOrganization, Organizations } from "./Organizations.ts"

/** The reference implementation of {@link Organizations}: in memory, what is set and the keys in the {@link MemoryStore}. */
export const layerMemoryOrganizations: Layer.Layer<Organizations, never, MemoryStore | SecureRandom.SecureRandom> =
  Layer.effect(
    Organizations,
    Effect.gen(function* () {
      const store = yield* MemoryStore
      const random = yield* SecureRandom.SecureRandom
      const made = new Map<OrganizationId, Pick<Organization, "id" | "subdomain">>()

      const read = ({ id, subdomain }: Pick<Organization, "id" | "subdomain">): ReadonlyArray<Organization> => {
        const state = store.get(id)?.state
        return state === undefined
          ? []
          : [{ id, subdomain, ...configurationOf(state), customAttributes: state.customAttributes }]
      }
      const all = () => [...made.values()].flatMap(read)
      const bySubdomain = (subdomain: string) => all().find((organization) => organization.subdomain === subdomain)

      const create = Effect.fnUntraced(function* ({ settings, subdomain, ...wanted }: NewOrganization) {
        const id = OrganizationId.make(yield* random.uuidV7())
        if (bySubdomain(subdomain) !== undefined) return yield* subdomainTaken(subdomain)
        const held = emptyOrganization(settings, wanted)
        made.set(id, { id, subdomain })
        store.set(id, held)
        return { id, subdomain, ...configurationOf(held.state), customAttributes: [] }
      })

      return Organizations.of({
        create,
        findBySubdomain: (subdomain) => Effect.sync(() => bySubdomain(subdomain)),
        list: Effect.sync(() => all().sort((left, right) => (left.subdomain < right.subdomain ? -1 : 1))),
        listKeys: (id) => Effect.sync(() => [...(store.get(id)?.keys.values() ?? [])].map(({ key }) => key)),
        findKeyHolder: (secretHash) =>
          Effect.sync(() => {
            for (const organization of all()) {
              for (const { key, secretHash: hash } of store.get(organization.id)?.keys.values() ?? []) {
                if (hash !== secretHash || key.revokedAt !== null) continue
                const { id, kind, label, scopes } = key
                return { organization, key: { id, kind, label, scopes } }
              }
            }
            return undefined
          }),
        touchKeys: (uses) =>
          Effect.sync(() => {
            for (const { at, keyId, organizationId } of uses) {
              const held = store.get(organizationId)?.keys.get(keyId)
              if (held !== undefined) held.key = { ...held.key, lastUsedAt: Math.max(held.key.lastUsedAt ?? at, at) }
            }
          })
      })
    })
  )
