import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import type { ScimResponse } from "../support/ScimClient.ts"
import { settledFaults, withDatabase } from "./Ledger.ts"
import {
  GROUP,
  makeGroup,
  patch,
  type Replicas,
  type ReplicatedOrganization,
  startReplicas,
  statuses
} from "./Replicas.ts"
import { whileLocked } from "./RowLock.ts"

const entriesOf = `SELECT l.entry FROM log_entry l JOIN organization o ON o.organization_id = l.organization_id
  WHERE o.subdomain = $1 ORDER BY l.sequence`

interface Entry {
  readonly outcome: string
  readonly subject?: { readonly type?: string; readonly id: string; readonly name?: string }
  readonly notes: ReadonlyArray<{ readonly attribute?: string; readonly text: string }>
}

// As in races.test.ts: requests go to two servers in turn, both of which have begun before either may write.
describe("names of groups between two servers on one database", () => {
  let replicas: Replicas
  let product: ReplicatedOrganization
  let rfc: ReplicatedOrganization

  beforeAll(async () => {
    replicas = await startReplicas({
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
      const { faults } = await settledFaults(replicas.databaseUrl, organization)
      assert.deepStrictEqual(faults, [], organization.subdomain)
    }
  })

  afterAll(() => replicas?.stop())

  const collide = (
    organization: ReplicatedOrganization,
    count: number,
    start: (index: number) => Promise<ScimResponse>
  ): Promise<ReadonlyArray<ScimResponse>> =>
    whileLocked(replicas.databaseUrl, organization.subdomain, async (untilWaiting) => {
      const started = Array.from({ length: count }, (_, index) => start(index))
      await untilWaiting(2)
      return started
    })

  const post = (organization: ReplicatedOrganization, displayName: string) =>
    organization.request({ method: "POST", path: "/Groups", body: { schemas: [GROUP], displayName } })

  const rename = (organization: ReplicatedOrganization, id: string, value: string) =>
    organization.request(patch(`/Groups/${id}`, [{ op: "replace", path: "displayName", value }]))

  /** The log of an organisation, in its order. */
  const logOf = ({ subdomain }: ReplicatedOrganization): Promise<ReadonlyArray<Entry>> =>
    withDatabase(replicas.databaseUrl, async (client) => {
      const { rows } = await client.query<{ entry: string }>(entriesOf, [subdomain])
      return rows.map(({ entry }) => JSON.parse(entry) as Entry)
    })

  const isNear = ({ notes }: Entry) => notes.some(({ text }) => text.startsWith("Nearly the same name has"))

  it("30 POSTs of three spellings make three groups in the preset product, and the log links the later two (R-GROUP-2)", async () => {
    const spellings = ["Brass Band", "brass band", "Brass  Band"]
    const answers = await collide(product, 30, (index) => post(product, spellings[index % 3] ?? ""))
    assert.deepStrictEqual(statuses(answers), { 201: 30 })
    const ids = spellings.map((name) => {
      const own = answers.filter((answer) => answer.at("displayName") === name).map((answer) => answer.string("id"))
      assert.lengthOf(own, 10, name)
      assert.strictEqual(new Set(own).size, 1, name)
      return own[0] ?? ""
    })
    assert.strictEqual(new Set(ids).size, 3)
    const about = (await logOf(product)).filter(({ subject }) => ids.includes(subject?.id ?? ""))
    const made = about.filter(({ outcome, subject }) => outcome === "created" && subject?.type === "Group")
    // Whichever came first was nobody's near miss; each later one is told of all that were there.
    assert.deepStrictEqual(made.map(isNear), [false, true, true])
    made.forEach(({ notes }, i) => {
      const [text = ""] = notes.filter(({ attribute }) => attribute === "displayName").map((note) => note.text)
      const named = made.slice(0, i).map(({ subject }) => subject?.id ?? "")
      assert.deepStrictEqual(ids.filter((id) => text.includes(id)).toSorted(), named.toSorted())
    })
    assert.isFalse(about.filter(({ outcome }) => outcome !== "created").some(isNear))
  })

  it("of POSTs that differ in case one is answered 201 in the preset rfc, another spacing is a group of its own (R-GROUP-2)", async () => {
    const spellings = ["String Quartet", "STRING QUARTET", "String-Quartet", "string-quartet"]
    const answers = await collide(rfc, 32, (index) => post(rfc, spellings[index % 4] ?? ""))
    assert.deepStrictEqual(statuses(answers), { 201: 2, 409: 30 })
    const names = answers.flatMap((answer) =>
      answer.status === 201 ? [answer.string("displayName").toLowerCase()] : []
    )
    assert.deepStrictEqual(names.toSorted(), ["string quartet", "string-quartet"])
    const made = (await logOf(rfc)).filter(({ outcome, subject }) => outcome === "created" && subject?.type === "Group")
    assert.deepStrictEqual(made.map(isNear), [false, true])
    for (const answer of answers) {
      if (answer.status === 409) assert.strictEqual(answer.at("scimType"), "uniqueness")
    }
  })

  for (const preset of ["product", "rfc"] as const) {
    it(`of 20 groups that are renamed to one name one is, and 19 get 409, in the preset ${preset} (R-GROUP-2)`, async () => {
      const organization = preset === "product" ? product : rfc
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, i) => makeGroup(organization, `Voice ${preset} ${i}`))
      )
      const answers = await collide(organization, 20, (index) => rename(organization, ids[index] ?? "", "Voices"))
      assert.deepStrictEqual(statuses(answers), { 204: 1, 409: 19 })
      const filter = encodeURIComponent('displayName eq "voices"')
      const found = await organization.request({ method: "GET", path: `/Groups?filter=${filter}` })
      assert.strictEqual(found.at("totalResults"), 1)
    })
  }

  it("POSTs and renames that meet on one name leave one group of it, whoever came first (R-GROUP-2)", async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, (_, i) => makeGroup(product, `Section ${i}`)))
    const answers = await collide(product, 20, (index) =>
      index % 2 === 0 ? post(product, "Tutti") : rename(product, ids[(index - 1) / 2] ?? "", "Tutti")
    )
    for (const answer of answers) assert.include([201, 204, 409], answer.status, answer.text)
    const posted = answers.flatMap((answer) => (answer.status === 201 ? [answer.string("id")] : []))
    assert.lengthOf(posted, 10, "a POST overwrites whatever has the name")
    assert.strictEqual(new Set(posted).size, 1)
    assert.isAtMost(statuses(answers)[204] ?? 0, 1)
  })
})
