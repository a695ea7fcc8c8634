import pg from "pg"
import type { ScimClient } from "../support/ScimClient.ts"
import type { ReplicatedOrganization } from "./Replicas.ts"

/** An event as it stands in the outbox. */
export interface RecordedEvent {
  readonly sequence: number
  readonly type: string
  readonly user?: string
  readonly group?: string
  readonly version: number
  readonly revived?: boolean
  readonly added?: ReadonlyArray<string>
  readonly removed?: ReadonlyArray<string>
}

interface Resource {
  readonly id: string
  readonly version: number
}

/** What the tables hold of one organisation. */
export interface Ledger {
  readonly counters: Readonly<
    Record<"user_count" | "group_count" | "user_sequence" | "event_sequence" | "log_sequence", number>
  >
  /** Everybody ever made, the deleted among them. */
  readonly users: ReadonlyArray<Resource & { readonly number: number; readonly lives: boolean }>
  readonly groups: ReadonlyArray<Resource>
  /** `<group> <user>`, sorted. */
  readonly memberships: ReadonlyArray<string>
  /** Ids of people who have a row among the addresses. */
  readonly addressed: ReadonlyArray<string>
  readonly events: ReadonlyArray<RecordedEvent>
  readonly logSequences: ReadonlyArray<number>
}

/** Looks into the database of the servers, in one snapshot. */
export const withDatabase = async <A>(url: string, look: (client: pg.Client) => Promise<A>): Promise<A> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await look(client)
  } finally {
    await client.end()
  }
}

const columnsOf = <Row extends pg.QueryResultRow>(client: pg.Client, statement: string, subdomain: string) =>
  client
    .query<Row>(
      `${statement} WHERE organization_id = (SELECT organization_id FROM organization WHERE subdomain = $1)`,
      [subdomain]
    )
    .then((result) => result.rows)

export const readLedger = (url: string, subdomain: string): Promise<Ledger> =>
  withDatabase(url, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    const [counters] = await columnsOf<Ledger["counters"]>(
      client,
      `SELECT user_count::float8, group_count::float8, user_sequence::float8, event_sequence::float8,
         log_sequence::float8 FROM organization`,
      subdomain
    )
    if (counters === undefined) throw new Error(`there is no organisation ${subdomain}`)
    const users = await columnsOf<Ledger["users"][number]>(
      client,
      "SELECT id::text, version, number::float8, deleted_at IS NULL AS lives FROM user_account",
      subdomain
    )
    const groups = await columnsOf<Resource>(client, "SELECT id::text, version FROM user_group", subdomain)
    const memberships = await columnsOf<{ pair: string }>(
      client,
      "SELECT group_id::text || ' ' || user_id::text AS pair FROM membership",
      subdomain
    )
    const addressed = await columnsOf<{ id: string }>(client, "SELECT user_id::text AS id FROM user_email", subdomain)
    const events = await columnsOf<{ sequence: number; type: string; data: string }>(
      client,
      "SELECT sequence::float8, type, data FROM event",
      subdomain
    )
    const log = await columnsOf<{ sequence: number }>(client, "SELECT sequence::float8 FROM log_entry", subdomain)
    return {
      counters,
      users,
      groups,
      memberships: memberships.map(({ pair }) => pair).sort(),
      addressed: addressed.map(({ id }) => id),
      events: events
        .map(({ data, sequence, type }) => ({ ...JSON.parse(data), sequence, type }) as RecordedEvent)
        .sort((a, b) => a.sequence - b.sequence),
      logSequences: log.map(({ sequence }) => sequence).sort((a, b) => a - b)
    }
  })

const numberingFaults = (what: string, sequences: ReadonlyArray<number>, counter: number): ReadonlyArray<string> => {
  const faults: Array<string> = []
  if (sequences.length !== counter) faults.push(`${sequences.length} ${what}, the counter says ${counter}`)
  const wrong = sequences.findIndex((sequence, index) => sequence !== index + 1)
  if (wrong >= 0) faults.push(`of the ${what} number ${wrong + 1} is missing or there twice`)
  return faults
}

/** What the events alone say: who lives in which version, and who is in which group. */
interface Story {
  readonly users: Map<string, { version: number; lives: boolean }>
  readonly groups: Map<string, { version: number; members: Set<string> }>
  readonly faults: Array<string>
}

const tell = ({ faults, groups, users }: Story, event: RecordedEvent): void => {
  const { group = "", sequence, type, user = "", version } = event
  const fault = (what: string) => faults.push(`event ${sequence} (${type}): ${what}`)
  const person = users.get(user)
  const known = groups.get(group)
  const last = user === "" ? known?.version : person?.version
  if (type === "user.created" || type === "group.created") {
    if (event.revived === true ? version !== (last ?? 0) + 1 : last !== undefined || version !== 1) {
      fault(`made in version ${version} after ${last}`)
    }
    if (user !== "") users.set(user, { version, lives: true })
    else groups.set(group, { version, members: new Set() })
    return
  }
  if (last === undefined) return void fault("of something that never was made")
  if (version !== last && version !== last + 1) fault(`version ${version} after ${last}`)
  if (type === "group.deleted") groups.delete(group)
  else if (user !== "") users.set(user, { version, lives: type !== "user.deleted" && (person?.lives ?? false) })
  else if (known !== undefined) {
    known.version = version
    for (const id of event.added ?? []) {
      if (known.members.has(id)) fault(`adds ${id}, who is a member`)
      known.members.add(id)
    }
    for (const id of event.removed ?? []) if (!known.members.delete(id)) fault(`removes ${id}, who is no member`)
  }
}

const difference = (
  what: string,
  tables: ReadonlyArray<string>,
  story: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const [left, right] = [new Set(tables), new Set(story)]
  const only = [...tables.filter((one) => !right.has(one)), ...story.filter((one) => !left.has(one))]
  return only.length === 0 ? [] : [`${what} of the tables and of the events differ in ${only.slice(0, 5).join(", ")}`]
}

/**
 * What is wrong with an organisation's tables, whatever was written: counters that count wrong, events or log entries
 * with gaps, members who are not there, and a state that does not follow from its events.
 */
export const ledgerFaults = (ledger: Ledger): ReadonlyArray<string> => {
  const { counters, events, groups, memberships, users } = ledger
  const living = new Set(users.filter((user) => user.lives).map((user) => user.id))
  const present = new Set(groups.map((group) => group.id))
  const faults: Array<string> = []
  if (counters.user_count !== living.size) faults.push(`${living.size} people, user_count is ${counters.user_count}`)
  if (counters.group_count !== present.size)
    faults.push(`${present.size} groups, group_count is ${counters.group_count}`)
  if (users.some((user) => user.number > counters.user_sequence)) faults.push("a User ID is beyond user_sequence")
  faults.push(
    ...numberingFaults(
      "events",
      events.map((event) => event.sequence),
      counters.event_sequence
    )
  )
  faults.push(...numberingFaults("log entries", ledger.logSequences, counters.log_sequence))
  for (const pair of memberships) {
    const [group = "", user = ""] = pair.split(" ")
    if (!present.has(group) || !living.has(user)) faults.push(`a dangling member: ${pair}`)
  }
  for (const id of ledger.addressed) if (!living.has(id)) faults.push(`an address of ${id}, who is not there`)

  const story: Story = { users: new Map(), groups: new Map(), faults }
  for (const event of events) tell(story, event)
  const versioned = (all: Iterable<Resource>) => [...all].map(({ id, version }) => `${id} in version ${version}`)
  const told = [...story.users].map(([id, { lives, version }]) => ({ id, version, lives }))
  faults.push(
    ...difference("people", versioned(users), versioned(told)),
    ...difference(
      "living people",
      [...living],
      told.flatMap(({ id, lives }) => (lives ? [id] : []))
    ),
    ...difference(
      "groups",
      versioned(groups),
      versioned([...story.groups].map(([id, { version }]) => ({ id, version })))
    ),
    ...difference(
      "memberships",
      memberships,
      [...story.groups].flatMap(([group, { members }]) => [...members].map((user) => `${group} ${user}`))
    )
  )
  return faults
}

/** Every resource of a kind as this server lists it, by id. */
const listed = async (client: ScimClient, kind: "Users" | "Groups"): Promise<ReadonlyMap<string, unknown>> => {
  const found = new Map<string, unknown>()
  for (let start = 1; ; ) {
    const page = await client.request({ method: "GET", path: `/${kind}?startIndex=${start}&count=1000` })
    const resources = page.at("Resources")
    if (page.status !== 200 || !Array.isArray(resources))
      throw new Error(`no list: ${page.status} ${page.text.slice(0, 300)}`)
    resources.forEach((resource, index) => {
      found.set(page.string("Resources", index, "id"), resource)
    })
    start += resources.length
    if (resources.length === 0 || found.size >= Number(page.at("totalResults"))) {
      if (found.size !== page.at("totalResults")) throw new Error(`${found.size} of ${page.at("totalResults")} ${kind}`)
      return found
    }
  }
}

const membersIn = (group: unknown): ReadonlyArray<string> => {
  const members: unknown = typeof group === "object" && group !== null ? Reflect.get(group, "members") : undefined
  return Array.isArray(members) ? members.map((member) => String(member.value)) : []
}

/**
 * Everything that is wrong after a race: what the tables contradict themselves in, and where what a server answers is
 * not what the tables hold. Also gives the tables.
 */
export const settledFaults = async (
  url: string,
  organization: ReplicatedOrganization
): Promise<{ readonly ledger: Ledger; readonly faults: ReadonlyArray<string> }> => {
  const ledger = await readLedger(url, organization.subdomain)
  const faults = [...ledgerFaults(ledger)]
  const seen: Array<string> = []
  for (const client of organization.clients) {
    const [users, groups] = await Promise.all([listed(client, "Users"), listed(client, "Groups")])
    seen.push(JSON.stringify([[...users], [...groups]]))
    const living = ledger.users.filter((user) => user.lives).map((user) => user.id)
    if (JSON.stringify([...users.keys()].sort()) !== JSON.stringify(living.sort()))
      faults.push("other people are listed")
    const pairs = [...groups].flatMap(([id, group]) => membersIn(group).map((user) => `${id} ${user}`)).sort()
    if (JSON.stringify(pairs) !== JSON.stringify(ledger.memberships)) faults.push("other members are listed")
  }
  if (new Set(seen).size > 1) faults.push("the servers do not answer the same")
  return { ledger, faults }
}
