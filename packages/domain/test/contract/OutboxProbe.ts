import { emptyOrganization, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { layerMemoryOutbox } from "@rollcall/domain/mail/MemoryOutbox"
import type { MailOrganization, Outbox } from "@rollcall/domain/mail/Outbox"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"

/** Who somebody of a test is, and whether SCIM has deleted them. */
export interface ProbePerson {
  readonly attributes: JsonObject
  readonly deleted?: boolean
}

/** How the tests of the outbox prepare what stands behind it: organisations, people, and what has happened to them. */
export class OutboxProbe extends Context.Service<
  OutboxProbe,
  {
    saveOrganization(organization: MailOrganization): Effect.Effect<void>
    /** Makes the person, or what they are now. */
    savePerson(organization: OrganizationId, id: UserId, person: ProbePerson): Effect.Effect<void>
    /** Writes events as a batch of the directory would, with the next numbers, at this moment. */
    happen(organization: OrganizationId, events: ReadonlyArray<DomainEvent>): Effect.Effect<void>
  }
>()("@rollcall/domain/test/OutboxProbe") {}

/** The outbox in memory with its probe. */
export const layerMemoryProbe: Layer.Layer<Outbox | OutboxProbe | MemoryStore> = Layer.unwrap(
  Effect.sync(() => {
    const organizations = new Map<OrganizationId, MailOrganization>()
    const probe = Layer.effect(
      OutboxProbe,
      Effect.map(MemoryStore, (store) =>
        OutboxProbe.of({
          saveOrganization: (organization) =>
            Effect.sync(() => {
              organizations.set(organization.id, organization)
              if (store.has(organization.id)) return
              store.set(organization.id, emptyOrganization(presets.product))
            }),
          savePerson: (organization, id, { attributes, deleted = false }) =>
            Effect.sync(() => {
              const users = store.get(organization)?.users
              users?.set(id, {
                id,
                number: users.size + 1,
                attributes,
                sources: {},
                standing: { startedAt: 0, startsOn: undefined, endsOn: undefined },
                manager: noManager,
                origin: "scim",
                version: 1,
                createdAt: 0,
                lastModifiedAt: 0,
                deletedAt: deleted ? 0 : undefined
              })
            }),
          happen: (organization, events) =>
            Effect.map(Clock.currentTimeMillis, (at) => {
              const held = store.get(organization)
              if (held === undefined) return
              for (const event of events) {
                held.events.push({ sequence: held.events.length + 1, at, event, subject: {} })
              }
              const counters = { ...held.state.counters, eventSequence: held.events.length }
              held.state = { ...held.state, counters }
            })
        })
      )
    )
    const outbox = layerMemoryOutbox((id) => {
      const known = organizations.get(id)
      if (known === undefined) throw new Error(`no organisation ${id}`)
      return { name: known.name, subdomain: known.subdomain, singleSignOn: known.singleSignOn }
    })
    return Layer.merge(outbox, probe).pipe(Layer.provideMerge(MemoryStore.layer))
  })
)

/** A new organisation of a test. */
export const newOrganization = Effect.fnUntraced(function* (
  facts: Partial<MailOrganization> = {}
): Effect.fn.Return<MailOrganization, never, OutboxProbe> {
  const id = OrganizationId.make(SecureRandom.uuidV4Unsafe())
  const organization: MailOrganization = {
    id,
    name: "Halden Robotics",
    subdomain: Subdomain.make(`t${id.slice(0, 8)}`),
    singleSignOn: { enabled: false, signInUrl: null },
    ...facts
  }
  yield* (yield* OutboxProbe).saveOrganization(organization)
  return organization
})

/** A new person of a test, with that address. */
export const newPerson = Effect.fnUntraced(function* (
  organization: OrganizationId,
  name: string,
  more: JsonObject = {}
): Effect.fn.Return<UserId, never, OutboxProbe> {
  const id = UserId.make(SecureRandom.uuidV4Unsafe())
  yield* (yield* OutboxProbe).savePerson(organization, id, { attributes: { ...personOf(name), ...more } })
  return id
})

/** The attributes of somebody with that address. */
export const personOf = (name: string): JsonObject => ({
  userName: `${name}@halden.example`,
  name: { givenName: name, familyName: "Okafor" },
  emails: [{ value: `${name}@halden.example`, type: "work", primary: true }]
})
