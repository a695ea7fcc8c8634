import type { ScimClient } from "../support/ScimClient.ts"
import type { Group, GroupChange, Person, PersonChange } from "./Company.ts"
import { Connection, type Json } from "./Connection.ts"
import type { IdentityProvider } from "./IdentityProvider.ts"
import { compact, ENTERPRISE, EXTENSION, GROUP, jsonAt, LIST_RESPONSE, literal, patch, USER } from "./Wire.ts"

/** `legacy`: the default of today; `compliant`: with `aadOptscim062020` in the tenant's URL. */
export type EntraJob = "legacy" | "compliant"

// WIRE B.1: no documented User-Agent.
const headers = (withBody: boolean) => ({
  Accept: "application/scim+json",
  ...(withBody ? { "Content-Type": "application/scim+json; charset=utf-8" } : {})
})

const MEMBERS_PER_PATCH = 100

/** The mapped attributes by their paths, as the mapping page of a job lists them; `active` and references apart. */
const attributesOf = (person: Person): ReadonlyMap<string, string> => {
  const all: Record<string, string | undefined> = {
    externalId: person.objectId,
    userName: person.email,
    displayName: `${person.givenName} ${person.familyName}`,
    title: person.title,
    'emails[type eq "work"].value': person.email,
    "name.givenName": person.givenName,
    "name.familyName": person.familyName,
    "name.formatted": `${person.givenName} ${person.familyName}`,
    'phoneNumbers[type eq "work"].value': person.workPhone,
    'addresses[type eq "work"].streetAddress': person.street,
    'addresses[type eq "work"].locality': person.city,
    'addresses[type eq "work"].country': person.country,
    [`${ENTERPRISE}:employeeNumber`]: person.employeeNumber,
    [`${ENTERPRISE}:department`]: person.department,
    [`${EXTENSION}:location`]: person.location,
    [`${EXTENSION}:hireDate`]: person.hireDate,
    [`${EXTENSION}:startDate`]: person.startDate
  }
  const mapped = new Map<string, string>()
  for (const [path, value] of Object.entries(all)) if (value !== undefined) mapped.set(path, value)
  return mapped
}

/** The person as the first request has it (WIRE B.4): no manager yet. */
export const entraUser = (person: Person): Json => ({
  externalId: person.objectId,
  userName: person.email,
  active: person.active,
  displayName: `${person.givenName} ${person.familyName}`,
  title: person.title,
  emails: [{ primary: true, type: "work", value: person.email }],
  phoneNumbers: [{ type: "work", value: person.workPhone }],
  addresses: [{ type: "work", streetAddress: person.street, locality: person.city, country: person.country }],
  name: {
    formatted: `${person.givenName} ${person.familyName}`,
    familyName: person.familyName,
    givenName: person.givenName
  },
  [ENTERPRISE]: { employeeNumber: person.employeeNumber, department: person.department },
  [EXTENSION]: compact({ location: person.location, hireDate: person.hireDate, startDate: person.startDate })
})

/** What Entra remembers of somebody: our id for ever, and the values that it sent last. */
interface Remembered {
  readonly id: string
  readonly sent: ReadonlyMap<string, string>
  readonly manager: string | undefined
}

/** Entra's provisioning service as it behaves on the wire (WIRE section B). */
export class EntraClient implements IdentityProvider {
  readonly name: string
  readonly connection: Connection
  readonly #job: EntraJob
  readonly #people = new Map<string, Remembered>()
  readonly #groups = new Map<string, string>()
  readonly #formerIds = new Map<string, string>()

  constructor(job: EntraJob, client: ScimClient) {
    this.#job = job
    this.name = `Entra (${job})`
    this.connection = new Connection(this.name, client, headers)
  }

  idOf(key: string): string | undefined {
    return this.#people.get(key)?.id ?? this.#groups.get(key)
  }

  /** The manager's SCIM id as it was sent last. */
  managerOf(key: string): string | undefined {
    return this.#people.get(key)?.manager
  }

  #known(key: string): Remembered {
    const known = this.#people.get(key)
    if (known === undefined) throw new Error(`${this.name} has no id of ${key}`)
    return known
  }

  /** WIRE B.2: a filter for a random name, with `+` for blanks and raw quotes. */
  async connect(): Promise<void> {
    const path = '/Users?filter=userName+eq+"c0b7f2d4-1d0e-4a55-9a3f-7e1b2c3d4e5f"'
    const answer = await this.connection.send({ method: "GET", path }, 200)
    if (answer.at("totalResults") !== 0 || answer.at("schemas", 0) !== LIST_RESPONSE) {
      throw new Error(`no empty ListResponse: ${answer.text}`)
    }
  }

  async person({ kind, person }: PersonChange): Promise<void> {
    switch (kind) {
      case "joined":
      case "rehired":
        return this.#create(person)
      case "changed":
        return this.#update(person)
      case "left":
        return this.#enable(person, false)
      case "returned":
        await this.#enable(person, true)
        return this.#update(person)
      case "removed": {
        const { id } = this.#known(person.key)
        await this.connection.send({ method: "DELETE", path: `/Users/${id}` }, 204)
        this.#formerIds.set(person.key, id)
        this.#people.delete(person.key)
        return
      }
    }
  }

  async #match(person: Person): Promise<string | undefined> {
    const path = `/Users?filter=${encodeURIComponent(`userName eq ${literal(person.email)}`).replaceAll("%20", "+")}`
    const found = await this.connection.send({ method: "GET", path }, 200)
    return found.at("totalResults") === 0 ? undefined : found.string("Resources", 0, "id")
  }

  async #create(person: Person): Promise<void> {
    const existing = await this.#match(person)
    if (existing !== undefined) throw new Error(`${person.email} is there before it was created: ${existing}`)
    const body = {
      // WIRE B.1: the URN of a custom extension is not listed although its object is in the body.
      schemas: [USER, ENTERPRISE],
      ...entraUser(person),
      active: this.#job === "legacy" ? "True" : true,
      meta: { resourceType: "User" },
      roles: []
    }
    const created = await this.connection.send({ method: "POST", path: "/Users", body }, 201)
    const id = created.string("id")
    const former = this.#formerIds.get(person.key)
    if (former !== undefined && former !== id) {
      throw new Error(`R-USER-8: ${person.email} came back as ${id}, was ${former}`)
    }
    this.#people.set(person.key, { id, sent: attributesOf(person), manager: undefined })
  }

  /** Adding or replacing these values: one operation each (B.5), or filtered paths and one object without a path (B.6). */
  #operations(values: ReadonlyMap<string, string>, before: ReadonlyMap<string, string>): ReadonlyArray<Json> {
    const changed = [...values].filter(([path, value]) => before.get(path) !== value)
    if (this.#job === "legacy") {
      return changed.map(([path, value]) => ({ op: before.has(path) ? "Replace" : "Add", path, value }))
    }
    const filtered = changed.filter(([path]) => path.includes("["))
    const plain = changed.filter(([path]) => !path.includes("["))
    return [
      ...filtered.map(([path, value]) => ({ op: "replace", path, value })),
      ...(plain.length === 0 ? [] : [{ op: "replace", value: Object.fromEntries(plain) }])
    ]
  }

  async #patchUser(id: string, operations: ReadonlyArray<Json>): Promise<void> {
    await this.connection.send({ method: "PATCH", path: `/Users/${id}`, body: patch(...operations) }, 200)
  }

  /** Only what differs from what was sent last; an emptied value is not sent (WIRE B.1). */
  async #update(person: Person): Promise<void> {
    const known = this.#known(person.key)
    await this.#checkManager(known)
    const operations = this.#operations(attributesOf(person), known.sent)
    if (operations.length > 0) await this.#patchUser(known.id, operations)
    this.#people.set(person.key, { ...known, sent: new Map([...known.sent, ...attributesOf(person)]) })
  }

  /** WIRE B.8: Entra compares the manager with what it sent, and would send it again in every cycle if it differed. */
  async #checkManager({ id, manager }: Remembered): Promise<void> {
    const current = await this.connection.send({ method: "GET", path: `/Users/${id}` }, 200)
    const shown = current.at(ENTERPRISE, "manager")
    if (manager === undefined ? shown !== undefined : jsonAt({ shown }, "shown").value !== manager) {
      throw new Error(`R-MGR-1: sent manager ${manager}, read ${JSON.stringify(shown)}`)
    }
  }

  /** WIRE B.7 */
  async #enable(person: Person, active: boolean): Promise<void> {
    const { id } = this.#known(person.key)
    const op = this.#job === "compliant" ? "replace" : active ? "Add" : "Replace"
    const value = this.#job === "compliant" ? active : active ? "True" : "False"
    await this.#patchUser(id, [{ op, path: "active", value }])
    const seen = await this.connection.send({ method: "GET", path: `/Users/${id}` }, 200)
    if (seen.at("active") !== active) throw new Error(`active should be ${active}: ${seen.text}`)
  }

  /** Reference attributes are written last, in a request of their own (WIRE B.4). */
  async references(person: Person): Promise<void> {
    const known = this.#people.get(person.key)
    if (known === undefined || !person.active) return
    const manager = person.managerKey === undefined ? undefined : this.#people.get(person.managerKey)?.id
    if (manager === known.manager) return
    await this.#patchUser(known.id, [this.#managerOperation(manager, known.manager)])
    this.#people.set(person.key, { ...known, manager })
  }

  #managerOperation(manager: string | undefined, before: string | undefined): Json {
    const path = `${ENTERPRISE}:manager`
    if (this.#job === "compliant") return { op: "replace", path, value: { value: manager ?? "" } }
    if (manager === undefined) return { op: "Remove", path, value: before }
    return { op: before === undefined ? "Add" : "Replace", path, value: manager }
  }

  async group({ added, group, kind, removed }: GroupChange): Promise<void> {
    switch (kind) {
      case "created": {
        await this.#createGroup(group)
        return this.#changeMembers(group, added, [])
      }
      case "membersChanged":
        return this.#changeMembers(group, added, removed)
      case "renamed":
        return this.#patchGroup(group, [this.#replace("displayName", group.name)])
      case "removed":
        await this.connection.send({ method: "DELETE", path: `/Groups/${this.#groupId(group)}` }, 204)
        this.#groups.delete(group.key)
        return
    }
  }

  #groupId(group: Group): string {
    const id = this.#groups.get(group.key)
    if (id === undefined) throw new Error(`${this.name} has no id of group ${group.name}`)
    return id
  }

  #replace(path: string, value: string): Json {
    return this.#job === "legacy" ? { op: "Replace", path, value } : { op: "replace", value: { [path]: value } }
  }

  async #matchGroup(group: Group): Promise<string | undefined> {
    const filter = encodeURIComponent(`displayName eq ${literal(group.name)}`)
    const path = `/Groups?excludedAttributes=members&filter=${filter}`
    const found = await this.connection.send({ method: "GET", path }, 200)
    return found.at("totalResults") === 0 ? undefined : found.string("Resources", 0, "id")
  }

  /** WIRE B.10: no members yet, and a second URN that is no SCIM schema. */
  async #createGroup(group: Group): Promise<void> {
    const existing = await this.#matchGroup(group)
    if (existing !== undefined) throw new Error(`${group.name} is there before it was created: ${existing}`)
    const body = {
      schemas: [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
      externalId: group.objectId,
      displayName: group.name,
      meta: { resourceType: "Group" }
    }
    const created = await this.connection.send({ method: "POST", path: "/Groups", body }, 201)
    this.#groups.set(group.key, created.string("id"))
  }

  async #patchGroup(group: Group, operations: ReadonlyArray<Json>): Promise<void> {
    const path = `/Groups/${this.#groupId(group)}`
    const read = await this.connection.send({ method: "GET", path: `${path}?excludedAttributes=members` }, 200)
    if (read.at("members") !== undefined) throw new Error(`R-GROUP-5: members in ${read.text}`)
    await this.connection.send({ method: "PATCH", path, body: patch(...operations) }, 204)
  }

  /** Somebody whom Entra has deleted is in no group any more, so nothing is sent of them. */
  #ids(keys: ReadonlyArray<string>): ReadonlyArray<string> {
    return keys.flatMap((key) => this.#people.get(key)?.id ?? [])
  }

  async #changeMembers(group: Group, added: ReadonlyArray<string>, removed: ReadonlyArray<string>): Promise<void> {
    const legacy = this.#job === "legacy"
    const gone = this.#ids(removed)
    const removals = legacy
      ? [{ op: "Remove", path: "members", value: gone.map((value) => ({ $ref: null, value })) }]
      : gone.map((id) => ({ op: "remove", path: `members[value eq ${literal(id)}]` }))
    if (gone.length > 0) await this.#patchGroup(group, removals)
    const joined = this.#ids(added)
    for (let from = 0; from < joined.length; from += MEMBERS_PER_PATCH) {
      const value = joined.slice(from, from + MEMBERS_PER_PATCH).map((id) => ({ $ref: null, value: id }))
      await this.#patchGroup(group, [{ op: legacy ? "Add" : "add", path: "members", value }])
    }
  }

  /** As after "clear state and restart": matched again, then every attribute, then the reference. */
  async resyncPerson(person: Person): Promise<number> {
    const known = this.#known(person.key)
    const found = await this.#match(person)
    if (found !== known.id) throw new Error(`looked up ${person.email}, found ${found}, expected ${known.id}`)
    // Somebody disabled is out of scope: only that is said again.
    if (!person.active) {
      await this.#enable(person, false)
      return 1
    }
    await this.#patchUser(known.id, this.#operations(attributesOf(person), new Map()))
    if (known.manager === undefined) return 1
    await this.#patchUser(known.id, [this.#managerOperation(known.manager, undefined)])
    return 2
  }

  async resyncGroup(group: Group): Promise<number> {
    const found = await this.#matchGroup(group)
    if (found !== this.#groupId(group)) throw new Error(`looked up ${group.name}, found ${found}`)
    await this.#patchGroup(group, [this.#replace("displayName", group.name)])
    await this.#patchGroup(group, [this.#replace("externalId", group.objectId)])
    const members = this.#ids([...group.members])
    for (let from = 0; from < members.length; from += MEMBERS_PER_PATCH) {
      const value = members.slice(from, from + MEMBERS_PER_PATCH).map((id) => ({ $ref: null, value: id }))
      await this.#patchGroup(group, [{ op: this.#job === "legacy" ? "Add" : "add", path: "members", value }])
    }
    return 2 + Math.ceil(members.length / MEMBERS_PER_PATCH)
  }
}
