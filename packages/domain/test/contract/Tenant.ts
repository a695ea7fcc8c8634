import { assert } from "@effect/vitest"
import type { Answer } from "@rollcall/domain/directory/Answer"
import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import type { Caller } from "@rollcall/domain/directory/Caller"
import type { Command, Request } from "@rollcall/domain/directory/Command"
import { Directory } from "@rollcall/domain/directory/Directory"
import type { PeopleLookup } from "@rollcall/domain/directory/PeopleLookup"
import { ResourceSearch, type SearchScope } from "@rollcall/domain/directory/ResourceSearch"
import type { Groups, Users } from "@rollcall/domain/directory/Resources"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import type { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { caseCode } from "@rollcall/domain/log/CaseCode"
import { clockActor } from "@rollcall/domain/log/LogEntry"
import { type Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { type Preset, presets, type Settings } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { patchOpUrn } from "@rollcall/domain/scim/Message"
import { allAttributes, type Projection } from "@rollcall/domain/scim/Projection"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import type { SearchRequest } from "@rollcall/domain/scim/SearchRequest"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { valueAt } from "@rollcall/domain/user/DirectoryField"
import { PasswordSealing } from "@rollcall/domain/user/PasswordSealing"
import type { Source } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Effect, Layer, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { DirectoryProbe, type Seed, type Snapshot } from "./DirectoryProbe.ts"

/** The resource types of all tests of the directory. */
export const resourceTypes = makeResourceTypes(defaultExtensionUserUrn)

/** What an adapter of the directory brings to its contract. */
export type Adapters = Directory | Users | Groups | GroupTypes | PeopleLookup | DirectoryProbe

/** What the contract is told through: the use cases, and the ports beneath them. */
export type Services =
  | Adapters
  | UserMatching
  | UserProvisioning
  | GroupProvisioning
  | ResourceSearch
  | BulkProvisioning

/** The use cases over the adapters. */
export const useCases: Layer.Layer<Exclude<Services, Adapters>, never, Adapters> = BulkProvisioning.layer(
  resourceTypes
).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      UserProvisioning.layer(resourceTypes),
      GroupProvisioning.layer(resourceTypes),
      ResourceSearch.layer(resourceTypes),
      UserMatching.layer
    )
  ),
  Layer.provide([PasswordSealing.layerWithheld, SecureRandom.layerWebCrypto])
)

/** A resource as it was answered. */
export type Resource = JsonObject & { readonly id: string }

type Failure = Effect.Error<ReturnType<UserProvisioning["Service"]["create"]>>
type Answered<A> = Effect.Effect<A, Failure>

/** One organisation of a test and what its identity provider does there; reads look behind the adapter. */
export interface Tenant {
  readonly organization: Organization
  readonly caller: Caller
  readonly createUser: (body: Json) => Answered<Resource>
  readonly findUser: (id: string, projection?: Projection) => Answered<Resource>
  readonly replaceUser: (id: string, body: Json, ifMatch?: string) => Answered<Resource>
  readonly patchUser: (id: string, operations: ReadonlyArray<Json>, ifMatch?: string) => Answered<Resource>
  readonly deleteUser: (id: string, ifMatch?: string) => Answered<void>
  readonly createGroup: (body: Json) => Answered<Resource>
  readonly findGroup: (id: string, projection?: Projection) => Answered<Resource>
  readonly replaceGroup: (id: string, body: Json, ifMatch?: string) => Answered<Resource>
  readonly patchGroup: (id: string, operations: ReadonlyArray<Json>, ifMatch?: string) => Answered<void>
  readonly deleteGroup: (id: string, ifMatch?: string) => Answered<void>
  readonly search: (scope: SearchScope, request?: Partial<SearchRequest>) => Answered<ListMessage>
  readonly bulk: (body: Json) => Answered<JsonObject>
  /** A request as the use cases would submit it. */
  readonly request: (command: Command) => Request
  readonly settle: (settings: Partial<Settings>) => Effect.Effect<Tenant>
  /** The same organisation, written to by CSV rows or by hand. */
  readonly writing: (via: Exclude<Source, "scim">) => Effect.Effect<Tenant>
  /** The same organisation with other time zone, single sign-on or review windows. */
  readonly arrange: (
    more: Partial<Pick<Organization, "timeZone" | "singleSignOn" | "scimEnabled" | "csvAllowed" | "reviewWindows">>
  ) => Effect.Effect<Tenant>
  /** Lets the clock look at a person. */
  readonly tick: (id: string) => Effect.Effect<Answer, Failure>
  readonly seed: (seed: Seed) => Effect.Effect<void>
  readonly read: Effect.Effect<Snapshot>
}

/** A list as it was answered. */
export interface ListMessage {
  readonly totalResults: number
  readonly startIndex?: number
  readonly itemsPerPage: number
  readonly nextCursor?: string
  readonly Resources: ReadonlyArray<Resource>
}

/** Makes an organisation of its own for one test. */
export const newTenant = (preset: Preset = "product"): Effect.Effect<Tenant, never, Services> =>
  Effect.suspend(() => {
    const id = OrganizationId.make(SecureRandom.uuidV4Unsafe())
    return openTenant({
      id,
      subdomain: Subdomain.make(`t${id.slice(0, 8)}`),
      name: "Halden Robotics",
      timeZone: "UTC",
      singleSignOn: { enabled: false, signInUrl: null },
      scimEnabled: true,
      csvAllowed: false,
      settings: presets[preset],
      customAttributes: [],
      reviewWindows: []
    })
  })

const openTenant = Effect.fnUntraced(function* (
  organization: Organization,
  via?: Exclude<Source, "scim">
): Effect.fn.Return<Tenant, never, Services> {
  const context = yield* Effect.context<Services>()
  const probe = yield* DirectoryProbe
  const users = yield* UserProvisioning
  const groups = yield* GroupProvisioning
  const searches = yield* ResourceSearch
  const bulk = yield* BulkProvisioning
  const directory = yield* Directory
  yield* probe.save(organization)
  const caller: Caller = {
    organization,
    baseUrl: "https://halden.example/scim/v2",
    actor: { keyId: "k1", keyLabel: "Halden's IdP", client: "test", ...(via === undefined ? {} : { via }) },
    requestId: "r1",
    line: "POST /test",
    size: 100,
    receivedAt: 0
  }
  const resource = (represented: { readonly text: string }) => JSON.parse(represented.text) as Resource
  const patchOf = (operations: ReadonlyArray<Json>): Json => ({ schemas: [patchOpUrn], Operations: operations })
  return {
    organization,
    caller,
    createUser: (body) => Effect.map(users.create(caller, body, allAttributes), resource),
    findUser: (id, projection = allAttributes) => Effect.map(users.find(caller, id, projection), resource),
    replaceUser: (id, body, ifMatch) => Effect.map(users.replace(caller, id, body, ifMatch, allAttributes), resource),
    patchUser: (id, operations, ifMatch) =>
      Effect.map(users.patch(caller, id, patchOf(operations), ifMatch, allAttributes), resource),
    deleteUser: (id, ifMatch) => users.remove(caller, id, ifMatch),
    createGroup: (body) => Effect.map(groups.create(caller, body, allAttributes), resource),
    findGroup: (id, projection = allAttributes) => Effect.map(groups.find(caller, id, projection), resource),
    replaceGroup: (id, body, ifMatch) => Effect.map(groups.replace(caller, id, body, ifMatch, allAttributes), resource),
    patchGroup: (id, operations, ifMatch) =>
      Effect.asVoid(groups.patch(caller, id, patchOf(operations), ifMatch, undefined)),
    deleteGroup: (id, ifMatch) => groups.remove(caller, id, ifMatch),
    search: (scope, request = {}) =>
      Effect.map(
        searches.search(caller, scope, {
          filter: undefined,
          sortBy: undefined,
          sortOrder: "ascending",
          attributes: undefined,
          excludedAttributes: undefined,
          ...request
        }),
        (text) => JSON.parse(text) as ListMessage
      ),
    bulk: (body) => bulk.run(caller, body),
    request: (command) => ({
      command,
      requestId: caller.requestId,
      actor: caller.actor,
      line: caller.line,
      size: caller.size,
      receivedAt: caller.receivedAt
    }),
    settle: (settings) =>
      Effect.provideContext(
        openTenant({ ...organization, settings: { ...organization.settings, ...settings } }, via),
        context
      ),
    arrange: (more) => Effect.provideContext(openTenant({ ...organization, ...more }, via), context),
    writing: (other) => Effect.provideContext(openTenant(organization, other), context),
    tick: (id) =>
      directory.submit(organization.id, {
        command: { _tag: "TickUser", id: UserId.make(id) },
        requestId: "clock",
        actor: clockActor,
        line: "clock",
        size: 1,
        receivedAt: 0
      }),
    seed: (seed) => probe.seed(organization, seed),
    read: probe.read(organization)
  }
})

/** A person with that userName and, being linked, that e-mail. */
export const person = (name: string, more: JsonObject = {}): JsonObject => ({
  schemas: [userUrn],
  userName: `${name}@halden.example`,
  name: { givenName: name, familyName: "Okafor" },
  emails: [{ value: `${name}@halden.example`, type: "work", primary: true }],
  ...more
})

/** `members` of these people. */
export const members = (...people: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<Json> =>
  people.map(({ id }) => ({ value: id }))

/** Who is in a group as it was answered, in the order of the answer. */
export const memberIdsOf = (group: Resource): ReadonlyArray<string> =>
  (valueAt(group, ["members"]) as ReadonlyArray<{ readonly value: string }> | undefined)?.map(({ value }) => value) ??
  []

/** The entity tag of a resource as it was answered. */
export const versionOf = (resource: Resource): Json | undefined => valueAt(resource, ["meta", "version"])

const withoutLog = (snapshot: Snapshot) => ({
  ...snapshot,
  log: [],
  state: { ...snapshot.state, counters: { ...snapshot.state.counters, logSequence: 0 } }
})

/** What a refusal is expected to be. */
export interface Refusal {
  readonly status: number
  readonly scimType?: string
  /** What stands in the detail, before the case code. */
  readonly detail?: RegExp
}

/**
 * Sees a request refused as expected, and that the refusal left nothing but one entry in the log, which its case code
 * names (R-LOG-1, R-LOG-3, ABUSE-4). Answers with the error.
 */
export const assertRefused = Effect.fnUntraced(function* <A>(
  tenant: Tenant,
  request: Answered<A>,
  expected: Refusal
): Effect.fn.Return<ScimError> {
  const before = yield* tenant.read
  const result = yield* Effect.result(request)
  const after = yield* tenant.read
  const error = Result.isFailure(result) ? result.failure : undefined
  if (!(error instanceof ScimError)) throw new Error(`not refused but ${JSON.stringify(result)}`)
  assert.strictEqual(error.status, expected.status, error.detail)
  assert.strictEqual(error.scimType, expected.scimType, error.detail)
  if (expected.detail !== undefined) assert.match(error.detail, expected.detail)
  assert.strictEqual(after.log.length, before.log.length + 1)
  const last = after.log.at(-1)
  assert.strictEqual(last?.entry.outcome, "refused")
  assert.strictEqual(last?.entry.status, expected.status)
  assert.strictEqual(last?.entry.error?.scimType, expected.scimType)
  assert.strictEqual(error.detail, `${last?.entry.error?.detail} [case ${caseCode(last?.sequence ?? 0)}]`)
  assert.deepStrictEqual(withoutLog(after), withoutLog(before))
  return error
})

/** Submits a command past the use cases. */
export const submit = (tenant: Tenant, command: Command) =>
  Effect.flatMap(Directory, (directory) => directory.submit(tenant.organization.id, tenant.request(command)))
