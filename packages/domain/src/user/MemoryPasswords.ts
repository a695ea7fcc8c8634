import { Clock, Effect, Layer } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { MemoryStore } from "../directory/MemoryStore.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import { Organizations } from "../organization/Organizations.ts"
import { comparisonKey } from "../scim/Comparison.ts"
import {
  type PasswordLinkPurpose,
  PasswordLinks,
  passwordLinkLifetime,
  passwordLinkMemory,
  passwordLinkState
} from "./PasswordLinks.ts"
import { Passwords } from "./Passwords.ts"
import { generatePasswordToken, hashPasswordToken, organizationOfToken } from "./PasswordToken.ts"
import { isActive } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { userKeys } from "./UserKeys.ts"

interface HeldLink {
  readonly organization: OrganizationId
  readonly user: UserId
  readonly purpose: PasswordLinkPurpose
  readonly sentToKey: string
  readonly expiresAt: number
  used: boolean
  replaced: boolean
}

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
    const links = new Map<string, HeldLink>()

    const factsOf = (link: HeldLink) => {
      const person = store.get(link.organization)?.users.get(link.user)
      return {
        ...link,
        emailKey: person === undefined ? undefined : userKeys(person.attributes).email,
        mayUse: person !== undefined && person.deletedAt === undefined && isActive(person.attributes)
      }
    }

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
        for (const [other, link] of links) if (link.expiresAt + passwordLinkMemory <= now) links.delete(other)
        const expiresAt = now + passwordLinkLifetime
        const sentToKey = comparisonKey(sentTo)
        links.set(hash, { organization, user, purpose, sentToKey, expiresAt, used: false, replaced: false })
        return { token, expiresAt }
      }),
      look: Effect.fnUntraced(function* (token) {
        const named = organizationOfToken(token)
        const link = links.get(yield* hashOf(token))
        const now = yield* Clock.currentTimeMillis
        if (named === undefined || link === undefined) return undefined
        const organization = (yield* organizations.list).find(({ id }) => id === link.organization)
        const person = store.get(link.organization)?.users.get(link.user)
        if (organization === undefined || person === undefined) return undefined
        return {
          organization,
          user: link.user,
          attributes: person.attributes,
          purpose: link.purpose,
          state: passwordLinkState(factsOf(link), now)
        }
      }),
      redeem: Effect.fnUntraced(function* (token, hash) {
        const tokenHash = organizationOfToken(token) === undefined ? "" : yield* hashOf(token)
        const now = yield* Clock.currentTimeMillis
        // From here on nothing is waited for, so nobody comes between the look and the change.
        const link = links.get(tokenHash)
        if (link === undefined || passwordLinkState(factsOf(link), now) !== "live") return false
        for (const other of links.values()) {
          if (other !== link && other.user === link.user && other.organization === link.organization) {
            other.replaced = true
          }
        }
        link.used = true
        const passwords = store.get(link.organization)?.passwords
        passwords?.set(link.user, { current: hash, synced: passwords.get(link.user)?.synced })
        return true
      })
    })
  })
)
