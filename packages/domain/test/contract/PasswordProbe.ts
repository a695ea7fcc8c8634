import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import { PasswordHash } from "@rollcall/domain/user/PasswordHash"
import type { HeldPasswords } from "@rollcall/domain/user/Passwords"
import type { User } from "@rollcall/domain/user/User"
import type { UserId } from "@rollcall/domain/user/UserId"
import { Context, Effect, Layer } from "effect"

/** How the contract of passwords puts people there, and writes what the directory writes of passwords. */
export class PasswordProbe extends Context.Service<
  PasswordProbe,
  {
    put(organization: OrganizationId, user: User): Effect.Effect<void>
    /** As the directory does with a password that an identity provider sent. */
    sync(organization: OrganizationId, user: UserId, hash: PasswordHash): Effect.Effect<void>
  }
>()("@rollcall/domain/test/PasswordProbe") {
  static readonly layerMemory: Layer.Layer<PasswordProbe, never, MemoryStore> = Layer.effect(
    PasswordProbe,
    Effect.map(MemoryStore, (store) =>
      PasswordProbe.of({
        put: (organization, user) => Effect.sync(() => void store.get(organization)?.users.set(user.id, user)),
        sync: (organization, user, hash) =>
          Effect.sync(() => {
            const sent: HeldPasswords = { current: hash, synced: hash }
            store.get(organization)?.passwords.set(user, sent)
          })
      })
    )
  )
}

/** A person with that e-mail, who signs in. */
export const personOf = (id: UserId, email: string, number: number): User => ({
  id,
  number,
  attributes: {
    userName: email,
    name: { givenName: "Imre", familyName: "Sallai" },
    emails: [{ value: email }],
    active: true
  },
  sources: {},
  standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined
})

/** A hash that cost nothing, to be told from others. */
export const cheapHash = (name: string): PasswordHash =>
  PasswordHash.make(`$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$${name.padEnd(43, "A")}`)
