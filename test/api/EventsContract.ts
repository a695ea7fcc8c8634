import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, type Vitest } from "@effect/vitest"
import { EventFeed } from "@rollcall/domain/events/EventFeed"
import type { EventType } from "@rollcall/domain/events/EventPayload"
import { Effect, Fiber, Schedule } from "effect"
import { type Copy, emptyCopy, fileStore, followDirectory } from "../../docs/examples/DirectoryFollower.ts"
import { type ScimClient, scim } from "../support/ScimClient.ts"
import { type ApiClient, ApiScene, type ApiTenant } from "./ApiScene.ts"

const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

const scimOf = (baseUrl: string, tenant: ApiTenant) =>
  Effect.acquireRelease(
    Effect.sync(() => scim(`${baseUrl}/scim/v2`, tenant.scimToken)),
    (client) => Effect.sync(() => client.close())
  )

const makePerson = (client: ScimClient, name: string) =>
  Effect.promise(async () => {
    const body = { schemas: [USER], userName: `${name}@halden.example`, emails: [{ value: `${name}@halden.example` }] }
    const response = await client.request({ method: "POST", path: "/Users", body })
    assert.strictEqual(response.status, 201, response.text)
    return String(response.at("id"))
  })

const patch = (client: ScimClient, path: string, ...Operations: ReadonlyArray<unknown>) =>
  Effect.promise(async () => {
    const response = await client.request({ method: "PATCH", path, body: { schemas: [PATCH_OP], Operations } })
    assert.include([200, 204], response.status, response.text)
  })

const allEvents = Effect.fnUntraced(function* (client: ApiClient) {
  const page = yield* client.events.read({ query: { limit: 1_000 } })
  assert.isFalse(page.hasMore)
  return page.items
})

/** What the directory says of itself now, by a snapshot: nobody writes meanwhile. */
const directoryNow = Effect.fnUntraced(function* (client: ApiClient) {
  const { items, next } = yield* client.events.snapshot({ query: { limit: 1_000 } })
  const all = [...items]
  for (let after = next; after !== null; ) {
    const page = yield* client.events.snapshot({ query: { after, limit: 1_000 } })
    all.push(...page.items)
    after = page.next
  }
  const of = (kind: string) =>
    all
      .filter((item) => item.kind === kind)
      .map((item) => JSON.stringify(item))
      .sort()
  return { users: of("user"), groups: of("group"), members: of("members") }
})

/** A copy in the same form. */
const copied = (copy: Copy) => ({
  users: [...copy.users.values()].map((user) => JSON.stringify({ kind: "user", user })).sort(),
  groups: [...copy.groups.values()].map((group) => JSON.stringify({ kind: "group", group })).sort(),
  members: [...copy.members]
    .filter(([, users]) => users.size > 0)
    .map(([group, users]) => JSON.stringify({ kind: "members", group, users: [...users].sort() }))
    .sort()
})

/** Runs the sample until the copy is as new as the feed; `save` is what it keeps. */
const runFollower = (baseUrl: string, tenant: ApiTenant, store: ReturnType<typeof fileStore>) =>
  Effect.gen(function* () {
    const { latest } = yield* tenant.client.events.positions()
    return yield* Effect.promise(async () => {
      const stop = new AbortController()
      let last: Copy = emptyCopy()
      let snapshots = 0
      await followDirectory({
        url: baseUrl,
        apiKey: tenant.apiKey,
        signal: stop.signal,
        limit: 7,
        load: store.load,
        save: async (copy) => {
          if (copy !== last) snapshots++
          last = copy
          await store.save(copy)
          if (copy.cursor === latest) stop.abort()
        }
      })
      return { copy: last, snapshots }
    })
  })

/** The feed, waiting, snapshots, and the sample that follows them (R-API-3). */
export const eventsContract = (it: Vitest.MethodsNonLive<ApiScene | EventFeed>): void => {
  it.effect("R-API-3: what SCIM does comes in the feed, in order, with the version and without secrets", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const tenant = yield* scene.newTenant()
      const client = yield* tenant.clientWith("read")
      const okta = yield* scimOf(scene.baseUrl, tenant)
      const id = yield* makePerson(okta, "ada")
      yield* patch(okta, `/Users/${id}`, { op: "replace", path: "title", value: "Pilot" })
      yield* patch(okta, `/Users/${id}`, { op: "replace", path: "password", value: "c0rrect-Horse-93" })
      yield* patch(okta, `/Users/${id}`, { op: "replace", path: "active", value: false })
      const events = yield* allEvents(client)
      assert.deepStrictEqual(
        events.map(({ object, sequence, type }) => [sequence, type, object.version] as const),
        [
          [1, "user.created", 1],
          [2, "user.started", 1],
          [3, "user.updated", 2],
          [4, "user.passwordChanged", 3],
          [5, "user.updated", 4],
          [6, "user.deactivated", 4]
        ] satisfies ReadonlyArray<readonly [number, EventType, number]>
      )
      assert.notInclude(JSON.stringify(events), "Horse")
      const last = events.at(-1)
      assert.strictEqual(last?.id, `evt_${tenant.organization.id}_6`)
      assert.strictEqual(last?.organization, tenant.organization.subdomain)
      assert.deepInclude(last?.data, { user: Reflect.get(Object(events[4]?.data), "user") })
      const { oldest, latest } = yield* client.events.positions()
      assert.deepStrictEqual(
        (yield* client.events.read({ query: { after: oldest, limit: 2 } })).items,
        events.slice(0, 2)
      )
      assert.deepStrictEqual(yield* client.events.read({ query: { after: latest } }), {
        items: [],
        next: latest,
        hasMore: false
      })
      const integrations = yield* tenant.clientWith("integrations", "import", "access-check")
      assert.deepInclude(yield* Effect.flip(integrations.events.read({ query: {} })), { _tag: "Forbidden" })
      assert.deepInclude(yield* Effect.flip(integrations.events.snapshot({ query: {} })), { _tag: "Forbidden" })
    }).pipe(Effect.scoped)
  )

  it.effect("who waits is answered by the next event, not by the end of the time", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const tenant = yield* scene.newTenant()
      const okta = yield* scimOf(scene.baseUrl, tenant)
      const { latest } = yield* tenant.client.events.positions()
      const waiting = yield* Effect.forkChild(tenant.client.events.read({ query: { after: latest, wait: 30 } }))
      yield* makePerson(okta, "ada")
      const { items } = yield* Fiber.join(waiting)
      assert.strictEqual(items[0]?.type, "user.created")
    }).pipe(Effect.scoped, Effect.timeout("20 seconds"))
  )

  it.effect("cursors that lead nowhere are refused with what to do; none crosses the wall between organisations", () =>
    Effect.gen(function* () {
      const scene = yield* ApiScene
      const [tenant, other] = [yield* scene.newTenant(), yield* scene.newTenant()]
      const { latest } = yield* other.client.events.positions()
      for (const after of ["nonsense", latest, `evt_${tenant.organization.id}_99`]) {
        const error = yield* Effect.flip(tenant.client.events.read({ query: { after } }))
        assert.deepInclude(error, { _tag: "InvalidRequest", status: 400 })
        assert.deepInclude(error, { errors: [{ pointer: "query:after", detail: Reflect.get(error, "detail") }] })
      }
      for (const query of ["limit=0", "limit=1001", "limit=x", "wait=31", "wait=-1"]) {
        // The client checks as well, so this goes past it.
        const response = yield* Effect.promise(() =>
          fetch(`${scene.baseUrl}/api/v1/events?${query}`, { headers: { authorization: `Bearer ${tenant.apiKey}` } })
        )
        assert.strictEqual(response.status, 400)
        yield* Effect.promise(() => response.text())
      }
    })
  )

  it.effect(
    "the sample consumer copies a directory from nothing, goes on after an outage, and begins anew after a long one",
    () =>
      Effect.gen(function* () {
        const scene = yield* ApiScene
        const feed = yield* EventFeed
        const tenant = yield* scene.newTenant()
        const { id } = tenant.organization
        const okta = yield* scimOf(scene.baseUrl, tenant)
        const home = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "rollcall-copy-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
        )
        const store = fileStore(join(home, "copy.json"))
        const people = yield* Effect.forEach(["ada", "bo", "cy", "dee", "eve"], (name) => makePerson(okta, name))
        const created = yield* Effect.promise(() =>
          okta.request({
            method: "POST",
            path: "/Groups",
            body: { schemas: [GROUP], displayName: "Ops", members: people.slice(0, 3).map((value) => ({ value })) }
          })
        )
        const group = String(created.at("id"))
        const follow = runFollower(scene.baseUrl, tenant, store)
        const first = yield* follow
        assert.deepStrictEqual(copied(first.copy), yield* directoryNow(tenant.client))
        assert.strictEqual(first.copy.users.size, 5)

        // An outage: the consumer is away while things happen.
        yield* patch(okta, `/Users/${people[0]}`, { op: "replace", path: "title", value: "Pilot" })
        yield* Effect.promise(() => okta.request({ method: "DELETE", path: `/Users/${people[1]}` }))
        yield* patch(okta, `/Groups/${group}`, { op: "add", path: "members", value: [{ value: people[4] }] })
        yield* makePerson(okta, "finn")
        const second = yield* follow
        assert.strictEqual(second.snapshots, 1, "one copy, the stored one, was carried on")
        assert.deepStrictEqual(copied(second.copy), yield* directoryNow(tenant.client))
        assert.isFalse(second.copy.users.has(people[1] ?? ""))

        // A long one: what it has not seen is not kept any more. The e-mails hold events until they have read them.
        yield* makePerson(okta, "gro")
        yield* feed
          .remove(id, Number.MAX_SAFE_INTEGER, 1_000)
          .pipe(
            Effect.andThen(feed.reach(id)),
            Effect.repeat({ until: ({ floor, head }) => floor === head, schedule: Schedule.spaced("50 millis") })
          )
        const stale = second.copy.cursor ?? ""
        const expired = yield* Effect.flip(tenant.client.events.read({ query: { after: stale } }))
        assert.deepInclude(expired, { _tag: "CursorExpired", status: 410 })
        const third = yield* follow
        assert.deepStrictEqual(copied(third.copy), yield* directoryNow(tenant.client))
        assert.strictEqual(third.copy.users.size, 6)
      }).pipe(Effect.scoped)
  )
}
