import type { ScimClient } from "../support/ScimClient.ts"
import type { Group, GroupChange, Person, PersonChange } from "./Company.ts"
import { Connection, type Json } from "./Connection.ts"
import type { IdentityProvider } from "./IdentityProvider.ts"
import { compact, ENTERPRISE, EXTENSION, GROUP, isJson, jsonAt, literal, patch, USER } from "./Wire.ts"

/** `wizard`: made with the App Integration Wizard, PUT only; `catalogue`: from the integration network, PATCH as well. */
export type OktaApp = "wizard" | "catalogue"

// WIRE A.1
const headers = (withBody: boolean) => ({
  Accept: "application/scim+json",
  "Accept-Charset": "utf-8",
  ...(withBody ? { "Content-Type": "application/scim+json; charset=utf-8" } : {}),
  "User-Agent": "Okta SCIM Client 1.0.0",
  "Accept-Encoding": "gzip,deflate"
})

/** The attributes that the app maps, without those that Okta sends on creation only. */
export const oktaProfile = (person: Person): Json => ({
  userName: person.email,
  name: { givenName: person.givenName, familyName: person.familyName },
  emails: [{ primary: true, value: person.email, type: "work" }],
  title: person.title,
  displayName: `${person.givenName} ${person.familyName}`,
  locale: "en-US",
  externalId: person.oktaId,
  active: person.active,
  [ENTERPRISE]: compact({
    employeeNumber: person.employeeNumber,
    department: person.department,
    manager: person.managerEmail === undefined ? undefined : { value: person.managerEmail }
  }),
  [EXTENSION]: compact({ location: person.location, hireDate: person.hireDate, startDate: person.startDate })
})

/** WIRE A.5: the answer to the GET just before, with the mapped attributes written over it. */
const overwrite = (current: Json, profile: Json): Json => {
  const merged: Record<string, unknown> = { ...current }
  for (const [key, value] of Object.entries(profile)) {
    const before = merged[key]
    merged[key] = isJson(value) && isJson(before) ? overwrite(before, value) : value
  }
  return merged
}

/** Okta as the application's provisioning side behaves (WIRE section A). */
export class OktaClient implements IdentityProvider {
  readonly name: string
  readonly connection: Connection
  readonly #app: OktaApp
  readonly #ids = new Map<string, string>()
  readonly #userNames = new Map<string, string>()

  constructor(app: OktaApp, client: ScimClient) {
    this.#app = app
    this.name = `Okta (${app})`
    this.connection = new Connection(this.name, client, headers)
  }

  idOf(key: string): string | undefined {
    return this.#ids.get(key)
  }

  #known(key: string): string {
    const id = this.#ids.get(key)
    if (id === undefined) throw new Error(`${this.name} has never provisioned ${key}`)
    return id
  }

  async connect(): Promise<void> {
    await this.connection.send({ method: "GET", path: "/Users?startIndex=1&count=2" }, 200)
    await this.connection.send({ method: "GET", path: "/Groups?startIndex=1&count=100" }, 200)
  }

  async #lookUp(type: "Users" | "Groups", attribute: string, value: string): Promise<string | undefined> {
    const filter = encodeURIComponent(`${attribute} eq ${literal(value)}`)
    const path = `/${type}?filter=${filter}&startIndex=1&count=100`
    const found = await this.connection.send({ method: "GET", path }, 200)
    return found.at("totalResults") === 0 ? undefined : found.string("Resources", 0, "id")
  }

  async person({ kind, person }: PersonChange): Promise<void> {
    switch (kind) {
      case "joined":
        return this.#assign(person)
      case "changed":
        return this.#pushProfile(person)
      case "left":
        return this.#activate(person, false)
      case "returned":
      case "rehired":
        return this.#reassign(person)
      case "removed":
        // WIRE A.6: nothing more is sent when somebody deactivated is deleted in Okta.
        return
    }
  }

  // Okta has no references: managers are text in the profile.
  async references(): Promise<void> {}

  async #assign(person: Person): Promise<void> {
    this.#userNames.set(person.key, person.email)
    const existing = await this.#lookUp("Users", "userName", person.email)
    if (existing !== undefined) {
      this.#ids.set(person.key, existing)
      return this.#pushProfile(person)
    }
    const body = {
      schemas: [USER, ENTERPRISE, EXTENSION],
      ...oktaProfile(person),
      groups: [],
      password: `q7Rz${person.key}Xy`
    }
    const created = await this.connection.send({ method: "POST", path: "/Users", body }, 201)
    this.#ids.set(person.key, created.string("id"))
  }

  async #pushProfile(person: Person): Promise<void> {
    const path = `/Users/${this.#known(person.key)}`
    const current = await this.connection.send({ method: "GET", path }, 200)
    const body: Record<string, unknown> = {
      ...overwrite(isJson(current.body) ? current.body : {}, oktaProfile(person))
    }
    if (person.managerEmail === undefined) {
      // An emptied manager is pushed as an empty value: what we echoed of the old one must not keep it alive.
      body[ENTERPRISE] = { ...jsonAt(body, ENTERPRISE), manager: { value: "" } }
    }
    const answer = await this.connection.send({ method: "PUT", path, body }, 200)
    if (answer.at("id") !== this.#known(person.key)) throw new Error(`PUT ${path} answered another id: ${answer.text}`)
    this.#userNames.set(person.key, person.email)
  }

  /** WIRE A.6 and A.7; the wizard's apps send what they last read, with `active` turned. */
  async #activate(person: Person, active: boolean): Promise<void> {
    const path = `/Users/${this.#known(person.key)}`
    if (this.#app === "catalogue") {
      const answer = await this.connection.send(
        { method: "PATCH", path, body: patch({ op: "replace", value: { active } }) },
        200
      )
      if (answer.at("active") !== active) throw new Error(`PATCH ${path} answered ${answer.text}`)
      return
    }
    const current = await this.connection.send({ method: "GET", path }, 200)
    const body = { ...(isJson(current.body) ? current.body : {}), active }
    const answer = await this.connection.send({ method: "PUT", path, body }, 200)
    if (answer.at("active") !== active) throw new Error(`PUT ${path} answered ${answer.text}`)
  }

  /** WIRE A.4 and A.7: found by user name although inactive, the same id, activated, then the profile. */
  async #reassign(person: Person): Promise<void> {
    const found = await this.#lookUp("Users", "userName", person.email)
    if (found !== this.#known(person.key)) throw new Error(`looked up ${person.email}, found ${found}`)
    await this.#activate(person, true)
    await this.#pushProfile(person)
  }

  #members(keys: Iterable<string>): ReadonlyArray<Json> {
    return Array.from(keys, (key) => ({ value: this.#known(key), display: this.#userNames.get(key) }))
  }

  async group({ added, group, kind, removed }: GroupChange): Promise<void> {
    switch (kind) {
      case "created":
        return this.#pushNewGroup(group)
      case "membersChanged":
        return this.#app === "wizard" ? this.#putGroup(group) : this.#patchMembers(group, added, removed)
      case "renamed":
        return this.#app === "wizard" ? this.#putGroup(group) : this.#patchName(group)
      case "removed": {
        const path = `/Groups/${this.#known(group.key)}`
        await this.connection.send({ method: "DELETE", path }, 204)
        this.#ids.delete(group.key)
        return
      }
    }
  }

  /** WIRE A.11 */
  async #pushNewGroup(group: Group): Promise<void> {
    const existing = await this.#lookUp("Groups", "displayName", group.name)
    if (existing === undefined) {
      const body = { schemas: [GROUP], displayName: group.name, members: [] }
      const created = await this.connection.send({ method: "POST", path: "/Groups", body }, 201)
      this.#ids.set(group.key, created.string("id"))
    } else {
      this.#ids.set(group.key, existing)
    }
    await this.connection.send({ method: "GET", path: `/Groups/${this.#known(group.key)}` }, 200)
    if (this.#app === "wizard") return this.#putGroup(group)
    if (group.members.size > 0) await this.#pushNow(group)
  }

  async #putGroup(group: Group): Promise<void> {
    const id = this.#known(group.key)
    const body = { schemas: [GROUP], id, displayName: group.name, members: this.#members(group.members) }
    await this.connection.send({ method: "PUT", path: `/Groups/${id}`, body }, 200)
  }

  async #patchName(group: Group): Promise<void> {
    const id = this.#known(group.key)
    const body = patch({ op: "replace", value: { id, displayName: group.name } })
    await this.connection.send({ method: "PATCH", path: `/Groups/${id}`, body }, 200, 204)
  }

  async #patchMembers(group: Group, added: ReadonlyArray<string>, removed: ReadonlyArray<string>): Promise<void> {
    const path = `/Groups/${this.#known(group.key)}`
    await this.#patchName(group)
    const operations: Array<Json> = removed.map((key) => ({
      op: "remove",
      path: `members[value eq ${literal(this.#known(key))}]`
    }))
    if (added.length > 0) operations.push({ op: "add", path: "members", value: this.#members(added) })
    if (operations.length === 0) return
    await this.connection.send({ method: "PATCH", path, body: patch(...operations) }, 200, 204)
  }

  /** "Push now": a full overwrite. */
  async #pushNow(group: Group): Promise<void> {
    const path = `/Groups/${this.#known(group.key)}`
    const body = patch({ op: "replace", path: "members", value: this.#members(group.members) })
    await this.connection.send({ method: "PATCH", path, body }, 200, 204)
  }

  async resyncPerson(person: Person): Promise<number> {
    await this.#pushProfile(person)
    return 1
  }

  async resyncGroup(group: Group): Promise<number> {
    if (this.#app === "wizard") {
      await this.#putGroup(group)
      return 1
    }
    await this.#patchName(group)
    await this.#pushNow(group)
    return 2
  }
}
