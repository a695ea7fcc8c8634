import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { wrongAnswer } from "../property/BadInputLaw.ts"
import type { ScimRequest, ScimResponse } from "../support/ScimClient.ts"
import { type RecordedEvent, readLedger, settledFaults } from "./Ledger.ts"
import {
  addMember,
  GROUP,
  makeGroup,
  makePeople,
  memberIdsOf,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  SEARCH,
  startReplicas,
  USER
} from "./Replicas.ts"

const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"

describe("abuse of the directory", () => {
  let replicas: Replicas
  /** userName and email linked, an existing group is overwritten. */
  let product: ReplicatedOrganization
  /** userName free, an existing group is a conflict. */
  let rfc: ReplicatedOrganization

  beforeAll(async () => {
    replicas = await startReplicas({
      servers: 1,
      organizations: [
        { subdomain: "fjordhold", preset: "product" },
        { subdomain: "lumen", preset: "rfc" }
      ]
    })
    product = replicas.organization("fjordhold")
    rfc = replicas.organization("lumen")
  })

  afterEach(async () => {
    for (const organization of [product, rfc]) {
      assert.deepStrictEqual((await settledFaults(replicas.databaseUrl, organization)).faults, [])
    }
  })

  afterAll(() => replicas?.stop())

  const read = (organization: ReplicatedOrganization, path: string) => organization.request({ method: "GET", path })

  const done = async (organization: ReplicatedOrganization, status: number, request: ScimRequest) => {
    const answer = await organization.request(request)
    assert.strictEqual(answer.status, status, answer.text.slice(0, 600))
    return answer
  }

  const refused = async (
    organization: ReplicatedOrganization,
    status: number,
    scimType: string | undefined,
    request: ScimRequest
  ): Promise<ScimResponse> => {
    const answer = await done(organization, status, request)
    assert.isUndefined(wrongAnswer(request, answer), answer.text.slice(0, 600))
    assert.strictEqual(answer.at("scimType"), scimType, answer.text.slice(0, 600))
    return answer
  }

  const create = (organization: ReplicatedOrganization, path: "/Users" | "/Groups", body: object) =>
    organization.request({ method: "POST", path, body: { schemas: [path === "/Users" ? USER : GROUP], ...body } })

  const found = async (organization: ReplicatedOrganization, path: string, filter: string) => {
    const answer = await read(organization, `${path}?filter=${encodeURIComponent(filter)}`)
    assert.strictEqual(answer.status, 200, answer.text)
    const resources = answer.at("Resources")
    return Array.isArray(resources) ? resources.map((resource) => String(resource.id)) : []
  }

  /** The events that this makes. */
  const eventsOf = async (make: () => Promise<unknown>): Promise<ReadonlyArray<RecordedEvent>> => {
    const before = (await readLedger(replicas.databaseUrl, "fjordhold")).counters.event_sequence
    await make()
    return (await readLedger(replicas.databaseUrl, "fjordhold")).events.filter((event) => event.sequence > before)
  }

  it("ABUSE-3: the operations of one PATCH on members are applied in order", async () => {
    const [one = "", two = ""] = await makePeople(product, "ordered", 2)
    const group = await makeGroup(product, "Ordered", [two])
    const add = (id: string) => ({ op: "add", path: "members", value: [{ value: id }] }) as const
    const remove = (id: string) => ({ op: "remove", path: `members[value eq "${id}"]` }) as const
    await done(product, 204, patch(`/Groups/${group}`, [add(one), remove(one), remove(two), add(two)]))
    assert.deepStrictEqual(memberIdsOf(await read(product, `/Groups/${group}`)), [two])
    await done(product, 204, patch(`/Groups/${group}`, [remove(one), add(one), remove(two)]))
    assert.deepStrictEqual(memberIdsOf(await read(product, `/Groups/${group}`)), [one])
  })

  it("ABUSE-4: where the second operation of a PATCH fails nothing changes and no event is written", async () => {
    const [id = "", member = ""] = await makePeople(product, "atomic", 2)
    const group = await makeGroup(product, "Atomic", [member])
    const [person, before] = [await read(product, `/Users/${id}`), await read(product, `/Groups/${group}`)]
    const title = { op: "replace", path: "title", value: "Half-done" } as const
    const events = await eventsOf(async () => {
      const nonsense = { op: "replace", path: "active", value: "perhaps" } as const
      await refused(product, 400, "invalidValue", patch(`/Users/${id}`, [title, nonsense]))
      const taken = { op: "replace", value: { userName: "atomic2@fjordhold.example" } } as const
      const takenToo = { op: "replace", path: "emails", value: [{ value: "atomic2@fjordhold.example" }] } as const
      await refused(product, 409, "uniqueness", patch(`/Users/${id}`, [title, taken, takenToo]))
      const added = { op: "add", path: "members", value: [{ value: id }] } as const
      const unknown = {
        op: "add",
        path: "members",
        value: [{ value: "5f2c0ae4-2f70-4d0e-9f7a-0e9a4d1c7b11" }]
      } as const
      await refused(product, 400, "invalidValue", patch(`/Groups/${group}`, [added, unknown]))
      const nameless = { op: "replace", path: "displayName", value: "" } as const
      await refused(product, 400, "invalidValue", patch(`/Groups/${group}`, [added, nameless]))
    })
    assert.deepStrictEqual(events, [])
    assert.strictEqual((await read(product, `/Users/${id}`)).text, person.text)
    assert.strictEqual((await read(product, `/Groups/${group}`)).text, before.text)
  })

  it("ABUSE-7: a POST that is repeated after a time-out gets 409 that names the person, who stays as stored", async () => {
    const body = { userName: "aksel.lunde@fjordhold.example", externalId: "idp-0001", title: "Cartographer" }
    const made = await create(product, "/Users", body)
    assert.strictEqual(made.status, 201, made.text)
    const stored = await read(product, `/Users/${made.string("id")}`)
    const events = await eventsOf(async () => {
      for (const again of [body, { ...body, externalId: "idp-0002", title: "Other" }, { userName: body.userName }]) {
        const answer = await create(product, "/Users", again)
        assert.strictEqual(answer.status, 409, answer.text)
        assert.strictEqual(answer.at("scimType"), "uniqueness")
        assert.include(answer.string("detail"), made.string("id"))
        assert.match(answer.string("detail"), /^Email address already in use/)
      }
    })
    assert.deepStrictEqual(events, [])
    assert.strictEqual((await read(product, `/Users/${made.string("id")}`)).text, stored.text)
  })

  it("ABUSE-8: a userName changed to a taken one gets 409 by PATCH and by PUT", async () => {
    // Names that are no addresses, and so are taken as names alone.
    const [one] = [
      await create(rfc, "/Users", { userName: "taken.one" }),
      await create(rfc, "/Users", { userName: "taken.two" })
    ]
    const path = `/Users/${one.string("id")}`
    for (const userName of ["taken.two", "TAKEN.Two"]) {
      await refused(rfc, 409, "uniqueness", patch(path, [{ op: "replace", path: "userName", value: userName }]))
      await refused(rfc, 409, "uniqueness", { method: "PUT", path, body: { schemas: [USER], userName } })
    }
    assert.strictEqual((await read(rfc, path)).text, one.text)
  })

  it("ABUSE-9: an existing member added once more makes no new version and no event", async () => {
    const [one = "", two = ""] = await makePeople(product, "twice", 2)
    const group = await makeGroup(product, "Twice", [one, two])
    const before = await read(product, `/Groups/${group}`)
    const events = await eventsOf(async () => {
      await done(product, 204, addMember(group, one))
      await done(product, 204, patch(`/Groups/${group}`, [{ op: "add", value: { members: [{ value: two }] } }]))
      const members = [{ value: two }, { value: one }, { value: one }]
      await done(product, 204, patch(`/Groups/${group}`, [{ op: "replace", path: "members", value: members }]))
      await done(product, 201, {
        method: "POST",
        path: "/Groups",
        body: { schemas: [GROUP], displayName: "Twice", members }
      })
    })
    assert.deepStrictEqual(events, [])
    assert.strictEqual((await read(product, `/Groups/${group}`)).text, before.text)
  })

  it('ABUSE-18: an externalId "1" is never matched to an internal id', async () => {
    const [first = ""] = await makePeople(rfc, "numbered", 1)
    const number = String((await read(rfc, `/Users/${first}`)).at(EXTENSION, "userId"))
    assert.match(number, /^\d+$/)
    for (const externalId of ["1", number, first]) {
      const made = await create(rfc, "/Users", { userName: `bound to ${externalId}`, externalId })
      assert.strictEqual(made.status, 201, made.text)
      assert.notStrictEqual(made.at("id"), first)
      assert.deepStrictEqual(await found(rfc, "/Users", `externalId eq "${externalId}"`), [made.string("id")])
    }
    for (const id of ["1", number]) {
      assert.deepStrictEqual(await found(rfc, "/Users", `id eq "${id}"`), [])
      await refused(rfc, 404, undefined, { method: "GET", path: `/Users/${id}` })
      await refused(rfc, 404, undefined, { method: "DELETE", path: `/Users/${id}` })
      await refused(rfc, 404, undefined, patch(`/Users/${id}`, [{ op: "replace", path: "title", value: "x" }]))
      await refused(rfc, 400, "invalidValue", {
        method: "POST",
        path: "/Groups",
        body: { schemas: [GROUP], displayName: `Of number ${id}`, members: [{ value: id }] }
      })
    }
    const group = await makeGroup(rfc, "Numbered")
    const twin = await create(rfc, "/Groups", { displayName: "Bound", externalId: group })
    assert.strictEqual(twin.status, 201, twin.text)
    assert.notStrictEqual(twin.at("id"), group)
    assert.isUndefined((await read(rfc, `/Users/${first}`)).at("externalId"), "nobody took over the first person")
  })

  describe("what a client may not set", () => {
    const foreign = "0d6f3a52-6a7b-4b0e-8e35-1f2d3c4b5a69"
    const meta = {
      resourceType: "Group",
      created: "1999-01-01T00:00:00Z",
      location: "http://evil.example",
      version: 'W/"99"'
    }
    const columns = { origin: "hand", sources: {}, number: 1, version: 99, deletedAt: 1, deleted_at: "now" }
    const organization = { organizationId: foreign, organization_id: foreign, tenant: "lumen", status: "locked" }
    const forged = { id: foreign, meta, ...columns, ...organization, [EXTENSION]: { userId: 1, location: "Bergen" } }

    const insistUnforged = async (id: string, number: unknown) => {
      const person = await read(product, `/Users/${id}`)
      assert.strictEqual(person.at("id"), id, person.text)
      assert.strictEqual(person.at("meta", "resourceType"), "User")
      assert.notInclude(person.text, "1999-01-01")
      assert.notInclude(person.text, "evil.example")
      assert.notInclude(person.text, foreign)
      assert.strictEqual(person.at(EXTENSION, "userId"), number)
      for (const name of [...Object.keys(columns), ...Object.keys(organization)])
        assert.isUndefined(person.at(name), name)
      return person
    }

    it("ABUSE-20: id, meta, userId, status and organisation in a POST or PUT are ignored", async () => {
      const userName = "forged@fjordhold.example"
      const made = await create(product, "/Users", { userName, ...forged })
      assert.strictEqual(made.status, 201, made.text)
      const id = made.string("id")
      assert.notStrictEqual(id, foreign)
      const number = made.at(EXTENSION, "userId")
      assert.notStrictEqual(number, 1, "a User ID that somebody else has")
      assert.strictEqual(made.at("meta", "version"), 'W/"1"')
      await insistUnforged(id, number)
      const body = { schemas: [USER], userName, ...forged }
      await done(product, 200, { method: "PUT", path: `/Users/${id}`, body })
      const person = await insistUnforged(id, number)
      assert.strictEqual(person.at(EXTENSION, "location"), "Bergen", "what stood beside it was taken")
      assert.strictEqual(person.at("meta", "version"), 'W/"1"', "nothing of it is a change")
      const group = await create(product, "/Groups", { ...forged, displayName: "Forged" })
      assert.strictEqual(group.status, 201, group.text)
      assert.notInclude(group.text, foreign)
      assert.notInclude(group.text, "1999-01-01")
    })

    it("ABUSE-20: id, meta, userId and groups in a PATCH are refused as mutability or ignored", async () => {
      const [id = ""] = await makePeople(product, "sealed", 1)
      const group = await makeGroup(product, "Not yours")
      const before = await read(product, `/Users/${id}`)
      const operations = [
        { path: "id", value: foreign },
        { path: "meta", value: meta },
        { path: "meta.version", value: 'W/"99"' },
        { path: "meta.created", value: meta.created },
        { path: "meta.location", value: meta.location },
        { path: `${EXTENSION}:userId`, value: 1 },
        { path: EXTENSION, value: { userId: 1 } },
        { path: "groups", value: [{ value: group }] },
        { path: "organizationId", value: foreign },
        { path: "status", value: "locked" },
        { path: "origin", value: "hand" },
        { value: { id: foreign } },
        { value: { meta } },
        { value: { groups: [{ value: group }] } },
        { value: { ...columns, ...organization } },
        { value: { [`${EXTENSION}:userId`]: 1 } },
        { value: { [EXTENSION]: { userId: 1 } } }
      ]
      const events = await eventsOf(async () => {
        for (const operation of operations) {
          for (const op of ["add", "replace", "remove"] as const) {
            if (op === "remove" && operation.path === undefined) continue
            const { value: _, ...bare } = operation
            const answer = await product.request(
              patch(`/Users/${id}`, [op === "remove" ? { op, ...bare } : { op, ...operation }])
            )
            const said = `${op} ${JSON.stringify(operation)}: ${answer.text}`
            assert.include([200, 400], answer.status, said)
            if (answer.status === 400) assert.strictEqual(answer.at("scimType"), "mutability", said)
          }
        }
      })
      assert.deepStrictEqual(events, [])
      assert.strictEqual((await read(product, `/Users/${id}`)).text, before.text)
      assert.deepStrictEqual(memberIdsOf(await read(product, `/Groups/${group}`)), [])
    })
  })

  describe("names as long as they may be", () => {
    const long = (last: string) => `${"n".repeat(511)}${last}`
    // Each becomes two when it is composed (NFC), so the key is twice as long as the name.
    const growing = Array.from({ length: 512 }, (_, index) =>
      String.fromCodePoint(0x958 + ((index * 7 + (index >> 3)) % 8))
    )

    it("ABUSE-26: 512 characters that differ in the last are two people and two groups", async () => {
      for (const path of ["/Users", "/Groups"] as const) {
        const attribute = path === "/Users" ? "userName" : "displayName"
        for (const names of [
          [long("a"), long("b")],
          [growing.join(""), `${growing.slice(1).join("")}\u0958`]
        ]) {
          const ids: Array<string> = []
          for (const name of names) {
            const made = await create(rfc, path, { [attribute]: name })
            assert.strictEqual(made.status, 201, made.text.slice(0, 300))
            assert.strictEqual(made.at(attribute), name)
            ids.push(made.string("id"))
          }
          assert.strictEqual(new Set(ids).size, 2)
          for (const [index, name] of names.entries()) {
            const search = {
              method: "POST",
              path: `${path}/.search`,
              body: { schemas: [SEARCH], filter: `${attribute} eq "${name}"` }
            }
            const answer = await done(rfc, 200, search)
            assert.strictEqual(answer.at("totalResults"), 1)
            assert.strictEqual(answer.at("Resources", 0, "id"), ids[index])
            const again = await create(rfc, path, { [attribute]: name })
            assert.strictEqual(again.status, 409, again.text.slice(0, 300))
          }
        }
      }
    })

    it("ABUSE-26: more than 512 characters are refused and not cut", async () => {
      const [id = ""] = await makePeople(rfc, "short", 1)
      const group = await makeGroup(rfc, "Short")
      const name = long("ab")
      assert.strictEqual(name.length, 513)
      for (const request of [
        { method: "POST", path: "/Users", body: { schemas: [USER], userName: name } },
        { method: "PUT", path: `/Users/${id}`, body: { schemas: [USER], userName: name } },
        { method: "POST", path: "/Users", body: { schemas: [USER], userName: "externally long", externalId: name } },
        { method: "POST", path: "/Groups", body: { schemas: [GROUP], displayName: name } },
        { method: "PUT", path: `/Groups/${group}`, body: { schemas: [GROUP], displayName: name } },
        patch(`/Users/${id}`, [{ op: "replace", path: "userName", value: name }]),
        patch(`/Groups/${group}`, [{ op: "replace", path: "displayName", value: name }])
      ]) {
        await refused(rfc, 400, "invalidValue", request)
      }
      assert.deepStrictEqual(await found(rfc, "/Users", 'userName eq "externally long"'), [])
    })
  })

  describe("one comparison of names", () => {
    const fullWidth = (text: string) =>
      [...text].map((character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)).join("")

    it("ABUSE-33: MIKE, mike and the full-width and decomposed spellings are one person", async () => {
      const families = [
        ["mike", "MIKE", "Mike", fullWidth("mike"), fullWidth("MIKE")],
        ["zoë", "zoe\u0308", "ZOË", "ZOE\u0308"],
        ["ａlva.sørby", "alva.sørby", "ALVA.SØRBY"],
        ["σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ"]
      ]
      for (const [name = "", ...spellings] of families) {
        const made = await create(rfc, "/Users", { userName: name })
        assert.strictEqual(made.status, 201, made.text)
        assert.strictEqual(made.at("userName"), name, "what was sent comes back")
        for (const userName of spellings) {
          const again = await create(rfc, "/Users", { userName })
          assert.strictEqual(again.status, 409, `${userName}: ${again.text}`)
          assert.include(again.string("detail"), made.string("id"))
        }
        for (const spelling of [name, ...spellings]) {
          assert.deepStrictEqual(await found(rfc, "/Users", `userName eq "${spelling}"`), [made.string("id")], spelling)
          assert.include(await found(rfc, "/Users", `userName co "${spelling}"`), made.string("id"), spelling)
        }
      }
      const mail = await create(product, "/Users", { userName: "mike@fjordhold.example" })
      assert.strictEqual(mail.status, 201, mail.text)
      const louder = await create(product, "/Users", { userName: "MIKE@FJORDHOLD.EXAMPLE" })
      assert.strictEqual(louder.status, 409, louder.text)
    })

    it("ABUSE-33: a dotless i, a sharp s and letters that only look alike are different people", async () => {
      const names = ["mıke", "straße", "strasse", "mіke", "mike\u0323", "m¡ke"]
      const ids: Array<string> = []
      for (const userName of names) {
        const made = await create(rfc, "/Users", { userName })
        assert.strictEqual(made.status, 201, `${userName}: ${made.text}`)
        ids.push(made.string("id"))
      }
      assert.strictEqual(new Set(ids).size, names.length)
      for (const [index, name] of names.entries()) {
        assert.deepStrictEqual(await found(rfc, "/Users", `userName eq "${name}"`), [ids[index]], name)
      }
    })

    it("ABUSE-33: zero-width characters, bidirectional controls and NUL are refused in names and addresses", async () => {
      const [id = ""] = await makePeople(rfc, "visible", 1)
      const group = await makeGroup(rfc, "Visible")
      const [person, before] = [await read(rfc, `/Users/${id}`), await read(rfc, `/Groups/${group}`)]
      const hidden = [
        "\u200b",
        "\u200e",
        "\u202e",
        "\u2066",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u0000",
        "\u0007",
        "\r\n",
        "\ud800"
      ]
      for (const character of hidden) {
        const name = `vis${character}ible`
        const emails = [{ value: `vis${character}ible@fjordhold.example` }]
        for (const request of [
          { method: "POST", path: "/Users", body: { schemas: [USER], userName: name } },
          { method: "POST", path: "/Users", body: { schemas: [USER], userName: "fine", emails } },
          { method: "PUT", path: `/Users/${id}`, body: { schemas: [USER], userName: name } },
          { method: "POST", path: "/Groups", body: { schemas: [GROUP], displayName: name } },
          { method: "PUT", path: `/Groups/${group}`, body: { schemas: [GROUP], displayName: name } },
          patch(`/Users/${id}`, [{ op: "replace", path: "userName", value: name }]),
          patch(`/Groups/${group}`, [{ op: "replace", path: "displayName", value: name }])
        ]) {
          const said = `${JSON.stringify(character)} ${request.method} ${request.path}`
          const answer = await rfc.request(request)
          assert.strictEqual(answer.status, 400, `${said}: ${answer.text}`)
          assert.include(["invalidValue", "invalidSyntax"], answer.at("scimType"), `${said}: ${answer.text}`)
        }
      }
      assert.strictEqual((await read(rfc, `/Users/${id}`)).text, person.text)
      assert.strictEqual((await read(rfc, `/Groups/${group}`)).text, before.text)
    })
  })
})
