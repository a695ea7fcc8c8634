import { NodeCrypto } from "@effect/platform-node"
import { makeTickAll } from "@rollcall/delivery/ClockJob"
import type { MailSettings } from "@rollcall/delivery/mail/MailAttempts"
import { Mailer } from "@rollcall/delivery/mail/Mailer"
import type { MailMessage } from "@rollcall/delivery/mail/MailMessage"
import { makeMailRound } from "@rollcall/delivery/mail/MailRound"
import type { Caller } from "@rollcall/domain/directory/Caller"
import { Directory } from "@rollcall/domain/directory/Directory"
import { layerMemoryDueUsers } from "@rollcall/domain/directory/MemoryDueUsers"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { PeopleLookup } from "@rollcall/domain/directory/PeopleLookup"
import { ResourceSearch } from "@rollcall/domain/directory/ResourceSearch"
import type { ProvisioningError } from "@rollcall/domain/directory/Submission"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { clockActor } from "@rollcall/domain/log/LogEntry"
import { layerMemoryOutbox } from "@rollcall/domain/mail/MemoryOutbox"
import { Outbox } from "@rollcall/domain/mail/Outbox"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { allAttributes } from "@rollcall/domain/scim/Projection"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { layerMemoryPasswordLinks, layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Context, Effect, Layer, Result } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import type { Answer } from "./Agreement.ts"
import type { WireRequest } from "./Wire.ts"

const types = makeResourceTypes(defaultExtensionUserUrn)
const baseUrl = "https://halden.example/scim/v2"

/** What the mail server took, in its order. */
class Taken extends Context.Service<Taken, Array<MailMessage>>()("rollcall/test/model/Taken") {
  static readonly layer = Layer.sync(Taken, () => [])
}

const layerMailer = Layer.effect(
  Mailer,
  Effect.map(Taken, (taken) =>
    Mailer.of({ delivers: true, send: (message) => Effect.sync(() => void taken.push(message)) })
  )
)

const layerOutbox = Layer.unwrap(
  Effect.map(MemoryStore, (store) =>
    layerMemoryOutbox((id) => ({
      name: "Halden Robotics",
      subdomain: Subdomain.make("halden"),
      singleSignOn: store.get(id)?.state.singleSignOn ?? { enabled: false, signInUrl: null }
    }))
  )
)

const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto, NodeCrypto.layerKdf)

const ports = Layer.mergeAll(
  layerMemoryDirectory(types),
  layerMemoryUsers(types),
  layerMemoryGroups,
  layerMemoryDueUsers,
  layerMemoryPeopleLookup,
  layerMemoryPasswords,
  layerOutbox,
  layerMemoryPasswordLinks,
  PasswordHasher.layer(2, { memory: 8, passes: 1, parallelism: 1 }),
  layerMailer
).pipe(
  Layer.provideMerge(layerMemoryOrganizations),
  Layer.provideMerge(Layer.mergeAll(MemoryStore.layer, Taken.layer, crypto))
)

const server = Layer.mergeAll(
  UserProvisioning.layer(types),
  GroupProvisioning.layer(types),
  ResourceSearch.layer(types),
  OrganizationAdministration.layer
).pipe(Layer.provide(PasswordSealing.layer), Layer.provideMerge(ports))

const mailSettings: MailSettings = {
  productName: "Rollcall",
  from: { name: "Rollcall", address: "no-reply@halden.example" },
  address: { baseDomain: "localhost", publicUrl: undefined, host: "127.0.0.1", port: 3000 }
}

/** One organisation, its use cases and its jobs, all of it in memory and nothing by itself. */
export interface MemoryServer {
  readonly answer: (request: WireRequest) => Effect.Effect<Answer>
  readonly administration: OrganizationAdministration["Service"]
  readonly organization: Organization
  readonly tick: Effect.Effect<void>
  /** Has the clock look at these people, whether they are due or not. */
  readonly tickEverybody: (ids: ReadonlyArray<string>) => Effect.Effect<void>
  /** Sends what is due; the messages that the mail server took since the last time. */
  readonly send: Effect.Effect<ReadonlyArray<MailMessage>>
  readonly outbox: Outbox["Service"]
  /** All people or groups of a list, as they are answered. */
  readonly list: (scope: "User" | "Group") => Effect.Effect<ReadonlyArray<JsonObject>>
  readonly users: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<User>>
}

const answerOf = (result: Result.Result<Answer, ProvisioningError>): Answer => {
  if (Result.isSuccess(result)) return result.success
  if (!(result.failure instanceof ScimError)) throw result.failure
  const { detail, scimType, status } = result.failure
  return { status, body: { detail, ...(scimType === undefined ? {} : { scimType }) } }
}

const makeServer = Effect.gen(function* () {
  const organizations = yield* Organizations
  const organization = yield* organizations.create({
    subdomain: Subdomain.make("halden"),
    name: "Halden Robotics",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const { id } = organization
  const administration = yield* OrganizationAdministration
  const users = yield* UserProvisioning
  const groups = yield* GroupProvisioning
  const searches = yield* ResourceSearch
  const lookup = yield* PeopleLookup
  const directory = yield* Directory
  const outbox = yield* Outbox
  const taken = yield* Taken
  const round = yield* makeMailRound(mailSettings)
  const tick = yield* makeTickAll

  const callerOf = Effect.map(organizations.list, ([organization]): Caller => {
    if (organization === undefined) throw new Error("the organisation is gone")
    return {
      organization,
      baseUrl,
      actor: { keyId: "k1", keyLabel: "IdP", client: "test" },
      requestId: "r1",
      line: "request",
      size: 100,
      receivedAt: 0
    }
  })

  const bodyOf =
    (status: number) =>
    (represented: { readonly text: string }): Answer => ({
      status,
      body: JSON.parse(represented.text) as JsonObject
    })
  const nothing = (): Answer => ({ status: 204, body: undefined })

  const answer = Effect.fnUntraced(function* ({ body = {}, method, path }: WireRequest) {
    const caller = yield* callerOf
    const [, kind, name = ""] = path.split("/")
    const isUser = kind === "Users"
    const ask = (): Effect.Effect<Answer, ProvisioningError> => {
      switch (method) {
        case "POST":
          return Effect.map((isUser ? users : groups).create(caller, body, allAttributes), bodyOf(201))
        case "GET":
          return Effect.map((isUser ? users : groups).find(caller, name, allAttributes), bodyOf(200))
        case "PUT":
          return Effect.map(
            (isUser ? users : groups).replace(caller, name, body, undefined, allAttributes),
            bodyOf(200)
          )
        case "PATCH":
          return isUser
            ? Effect.map(users.patch(caller, name, body, undefined, allAttributes), bodyOf(200))
            : Effect.map(groups.patch(caller, name, body, undefined, undefined), nothing)
        case "DELETE":
          return Effect.map((isUser ? users : groups).remove(caller, name, undefined), nothing)
      }
    }
    return answerOf(yield* Effect.result(ask()))
  }, Effect.orDie)

  const list = Effect.fnUntraced(function* (scope: "User" | "Group") {
    const caller = yield* callerOf
    const text = yield* searches.search(caller, scope, {
      filter: undefined,
      sortBy: undefined,
      sortOrder: "ascending",
      attributes: undefined,
      excludedAttributes: undefined,
      count: 200
    })
    return (JSON.parse(text) as { readonly Resources: ReadonlyArray<JsonObject> }).Resources
  }, Effect.orDie)

  const made: MemoryServer = {
    answer,
    administration,
    organization,
    tick,
    tickEverybody: (ids) =>
      Effect.forEach(
        ids,
        (one) =>
          directory.submit(id, {
            command: { _tag: "TickUser", id: UserId.make(one) },
            requestId: "clock",
            actor: clockActor,
            line: "clock",
            size: 1,
            receivedAt: 0
          }),
        { discard: true }
      ).pipe(Effect.orDie),
    send: Effect.gen(function* () {
      taken.length = 0
      while (yield* round) yield* Effect.yieldNow
      return [...taken]
    }).pipe(Effect.orDie),
    outbox,
    list,
    users: Effect.fnUntraced(function* (ids) {
      const needs = new NeedsUnion()
      needs.add({ users: ids.map((one) => UserId.make(one)) })
      return (yield* lookup.find(id, needs)).users ?? []
    }, Effect.orDie)
  }
  return made
}).pipe(Effect.orDie)

/** Runs with a server of its own, which is gone afterwards. */
export const withMemoryServer = <A, E, R>(use: (server: MemoryServer) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(makeServer, use).pipe(Effect.provide(Layer.fresh(server)))
