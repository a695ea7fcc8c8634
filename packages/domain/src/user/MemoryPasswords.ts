import { Clock, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { MemoryStore } from "../directory/MemoryStore.ts"
import { Organizations } from "../organization/Organizations.ts"
import { comparisonKey } from "../scim/Comparison.ts"
import { PasswordLinks, passwordLinkLifetime, passwordLinkMemory, passwordLinkState } from "./PasswordLinks.ts"
import { Passwords } from "./Passwords.ts"
import { generatePasswordToken, hashPasswordToken, organizationOfToken } from "./PasswordToken.ts"
import { isActive } from "./User.ts"
import { userKeys } from "./UserKeys.ts"

/** The reference implementation of {@link Passwords}: what the memory directory holds. */
export const layerMemoryPasswords: Layer.Layer<Passwords, never, MemoryStore> = Layer.effect(
  Passwords,
  Effect.map(MemoryStore, (store) =>
    Passwords.of({
      find: (organization, user) =>
        Effect.sync(() => {
          const held = store.get(organization)
          const person = held?.users.get(user)
          return person === undefined || person.deletedAt !== undefined ? undefined : held?.passwords.get(user)
        })
    })
  )
)

/** The reference implementation of {@link PasswordLinks}. */
export const layerMemoryPasswordLinks: Layer.Layer<
  PasswordLinks,
  never,
  MemoryStore | Organizations | SecureRandom.SecureRandom | Digest.Digest
> = Layer.effect(
  PasswordLinks,
  Effect.gen(function* () {
    const store = yield* MemoryStore
    const organizations = yield* Organizations
    const random = yield* SecureRandom.SecureRandom
    const digest = yield* Digest.Digest

    const hashOf = (token: Parameters<typeof hashPasswordToken>[0]) =>
      Effect.provideService(hashPasswordToken(token), Digest.Digest, digest)

    return PasswordLinks.of({
      issue: Effect.fnUntraced(function* (organization, user, purpose, sentTo) {
        const token = yield* Effect.provideService(
          generatePasswordToken(organization),
          SecureRandom.SecureRandom,
          random
        )
        const hash = yield* hashOf(token)
        const now = yield* Clock.currentTimeMillis
        const links = store.get(organization)?.passwordLinks
        if (links === undefined) return yield* Effect.die(new Error(`No organisation ${organization}`))
        for (const { expiresAt, tokenHash } of links.values()) {
          if (expiresAt + passwordLinkMemory <= now) links.delete(tokenHash)
        }
        const expiresAt = now + passwordLinkLifetime
        const kept = { tokenHash: hash, user, purpose, sentToKey: comparisonKey(sentTo), expiresAt }
        links.set(hash, { ...kept, used: false, replaced: false })
        return { token, expiresAt }
      }),
      look: Effect.fnUntraced(function* (token) {
        const named = organizationOfToken(token)
        const hash = yield* hashOf(token)
        const now = yield* Clock.currentTimeMillis
        const held = named === undefined ? undefined : store.get(named)
        const link = held?.passwordLinks.get(hash)
        const organization = (yield* organizations.list).find(({ id }) => id === named)
        const person = link === undefined ? undefined : held?.users.get(link.user)
        if (link === undefined || organization === undefined || person === undefined) return undefined
        const { attributes, deletedAt } = person
        const mayUse = deletedAt === undefined && isActive(attributes)
        return {
          organization,
          user: link.user,
          attributes,
          purpose: link.purpose,
          state: passwordLinkState({ ...link, emailKey: userKeys(attributes).email, mayUse }, now)
        }
      })
    })
  })
)
