import { Clock, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { emptyOrganization, MemoryStore } from "../directory/MemoryStore.ts"
import { type AccessKey, type AccessKeyKind, generateSecret, hashSecret, type KeyScope, scopesOf } from "./AccessKey.ts"
import { type Organization, OrganizationId } from "./Organization.ts"
import { checkName, checkSingleSignOn, checkTimeZone, noOrganization, subdomainTaken } from "./OrganizationFault.ts"
import { type NewOrganization, Organizations } from "./Organizations.ts"
import { checkReviewWindows, closeOpen, openAnother } from "./ReviewWindows.ts"

interface HeldKey {
  readonly organization: OrganizationId
  readonly hash: string
  key: AccessKey
}

/** The reference implementation of {@link Organizations}: in memory, its directories in the {@link MemoryStore}. */
export const layerMemoryOrganizations: Layer.Layer<
  Organizations,
  never,
  MemoryStore | SecureRandom.SecureRandom | Digest.Digest
> = Layer.effect(
  Organizations,
  Effect.gen(function* () {
    const store = yield* MemoryStore
    const random = yield* SecureRandom.SecureRandom
    const digest = yield* Digest.Digest
    const organizations = new Map<OrganizationId, Organization>()
    const keys = new Map<string, HeldKey>()

    /** The directory is where custom attributes are learned; what decisions go by is told to it. */
    const save = (organization: Organization): void => {
      organizations.set(organization.id, organization)
      const { csvAllowed, reviewWindows, scimEnabled, settings, singleSignOn, timeZone } = organization
      const held = store.get(organization.id) ?? emptyOrganization(settings)
      held.state = { ...held.state, settings, timeZone, singleSignOn, scimEnabled, csvAllowed, reviewWindows }
      store.set(organization.id, held)
    }

    const change = (id: OrganizationId, values: Partial<Organization>): Effect.Effect<void> =>
      Effect.sync(() => {
        const organization = organizations.get(id)
        if (organization !== undefined) save({ ...organization, ...values })
      })

    const read = (organization: Organization): Organization => ({
      ...organization,
      customAttributes: store.get(organization.id)?.state.customAttributes ?? []
    })

    const bySubdomain = (subdomain: string) => {
      for (const organization of organizations.values()) {
        if (organization.subdomain === subdomain) return read(organization)
      }
      return undefined
    }

    const create = Effect.fnUntraced(function* (wanted: NewOrganization) {
      const organization: Organization = {
        id: OrganizationId.make(yield* random.uuidV7()),
        subdomain: wanted.subdomain,
        name: wanted.name,
        timeZone: wanted.timeZone,
        singleSignOn: { enabled: false, signInUrl: null },
        scimEnabled: wanted.scimEnabled,
        csvAllowed: false,
        settings: wanted.settings,
        customAttributes: [],
        reviewWindows: []
      }
      if (bySubdomain(wanted.subdomain) !== undefined) return yield* subdomainTaken(wanted.subdomain)
      save(organization)
      return organization
    })

    const issueKey = Effect.fnUntraced(function* (
      id: OrganizationId,
      kind: AccessKeyKind,
      label: string,
      scopes?: ReadonlyArray<KeyScope>
    ) {
      const secret = yield* Effect.provideService(generateSecret(kind), SecureRandom.SecureRandom, random)
      const text = Redacted.value(secret)
      const hash = yield* Effect.provideService(hashSecret(text), Digest.Digest, digest)
      const key: AccessKey = {
        id: yield* random.uuidV7(),
        kind,
        label,
        scopes: scopesOf(kind, scopes),
        hint: text.slice(-4),
        createdAt: yield* Clock.currentTimeMillis,
        lastUsedAt: null,
        revokedAt: null
      }
      keys.set(key.id, { organization: id, hash, key })
      return { key, secret }
    })

    const revokeKey = Effect.fnUntraced(function* (id: OrganizationId, keyId: string) {
      const now = yield* Clock.currentTimeMillis
      const held = keys.get(keyId)
      if (held === undefined || held.organization !== id || held.key.revokedAt !== null) return false
      held.key = { ...held.key, revokedAt: now }
      return true
    })

    const openReviewWindow = Effect.fnUntraced(function* (id: OrganizationId, name: string, closesAt: number) {
      const opensAt = yield* Clock.currentTimeMillis
      const windowId = yield* random.uuidV7()
      const organization = organizations.get(id)
      if (organization === undefined) return yield* noOrganization()
      const next = yield* openAnother(organization.reviewWindows, { name, opensAt, closesAt }, windowId)
      yield* change(id, { reviewWindows: next.windows })
      return next.opened
    })

    const closeReviewWindow = Effect.fnUntraced(function* (id: OrganizationId, windowId: string | undefined) {
      const now = yield* Clock.currentTimeMillis
      const next = closeOpen(organizations.get(id)?.reviewWindows ?? [], now, windowId)
      if (next.closed.length > 0) yield* change(id, { reviewWindows: next.windows })
      return next.closed
    })

    return Organizations.of({
      create,
      findBySubdomain: (subdomain) => Effect.sync(() => bySubdomain(subdomain)),
      list: Effect.sync(() =>
        [...organizations.values()].map(read).sort((left, right) => (left.subdomain < right.subdomain ? -1 : 1))
      ),
      setScimEnabled: (id, scimEnabled) => change(id, { scimEnabled }),
      setCsvAllowed: (id, csvAllowed) => change(id, { csvAllowed }),
      saveSettings: (id, settings) =>
        Effect.suspend(() => {
          const standing = organizations.get(id)
          return standing === undefined ? Effect.void : change(id, { settings: { ...standing.settings, ...settings } })
        }),
      saveSingleSignOn: (id, singleSignOn) =>
        Effect.flatMap(checkSingleSignOn(singleSignOn), (checked) => change(id, { singleSignOn: checked })),
      saveTimeZone: (id, timeZone) =>
        Effect.flatMap(checkTimeZone(timeZone), (checked) => change(id, { timeZone: checked })),
      saveName: (id, name) => Effect.flatMap(checkName(name), (checked) => change(id, { name: checked })),
      saveReviewWindows: (id, windows) =>
        Effect.flatMap(checkReviewWindows(windows), (reviewWindows) => change(id, { reviewWindows })),
      openReviewWindow,
      closeReviewWindow,
      issueKey,
      listKeys: (id) =>
        Effect.sync(() => [...keys.values()].flatMap((held) => (held.organization === id ? [held.key] : []))),
      revokeKey,
      findKeyHolder: (secretHash) =>
        Effect.sync(() => {
          for (const held of keys.values()) {
            const organization = organizations.get(held.organization)
            if (held.hash !== secretHash || held.key.revokedAt !== null || organization === undefined) continue
            const { id, kind, label, scopes } = held.key
            return { organization: read(organization), key: { id, kind, label, scopes } }
          }
          return undefined
        }),
      touchKeys: (uses) =>
        Effect.sync(() => {
          for (const { at, keyId, organizationId } of uses) {
            const held = keys.get(keyId)
            if (held?.organization !== organizationId) continue
            held.key = { ...held.key, lastUsedAt: Math.max(held.key.lastUsedAt ?? at, at) }
          }
        })
    })
  })
)
