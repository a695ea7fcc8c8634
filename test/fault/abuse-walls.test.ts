import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { wrongAnswer } from "../property/BadInputLaw.ts"
import type { ScimRequest, ScimResponse } from "../support/ScimClient.ts"
import { settledFaults } from "./Ledger.ts"
import {
  addMember,
  BULK,
  GROUP,
  makeGroup,
  makePeople,
  memberIdsOf,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  removeMember,
  SEARCH,
  startReplicas,
  USER
} from "./Replicas.ts"

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
const RANDOM = "5b0b7c1e-93b8-4c53-9a51-6a2a0c8d4e17"

/** An answer without what may differ: the id that was asked for, the case code and the id of the request. */
const likeAnyOther = ({ headers, status, text }: ScimResponse, id: string) => ({
  status,
  text: text.replaceAll(id, "<id>").replace(/\[case [0-9A-Z]+\]/g, "[case <code>]"),
  headers: Object.keys(headers)
    .filter((name) => !["date", "keep-alive"].includes(name))
    .sort(),
  type: headers["content-type"]
})

describe("the walls between organisations", () => {
  let replicas: Replicas
  /** Who attacks. */
  let fjordhold: ReplicatedOrganization
  /** Whose people and groups are not to be reached. */
  let lumen: ReplicatedOrganization
  let person: string
  let group: string
  let before: string

  const read = (organization: ReplicatedOrganization, path: string) => organization.request({ method: "GET", path })

  const everything = async (organization: ReplicatedOrganization) =>
    `${(await read(organization, "/Users?count=1000")).text}\n${(await read(organization, "/Groups?count=1000")).text}`

  beforeAll(async () => {
    replicas = await startReplicas({
      servers: 1,
      organizations: [
        { subdomain: "fjordhold", preset: "product" },
        { subdomain: "lumen", preset: "product" }
      ]
    })
    fjordhold = replicas.organization("fjordhold")
    lumen = replicas.organization("lumen")
    person = (await makePeople(lumen, "secret", 2))[0] ?? ""
    group = await makeGroup(lumen, "Secret project", [person])
    before = await everything(lumen)
  })

  afterEach(async () => {
    assert.strictEqual(await everything(lumen), before, "the other organisation is untouched")
    for (const organization of [fjordhold, lumen]) {
      assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
    }
  })

  afterAll(() => replicas?.stop())

  /** Asks for the other organisation's id and for one that nobody has: nothing may tell them apart. */
  const insistAlike = async (id: string, ask: (id: string) => ScimRequest): Promise<ScimResponse> => {
    const foreign = await fjordhold.request(ask(id))
    const unknown = await fjordhold.request(ask(RANDOM))
    assert.isUndefined(wrongAnswer(ask(id), foreign), foreign.text)
    assert.deepStrictEqual(likeAnyOther(foreign, id), likeAnyOther(unknown, RANDOM))
    return foreign
  }

  const verbs = (kind: "Users" | "Groups"): ReadonlyArray<readonly [string, (id: string) => ScimRequest]> => {
    const path = (id: string) => `/${kind}/${id}`
    const body =
      kind === "Users" ? { schemas: [USER], userName: "taken.over" } : { schemas: [GROUP], displayName: "Mine" }
    const field = kind === "Users" ? "title" : "displayName"
    return [
      ["GET", (id) => ({ method: "GET", path: path(id) })],
      ["GET with a projection", (id) => ({ method: "GET", path: `${path(id)}?attributes=id,members,groups` })],
      ["GET with its version", (id) => ({ method: "GET", path: path(id), headers: { "If-None-Match": 'W/"1"' } })],
      ["HEAD", (id) => ({ method: "HEAD", path: path(id) })],
      ["GET below it", (id) => ({ method: "GET", path: `${path(id)}/members` })],
      ["POST", (id) => ({ method: "POST", path: path(id), body })],
      ["PUT", (id) => ({ method: "PUT", path: path(id), body })],
      [
        "PUT with a wrong version",
        (id) => ({ method: "PUT", path: path(id), body, headers: { "If-Match": 'W/"77"' } })
      ],
      ["PUT with a bad body", (id) => ({ method: "PUT", path: path(id), body: ["no object"] })],
      ["PATCH", (id) => patch(path(id), [{ op: "replace", path: field, value: "Mine" }])],
      [
        "PATCH with its version",
        (id) => patch(path(id), [{ op: "replace", path: field, value: "x" }], { "If-Match": 'W/"1"' })
      ],
      [
        "PATCH that changes nothing",
        (id) => patch(path(id), [{ op: "replace", path: field, value: "Secret project" }])
      ],
      ["PATCH that cannot be read", (id) => patch(path(id), [{ op: "replace", path: "a[", value: "x" }])],
      ["DELETE", (id) => ({ method: "DELETE", path: path(id) })],
      ["DELETE with a wrong version", (id) => ({ method: "DELETE", path: path(id), headers: { "If-Match": 'W/"77"' } })]
    ]
  }

  /** What is refused before anybody looks whose id it is. */
  const otherStatuses: ReadonlyMap<string, number> = new Map([
    ["POST", 405],
    ["PUT with a bad body", 400],
    ["PATCH that cannot be read", 400]
  ])

  for (const kind of ["Users", "Groups"] as const) {
    for (const [verb, ask] of verbs(kind)) {
      it(`ABUSE-11: ${verb} of /${kind} with another organisation's id is answered as with a random id`, async () => {
        const answer = await insistAlike(kind === "Users" ? person : group, ask)
        assert.strictEqual(answer.status, otherStatuses.get(verb) ?? 404, answer.text)
        if (verb !== "HEAD") assert.match(answer.string("detail"), /\[case [0-9A-Z]{6}\]$/)
      })
    }
  }

  it("ABUSE-11: an id of the other kind, of one's own organisation, is answered as a random id", async () => {
    const own = await makeGroup(fjordhold, "Own")
    const [me = ""] = await makePeople(fjordhold, "own", 1)
    for (const [, ask] of verbs("Users")) await insistAlike(own, ask)
    for (const [, ask] of verbs("Groups")) await insistAlike(me, ask)
  })

  it("ABUSE-11: operations of a bulk request with another organisation's ids are answered as with random ids", async () => {
    const bulk = (operation: object): ScimRequest => ({
      method: "POST",
      path: "/Bulk",
      body: { schemas: [BULK], Operations: [operation] }
    })
    const operations: ReadonlyArray<(id: string, kind: string) => object> = [
      (id, kind) => ({ method: "DELETE", path: `/${kind}/${id}` }),
      (id, kind) => ({
        method: "PUT",
        path: `/${kind}/${id}`,
        data: { userName: "x@fjordhold.example", displayName: "x" }
      }),
      (id, kind) => ({
        method: "PATCH",
        path: `/${kind}/${id}`,
        data: { Operations: [{ op: "replace", path: "displayName", value: "x" }] }
      })
    ]
    for (const operation of operations) {
      for (const [id, kind] of [
        [person, "Users"],
        [group, "Groups"]
      ] as const) {
        const answer = await insistAlike(id, (one) => bulk(operation(one, kind)))
        assert.strictEqual(answer.status, 200, answer.text)
        assert.strictEqual(answer.at("Operations", 0, "status"), "404", answer.text)
      }
    }
  })

  it("ABUSE-11: no filter, search or list finds another organisation's people and groups", async () => {
    const filters: ReadonlyArray<readonly [string, string]> = [
      ["Users", `id eq "${person}"`],
      ["Users", 'userName eq "secret1@fjordhold.example"'],
      ["Users", 'userName sw "secret"'],
      ["Users", `groups.value eq "${group}"`],
      ["Groups", `id eq "${group}"`],
      ["Groups", 'displayName eq "Secret project"'],
      ["Groups", `members.value eq "${person}"`],
      ["Groups", `members[value eq "${person}"]`]
    ]
    for (const [kind, filter] of filters) {
      for (const request of [
        { method: "GET", path: `/${kind}?filter=${encodeURIComponent(filter)}` },
        { method: "POST", path: `/${kind}/.search`, body: { schemas: [SEARCH], filter } },
        { method: "POST", path: "/.search", body: { schemas: [SEARCH], filter } }
      ]) {
        const answer = await fjordhold.request(request)
        // The root knows no attribute that only one kind has, perhaps: then it says so, of whatever id.
        if (answer.status !== 200) {
          assert.strictEqual(request.path, "/.search", `${filter}: ${answer.text}`)
          assert.strictEqual(answer.status, 400, `${filter}: ${answer.text}`)
          continue
        }
        assert.strictEqual(answer.at("totalResults"), 0, `${filter}: ${answer.text}`)
      }
    }
    assert.notInclude(await everything(fjordhold), "secret")
  })

  it("ABUSE-12: another organisation's person as a member is unknown, by every way of naming members", async () => {
    const [own = ""] = await makePeople(fjordhold, "member", 1)
    const mine = await makeGroup(fjordhold, "Mine", [own])
    const stood = (await read(fjordhold, `/Groups/${mine}`)).text
    const add = (value: unknown) => patch(`/Groups/${mine}`, [{ op: "add", path: "members", value }])
    const body = (id: string) => ({ schemas: [GROUP], displayName: "Mine", members: [{ value: own }, { value: id }] })
    const ways: ReadonlyArray<(id: string) => ScimRequest> = [
      (id) => ({
        method: "POST",
        path: "/Groups",
        body: { schemas: [GROUP], displayName: "Another", members: [{ value: id }] }
      }),
      // The name exists: the product's way to overwrite its members.
      (id) => ({ method: "POST", path: "/Groups", body: body(id) }),
      (id) => ({ method: "PUT", path: `/Groups/${mine}`, body: body(id) }),
      (id) => addMember(mine, id),
      (id) => add([{ value: own }, { value: id }]),
      (id) => add({ value: id }),
      (id) => patch(`/Groups/${mine}`, [{ op: "add", value: { members: [{ value: id }] } }]),
      (id) => patch(`/Groups/${mine}`, [{ op: "replace", path: "members", value: [{ value: id }] }]),
      (id) => add([{ value: id, $ref: `${lumen.scimBaseUrl}/Users/${id}`, type: "User" }])
    ]
    for (const ask of ways) {
      const answer = await insistAlike(person, ask)
      assert.strictEqual(answer.status, 400, answer.text)
      assert.strictEqual(answer.at("scimType"), "invalidValue")
      assert.include(answer.string("detail"), person)
      assert.strictEqual((await read(fjordhold, `/Groups/${mine}`)).text, stood)
    }
    const removed = await insistAlike(person, (id) => removeMember(mine, id))
    assert.strictEqual(removed.status, 204, removed.text)
    assert.strictEqual((await read(fjordhold, `/Groups/${mine}`)).text, stood)
  })

  it("ABUSE-12: another organisation's person as manager stays a reference that matches nobody", async () => {
    const [own = ""] = await makePeople(fjordhold, "report", 1)
    for (const value of [person, RANDOM]) {
      const manager = `${ENTERPRISE}:manager`
      const answer = await fjordhold.request(patch(`/Users/${own}`, [{ op: "add", path: manager, value: { value } }]))
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepStrictEqual(answer.at(ENTERPRISE, "manager"), { value })
      assert.deepStrictEqual((await read(fjordhold, `/Users/${own}`)).at(ENTERPRISE, "manager"), { value })
    }
  })

  it("ABUSE-12: another organisation's ids in the data of a bulk request reveal and write nothing", async () => {
    const bulk = (id: string): ScimRequest => ({
      method: "POST",
      path: "/Bulk",
      body: {
        schemas: [BULK],
        Operations: [
          { method: "POST", path: "/Groups", bulkId: id, data: { displayName: "By bulk", members: [{ value: id }] } },
          {
            method: "POST",
            path: "/Groups",
            bulkId: "b",
            data: { displayName: "By bulk too", members: [{ value: `bulkId:${id}` }] }
          },
          {
            method: "PATCH",
            path: `/Groups/bulkId:${id}`,
            data: { Operations: [{ op: "add", path: "members", value: [{ value: id }] }] }
          }
        ]
      }
    })
    const answer = await insistAlike(person, bulk)
    assert.strictEqual(answer.status, 200, answer.text)
    for (const index of [0, 1, 2]) {
      assert.match(String(answer.at("Operations", index, "status")), /^4\d\d$/, answer.text)
    }
    assert.notInclude(await everything(fjordhold), "By bulk")
  })

  it("ABUSE-13: a POST with an e-mail that lives in another organisation makes a new person without a hint", async () => {
    const userName = "secret1@fjordhold.example"
    const made = await fjordhold.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
    const fresh = await fjordhold.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER], userName: "nobody9@fjordhold.example" }
    })
    assert.strictEqual(made.status, 201, made.text)
    assert.notStrictEqual(made.at("id"), person)
    assert.notInclude(made.text, "secret 1", "the name that the other organisation has")
    const shape = (answer: ScimResponse, name: string) =>
      answer.text
        .replaceAll(answer.string("id"), "<id>")
        .replaceAll(name, "<name>")
        .replace(/"userId":\d+/, '"userId":0')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    assert.strictEqual(shape(made, userName), shape(fresh, "nobody9@fjordhold.example"))
    const gone = await fjordhold.request({ method: "DELETE", path: `/Users/${made.string("id")}` })
    assert.strictEqual(gone.status, 204)
  })

  it("ABUSE-17: an id deleted in one organisation binds nothing in another, nor where it was", async () => {
    const userName = "wanderer1@fjordhold.example"
    const [gone = ""] = await makePeople(fjordhold, "wanderer", 1)
    const team = await makeGroup(fjordhold, "Wanderers", [gone])
    assert.strictEqual((await fjordhold.request({ method: "DELETE", path: `/Users/${gone}` })).status, 204)

    // In the other organisation it is unknown as ever, and an address is no bridge to it.
    const other = await lumen.request({
      method: "POST",
      path: "/Users",
      body: { schemas: [USER], id: gone, externalId: gone, userName }
    })
    assert.strictEqual(other.status, 201, other.text)
    const id = other.string("id")
    assert.notStrictEqual(id, gone)
    assert.strictEqual(other.at("meta", "version"), 'W/"1"', "made, not revived")
    assert.strictEqual((await read(lumen, `/Users/${gone}`)).status, 404)
    assert.strictEqual((await lumen.request(addMember(group, gone))).status, 400)
    assert.strictEqual((await lumen.request({ method: "DELETE", path: `/Users/${id}` })).status, 204)

    // Where it was it is gone for every verb, and back only by its e-mail, without its old groups.
    for (const [, ask] of verbs("Users")) {
      assert.deepStrictEqual(
        likeAnyOther(await fjordhold.request(ask(gone)), gone),
        likeAnyOther(await fjordhold.request(ask(RANDOM)), RANDOM)
      )
    }
    assert.strictEqual((await fjordhold.request(addMember(team, gone))).status, 400)
    const back = await fjordhold.request({ method: "POST", path: "/Users", body: { schemas: [USER], userName } })
    assert.strictEqual(back.status, 201, back.text)
    assert.strictEqual(back.at("id"), gone)
    assert.deepStrictEqual(memberIdsOf(await read(fjordhold, `/Groups/${team}`)), [])
  })
})
