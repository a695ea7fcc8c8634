import { openDatabase, type TestDatabase } from "../support/Databases.ts"
import type { CreatedOrganization, NewOrganization } from "../support/RollcallCli.ts"
import { createOrganizations } from "../support/RollcallHere.ts"
import { type RunningServer, type ServerOptions, startServer } from "../support/RunningServer.ts"
import { type ScimClient, type ScimRequest, type ScimResponse, scim } from "../support/ScimClient.ts"

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
export const SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
export const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

/** Where every server says it is, so that two of them answer the same text. */
const PUBLIC_URL = "http://scim.rollcall.example"

/** An organisation as its identity provider meets it behind a balancer that sends requests to the servers in turn. */
export interface ReplicatedOrganization extends CreatedOrganization {
  /** One for each server, in their order. */
  readonly clients: ReadonlyArray<ScimClient>
  request(request: ScimRequest): Promise<ScimResponse>
}

export interface Replicas {
  readonly servers: ReadonlyArray<RunningServer>
  readonly database: TestDatabase
  /** `postgresql://…`, to look behind the servers. */
  readonly databaseUrl: string
  organization(subdomain: string): ReplicatedOrganization
  /** Stops the servers and deletes the database, unless it was handed in. */
  stop(): Promise<void>
}

export interface ReplicasOptions extends ServerOptions {
  readonly organizations: ReadonlyArray<NewOrganization>
  /** Default two. */
  readonly servers?: number
  /** Default an empty one on the PostgreSQL 15 of this test run. */
  readonly database?: TestDatabase
}

/** An organisation reached at several addresses in turn. */
export const replicated = (
  created: CreatedOrganization,
  baseUrls: ReadonlyArray<string>,
  token: string = created.scimToken
): ReplicatedOrganization => {
  const clients = baseUrls.map((baseUrl) => scim(`${baseUrl}/scim/v2`, token))
  let turn = 0
  return {
    ...created,
    clients,
    request: (request) => {
      const client = clients[turn++ % clients.length]
      return client === undefined ? Promise.reject(new Error("no server was started")) : client.request(request)
    }
  }
}

/** Several servers on one database of PostgreSQL 15, with organisations made by the command line. */
export const startReplicas = async (options: ReplicasOptions): Promise<Replicas> => {
  const { database: handed, organizations: wanted, servers: count = 2, ...serverOptions } = options
  const database = handed ?? (await openDatabase("postgresql"))
  const servers: Array<RunningServer> = []
  const clients: Array<ScimClient> = []
  const stop = async () => {
    for (const client of clients) client.close()
    await Promise.all(servers.map((server) => server.stop()))
    if (handed === undefined) await database.drop()
  }
  try {
    const env = { PUBLIC_URL, ...serverOptions.env, ...database.env }
    const created = await createOrganizations(env, wanted)
    const starting = Array.from({ length: count }, async () =>
      servers.push(await startServer({ ...serverOptions, env }))
    )
    await Promise.all(starting)
    const organizations = created.map((one) =>
      replicated(
        one,
        servers.map((server) => server.baseUrl)
      )
    )
    for (const organization of organizations) clients.push(...organization.clients)
    return {
      servers,
      database,
      databaseUrl: database.env.DATABASE_URL ?? "",
      organization: (subdomain) => {
        const found = organizations.find((organization) => organization.subdomain === subdomain)
        if (found === undefined) throw new Error(`no organisation ${subdomain} was asked for`)
        return found
      },
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Makes so many people at once, named `<prefix>1@…` and so on, and gives their ids in that order. */
export const makePeople = async (
  organization: Pick<ReplicatedOrganization, "request">,
  prefix: string,
  count: number
): Promise<ReadonlyArray<string>> => {
  const answers = await inParallel(count, (index) =>
    organization.request({
      method: "POST",
      path: "/Users",
      body: {
        schemas: [USER],
        userName: `${prefix}${index + 1}@fjordhold.example`,
        displayName: `${prefix} ${index + 1}`
      }
    })
  )
  return answers.map((answer) => {
    if (answer.status !== 201) throw new Error(`a person was not made: ${answer.status} ${answer.text}`)
    return answer.string("id")
  })
}

/** Makes a group with these members and gives its id. */
export const makeGroup = async (
  organization: Pick<ReplicatedOrganization, "request">,
  displayName: string,
  members: ReadonlyArray<string> = []
): Promise<string> => {
  const body = { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) }
  const answer = await organization.request({ method: "POST", path: "/Groups", body })
  if (answer.status !== 201) throw new Error(`a group was not made: ${answer.status} ${answer.text}`)
  return answer.string("id")
}

/** Starts them all before waiting for any. */
export const inParallel = <A>(count: number, start: (index: number) => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: count }, (_, index) => start(index)))

export interface PatchOperation {
  readonly op: "add" | "remove" | "replace"
  readonly path?: string
  readonly value?: unknown
}

/** A PATCH of these operations. */
export const patch = (
  path: string,
  operations: ReadonlyArray<PatchOperation>,
  headers: Readonly<Record<string, string>> = {}
): ScimRequest => ({ method: "PATCH", path, headers, body: { schemas: [PATCH_OP], Operations: operations } })

export const addMember = (group: string, id: string): ScimRequest =>
  patch(`/Groups/${group}`, [{ op: "add", path: "members", value: [{ value: id }] }])

export const removeMember = (group: string, id: string): ScimRequest =>
  patch(`/Groups/${group}`, [{ op: "remove", path: `members[value eq "${id}"]` }])

/** How often each status was answered: `{ "201": 1, "409": 49 }`. */
export const statuses = (answers: ReadonlyArray<ScimResponse>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** The ids in the `members` of a group as it was answered, sorted. */
export const memberIdsOf = (group: ScimResponse): ReadonlyArray<string> => {
  const members = group.at("members")
  if (members === undefined) return []
  if (!Array.isArray(members)) throw new Error(`no members in ${group.text}`)
  return members.map((_, index) => group.string("members", index, "value")).sort()
}
