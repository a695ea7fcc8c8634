import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import type { ScimRequest, ScimResponse } from "../support/ScimClient.ts"
import { readLedger, settledFaults } from "./Ledger.ts"
import {
  addMember,
  GROUP,
  makeGroup,
  makePeople,
  memberIdsOf,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  removeMember,
  startReplicas,
  statuses,
  USER
} from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"

const etagIn = (answer: ScimResponse): string => answer.string("meta", "version")

// Every request goes to the other of two servers than the one before it, each over a connection of its own; and each
// server has a batch under way before either may write.
describe("races between two servers on one database", () => {
  let replicas: Replicas
  let product: ReplicatedOrganization
  let rfc: ReplicatedOrganization

  beforeAll(async () => {
    replicas = await startReplicas({
      organizations: [
        { subdomain: "fjordhold", preset: "product" },
        { subdomain: "lumen", preset: "rfc" },
        ...["solo1", "solo2", "solo3", "solo4"].map((subdomain) => ({ subdomain }))
      ]
    })
    product = replicas.organization("fjordhold")
    rfc = replicas.organization("lumen")
  })

  afterEach(async () => {
    for (const organization of [product, rfc]) {
      const { faults } = await settledFaults(replicas.databaseUrl, organization)
      assert.deepStrictEqual(faults, [], organization.subdomain)
    }
  })

  afterAll(() => replicas?.stop())

  /** So many requests at once, of which both servers have begun to carry out some before one of them can write. */
  const collide = <A>(
    organization: ReplicatedOrganization,
    count: number,
    start: (index: number) => Promise<A>
  ): Promise<ReadonlyArray<A>> =>
    whileLocked(replicas.databaseUrl, organization.subdomain, async (untilWaiting) => {
      const started = Array.from({ length: count }, (_, index) => start(index))
      await untilWaiting(2)
      return started
    })

  const readFromBoth = async (organization: ReplicatedOrganization, path: string): Promise<ScimResponse> => {
    const [first, ...others] = await Promise.all(
      organization.clients.map((client) => client.request({ method: "GET", path }))
    )
    if (first === undefined) throw new Error("no server was started")
    assert.strictEqual(first.status, 200, first.text)
    for (const other of others) assert.strictEqual(other.text, first.text)
    return first
  }

  it("ABUSE-1: 200 additions of one member each to one group keep all 200", async () => {
    const people = await makePeople(product, "crowd", 200)
    const group = await makeGroup(product, "Everybody")
    const answers = await collide(product, 200, (index) => product.request(addMember(group, people[index] ?? "")))
    assert.deepStrictEqual(statuses(answers), { 204: 200 })
    const read = await readFromBoth(product, `/Groups/${group}`)
    assert.deepStrictEqual(memberIdsOf(read), [...people].sort())
    const { groups } = await readLedger(replicas.databaseUrl, "fjordhold")
    assert.strictEqual(groups.find(({ id }) => id === group)?.version, 201, "every addition made a version of its own")
  })

  it("ABUSE-2: additions while others remove write only the deltas that they name", async () => {
    const people = await makePeople(product, "shift", 120)
    const [leaving, joining] = [people.slice(0, 60), people.slice(60)]
    const group = await makeGroup(product, "Night shift", leaving)
    const before = (await readLedger(replicas.databaseUrl, "fjordhold")).counters.event_sequence
    const answers = await collide(product, 120, (index) => {
      const id = people[index % 2 === 0 ? index / 2 : 60 + (index - 1) / 2] ?? ""
      return product.request(index % 2 === 0 ? removeMember(group, id) : addMember(group, id))
    })
    assert.deepStrictEqual(statuses(answers), { 204: 120 })
    assert.deepStrictEqual(memberIdsOf(await readFromBoth(product, `/Groups/${group}`)), [...joining].sort())
    const { events, groups } = await readLedger(replicas.databaseUrl, "fjordhold")
    assert.strictEqual(groups.find(({ id }) => id === group)?.version, 121, "every change made a version of its own")
    const deltas = events.filter((event) => event.sequence > before)
    assert.deepStrictEqual(
      deltas.map(({ added = [], removed = [] }) => added.length + removed.length),
      deltas.map(() => 1)
    )
    assert.deepStrictEqual(deltas.flatMap(({ added = [] }) => added).sort(), [...joining].sort())
    assert.deepStrictEqual(deltas.flatMap(({ removed = [] }) => removed).sort(), [...leaving].sort())
  })

  it("ABUSE-5: of two PUTs with the same If-Match one succeeds and the other gets 412", async () => {
    const people = await makePeople(rfc, "pair", 30)
    const answers = await collide(rfc, 60, (index) =>
      rfc.request({
        method: "PUT",
        path: `/Users/${people[Math.floor(index / 2)]}`,
        headers: { "If-Match": 'W/"1"' },
        body: {
          schemas: [USER],
          userName: `pair${Math.floor(index / 2) + 1}@fjordhold.example`,
          title: `side ${index % 2}`
        }
      })
    )
    const pairs = people.map((_, index) => answers.slice(2 * index, 2 * index + 2))
    for (const [index, pair] of pairs.entries()) {
      assert.deepStrictEqual(statuses(pair), { 200: 1, 412: 1 })
      const winner = pair.find((answer) => answer.status === 200)
      const read = await readFromBoth(rfc, `/Users/${people[index]}`)
      assert.strictEqual(read.at("title"), winner?.at("title"))
      assert.strictEqual(etagIn(read), 'W/"2"')
    }
  })

  it("ABUSE-6: of 50 POSTs of one person one is answered 201 and 49 get 409 uniqueness", async () => {
    const body = { schemas: [USER], userName: "liv.strand@fjordhold.example" }
    const answers = await collide(product, 50, () => product.request({ method: "POST", path: "/Users", body }))
    assert.deepStrictEqual(statuses(answers), { 201: 1, 409: 49 })
    const made = answers.find((answer) => answer.status === 201)
    for (const answer of answers.filter(({ status }) => status === 409)) {
      assert.strictEqual(answer.at("scimType"), "uniqueness")
      assert.include(answer.string("detail"), made?.string("id") ?? "nobody")
    }
    const found = await readFromBoth(product, `/Users?filter=${encodeURIComponent(`userName eq "${body.userName}"`)}`)
    assert.strictEqual(found.at("totalResults"), 1)
  })

  it("ABUSE-6: 20 POSTs of one userName in as many spellings make one person", async () => {
    const name = "torvald.dahl@fjordhold.example"
    const answers = await collide(product, 20, (index) => {
      const userName = `${name.slice(0, index).toUpperCase()}${name.slice(index)}`
      return product.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
    })
    assert.deepStrictEqual(statuses(answers), { 201: 1, 409: 19 })
  })

  it("ABUSE-6: 20 POSTs of different userNames with one email make one person", async () => {
    const emails = [{ value: "shared.desk@fjordhold.example", type: "work", primary: true }]
    const answers = await collide(rfc, 20, (index) =>
      rfc.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName: `desk${index}`, emails } })
    )
    assert.deepStrictEqual(statuses(answers), { 201: 1, 409: 19 })
  })

  it("ABUSE-8: of 30 people who are renamed to one userName one is, and 29 get 409", async () => {
    const people = await makePeople(rfc, "rename", 30)
    const answers = await collide(rfc, 30, (index) =>
      rfc.request(patch(`/Users/${people[index]}`, [{ op: "replace", path: "userName", value: "only.one" }]))
    )
    assert.deepStrictEqual(statuses(answers), { 200: 1, 409: 29 })
    for (const answer of answers.filter(({ status }) => status === 409)) {
      assert.strictEqual(answer.at("scimType"), "uniqueness")
    }
    const found = await readFromBoth(rfc, `/Users?filter=${encodeURIComponent('userName eq "only.one"')}`)
    assert.strictEqual(found.at("totalResults"), 1)
    assert.strictEqual(found.at("Resources", 0, "id"), answers.find((answer) => answer.status === 200)?.at("id"))
  })

  it("ABUSE-10: people deleted while they are added to groups leave no dangling member", async () => {
    const people = await makePeople(product, "leaver", 40)
    const groups = await Promise.all(["Red", "Green", "Blue"].map((name) => makeGroup(product, `Team ${name}`)))
    const asked = await collide(product, 160, (index) => {
      const [person, turn] = [Math.floor(index / 4), index % 4]
      const id = people[person] ?? ""
      // The deletion stands before, between or behind the three additions, in turn.
      const deletion = person % 4
      if (turn === deletion) return product.request({ method: "DELETE", path: `/Users/${id}` })
      return product.request(addMember(groups[turn < deletion ? turn : turn - 1] ?? "", id))
    })
    for (const answer of asked) {
      assert.include([204, 400], answer.status, answer.text)
      if (answer.status === 400) assert.strictEqual(answer.at("scimType"), "invalidValue", answer.text)
    }
    for (const group of groups) assert.deepStrictEqual(memberIdsOf(await readFromBoth(product, `/Groups/${group}`)), [])
    const gone = await Promise.all(people.map((id) => product.request({ method: "GET", path: `/Users/${id}` })))
    assert.deepStrictEqual(statuses(gone), { 404: 40 })
  })

  it("of 40 PATCHes with If-Match of one version exactly one wins and the rest get 412 (R-USER-12)", async () => {
    const [id = ""] = await makePeople(product, "contested", 1)
    const answers = await collide(product, 40, (index) =>
      product.request(
        patch(`/Users/${id}`, [{ op: "replace", path: "title", value: `winner ${index}` }], { "If-Match": 'W/"1"' })
      )
    )
    assert.deepStrictEqual(statuses(answers), { 200: 1, 412: 39 })
    const winner = answers.findIndex((answer) => answer.status === 200)
    const read = await readFromBoth(product, `/Users/${id}`)
    assert.strictEqual(read.at("title"), `winner ${winner}`)
    assert.strictEqual(etagIn(read), 'W/"2"')
  })

  it("32 clients that count up one attribute under If-Match lose no step (R-USER-12)", async () => {
    const [id = ""] = await makePeople(product, "counter", 1)
    const path = `/Users/${id}`
    const countUp = async (): Promise<void> => {
      const read = await product.request({ method: "GET", path })
      const next = String(Number(read.at("title") ?? 0) + 1)
      const answer = await product.request(
        patch(path, [{ op: "replace", path: "title", value: next }], { "If-Match": etagIn(read) })
      )
      if (answer.status === 412) return countUp()
      assert.strictEqual(answer.status, 200, answer.text)
    }
    await collide(product, 32, countUp)
    const read = await readFromBoth(product, path)
    assert.strictEqual(read.at("title"), "32")
    assert.strictEqual(etagIn(read), 'W/"33"')
  })

  it("PATCHes without If-Match of different attributes all stand (R-SCIM-4)", async () => {
    const [id = ""] = await makePeople(product, "many-hands", 1)
    const paths = ["title", "nickName", "userType", "name.givenName", "name.familyName", "displayName", "externalId"]
    const others = ["locale", "preferredLanguage", "name.middleName", "name.honorificPrefix", "name.honorificSuffix"]
    const all = [...paths, ...others]
    const answers = await collide(product, all.length, (index) =>
      product.request(patch(`/Users/${id}`, [{ op: "add", path: all[index] ?? "", value: `v${index}` }]))
    )
    assert.deepStrictEqual(statuses(answers), { 200: all.length })
    const read = await readFromBoth(product, `/Users/${id}`)
    assert.deepStrictEqual(
      all.map((path) => read.at(...path.split("."))),
      all.map((_, index) => `v${index}`)
    )
    assert.strictEqual(etagIn(read), `W/"${1 + all.length}"`)
  })

  it("30 POSTs of one group name make one group, all answered 201 with its id, in the preset product (R-GROUP-2)", async () => {
    const people = await makePeople(product, "overwrite", 30)
    const answers = await collide(product, 30, (index) =>
      product.request({
        method: "POST",
        path: "/Groups",
        body: { schemas: [GROUP], displayName: "Choir", members: [{ value: people[index] }] }
      })
    )
    assert.deepStrictEqual(statuses(answers), { 201: 30 })
    const ids = new Set(answers.map((answer) => answer.string("id")))
    assert.strictEqual(ids.size, 1)
    const read = await readFromBoth(product, `/Groups/${[...ids][0]}`)
    assert.strictEqual(memberIdsOf(read).length, 1, "the last of them overwrote the membership")
    const found = await readFromBoth(product, `/Groups?filter=${encodeURIComponent('displayName eq "Choir"')}`)
    assert.strictEqual(found.at("totalResults"), 1)
  })

  it("of 30 POSTs of one group name one is answered 201 and 29 get 409 in the preset rfc (R-GROUP-2)", async () => {
    const answers = await collide(rfc, 30, (index) => {
      const displayName = index % 2 === 0 ? "Orchestra" : "ORCHESTRA"
      return rfc.request({ method: "POST", path: "/Groups", body: { schemas: [GROUP], displayName } })
    })
    assert.deepStrictEqual(statuses(answers), { 201: 1, 409: 29 })
    const found = await readFromBoth(rfc, `/Groups?filter=${encodeURIComponent('displayName eq "orchestra"')}`)
    assert.strictEqual(found.at("totalResults"), 1)
  })

  it("one group made, filled, renamed and deleted by many at once leaves nothing half-done (R-GROUP-4)", async () => {
    const people = await makePeople(product, "churn", 16)
    const answers = await collide(product, people.length, async (index) => {
      const made = await makeGroup(product, `Churn ${index % 4}`, [people[index] ?? ""])
      const renaming = { op: "replace", path: "displayName", value: `Churn ${(index + 1) % 4}` } as const
      return Promise.all([
        product.request(addMember(made, people[(index + 1) % people.length] ?? "")),
        product.request(patch(`/Groups/${made}`, [renaming])),
        product.request({ method: "DELETE", path: `/Groups/${made}` })
      ])
    })
    for (const [added, renamed, deleted] of answers) {
      assert.include([204, 404], added.status, added.text)
      assert.include([204, 404, 409], renamed.status, renamed.text)
      assert.include([204, 404], deleted.status, deleted.text)
    }
  })

  it("people deleted and made anew by many at once are revived, never doubled (R-USER-8)", async () => {
    const [id = ""] = await makePeople(product, "phoenix", 1)
    const body = { schemas: [USER], userName: "phoenix1@fjordhold.example" }
    const answers = await collide(product, 40, (index) =>
      product.request(
        index % 2 === 0 ? { method: "DELETE", path: `/Users/${id}` } : { method: "POST", path: "/Users", body }
      )
    )
    for (const [index, answer] of answers.entries()) {
      assert.include(index % 2 === 0 ? [204, 404] : [201, 409], answer.status, answer.text)
      if (answer.status === 201) assert.strictEqual(answer.at("id"), id)
    }
  })

  // A server that wrote last remembers how the organisation stands, and writes without locking it first (SqlDirectory).
  describe("where a server takes itself for the only one", () => {
    /** The other server's request comes first, and this one's has read before that is written. */
    const overtaken = (
      organization: ReplicatedOrganization,
      theirs: ScimRequest,
      ours: ScimRequest
    ): Promise<ReadonlyArray<ScimResponse>> =>
      whileLocked(replicas.databaseUrl, organization.subdomain, async (untilWaiting) => {
        const [us, them] = organization.clients
        if (us === undefined || them === undefined) throw new Error("two servers were asked for")
        const their = them.request(theirs)
        await untilWaiting(1)
        const our = us.request(ours)
        await untilWaiting(2)
        return [their, our]
      })

    /** An organisation to which only the first server has written, just now. */
    const solo = async (subdomain: string): Promise<readonly [ReplicatedOrganization, string]> => {
      const organization = replicas.organization(subdomain)
      const [us] = organization.clients
      if (us === undefined) throw new Error("two servers were asked for")
      const [id = ""] = await makePeople(us, "known", 1)
      await makePeople(us, "last", 1)
      return [organization, id]
    }

    const settled = async (organization: ReplicatedOrganization) =>
      assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])

    it("a name that another server gave away meanwhile is not given twice (ABUSE-6)", async () => {
      const [organization] = await solo("solo1")
      const request = { method: "POST", path: "/Users", body: { schemas: [USER], userName: "once@fjordhold.example" } }
      const [their, our] = await overtaken(organization, request, request)
      assert.deepStrictEqual([their?.status, our?.status], [201, 409])
      await settled(organization)
    })

    it("a version that another server replaced meanwhile is no longer the one (ABUSE-5)", async () => {
      const [organization, id] = await solo("solo2")
      const titled = (value: string) =>
        patch(`/Users/${id}`, [{ op: "replace", path: "title", value }], { "If-Match": 'W/"1"' })
      const [their, our] = await overtaken(organization, titled("theirs"), titled("ours"))
      assert.deepStrictEqual([their?.status, our?.status], [200, 412])
      assert.strictEqual((await readFromBoth(organization, `/Users/${id}`)).at("title"), "theirs")
      await settled(organization)
    })

    it("a person whom another server deleted meanwhile is not added (ABUSE-10)", async () => {
      const [organization, id] = await solo("solo3")
      const group = await makeGroup(organization.clients[0] ?? organization, "Too late")
      const deletion = { method: "DELETE", path: `/Users/${id}` }
      const [their, our] = await overtaken(organization, deletion, addMember(group, id))
      assert.deepStrictEqual([their?.status, our?.status], [204, 400])
      assert.deepStrictEqual(memberIdsOf(await readFromBoth(organization, `/Groups/${group}`)), [])
      await settled(organization)
    })

    it("an addition beside another server's addition keeps both, in versions of their own (ABUSE-1)", async () => {
      const [organization, id] = await solo("solo4")
      const [us] = organization.clients
      const group = await makeGroup(us ?? organization, "Both")
      const [second = ""] = await makePeople(us ?? organization, "second", 1)
      const [their, our] = await overtaken(organization, addMember(group, id), addMember(group, second))
      assert.deepStrictEqual([their?.status, our?.status], [204, 204])
      const read = await readFromBoth(organization, `/Groups/${group}`)
      assert.deepStrictEqual(memberIdsOf(read), [id, second].sort())
      assert.strictEqual(etagIn(read), 'W/"3"')
      await settled(organization)
    })
  })
})
