import { createOrganization } from "../support/RollcallCli.ts"
import { personJson } from "./Person.ts"
import { crowdSize, largeSize, type Plan, smallGroupCount } from "./Plan.ts"
import { type Directory, smallGroupStart, smallSize, type Target } from "./Target.ts"

/** Operations of a bulk request and members of a PATCH; well under the limits that the server advertises. */
const chunk = 100
const memberChunk = 1_000
const inFlight = 4

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const ask = async (
  port: number,
  token: string,
  method: string,
  path: string,
  body?: string
): Promise<Record<string, unknown>> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body ? { body } : {}) })
  const text = await response.text()
  if (!response.ok) throw new Error(`seeding: ${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`)
  const value: unknown = text === "" ? {} : JSON.parse(text)
  if (!isRecord(value)) throw new Error(`seeding: ${method} ${path} answered ${text.slice(0, 500)}`)
  return value
}

/** Creates `count` resources through /Bulk and gives their ids in order. */
const create = async (
  port: number,
  token: string,
  path: "/Users" | "/Groups",
  count: number,
  resource: (n: number) => string
): Promise<ReadonlyArray<string>> => {
  const ids: Array<string> = new Array(count)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const from = next
      next = Math.min(count, from + chunk)
      const posts = Array.from(
        { length: next - from },
        (_, i) => `{"method":"POST","path":"${path}","bulkId":"b${from + i}","data":${resource(from + i)}}`
      )
      const body = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[${posts.join(",")}]}`
      const { Operations } = await ask(port, token, "POST", "/scim/v2/Bulk", body)
      const done: ReadonlyArray<unknown> = Array.isArray(Operations) ? Operations : []
      posts.forEach((_, i) => {
        const result = done[i]
        if (!isRecord(result) || String(result.status) !== "201" || typeof result.location !== "string") {
          throw new Error(`seeding: bulk operation ${from + i} answered ${JSON.stringify(result)}`)
        }
        ids[from + i] = result.location.slice(result.location.lastIndexOf("/") + 1)
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return ids
}

const group = (name: string, members: ReadonlyArray<string>): string =>
  JSON.stringify({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    displayName: name,
    members: members.map((value) => ({ value }))
  })

const seedPeople = async (port: number, token: string, series: string, count: number): Promise<Directory> => ({
  token,
  ids: await create(port, token, "/Users", count, (n) => personJson(series, n))
})

/** Fills our server the way an identity provider would: over SCIM, in three organisations made with the command line. */
export const seedRollcall = async (
  env: Readonly<Record<string, string>>,
  port: number,
  plan: Plan
): Promise<Target> => {
  const tokenOf = async (subdomain: string): Promise<string> =>
    (await createOrganization(env, { subdomain, name: `Bench ${subdomain}`, preset: "rfc" })).scimToken
  const people = await seedPeople(port, await tokenOf("people"), "people", plan.people)
  const intake = await seedPeople(port, await tokenOf("intake"), "intake", 0)
  const crowd = await seedPeople(port, await tokenOf("crowd"), "crowd", crowdSize(plan))
  const smallGroups = await create(port, crowd.token, "/Groups", smallGroupCount(plan), (g) =>
    group(`Small ${g}`, crowd.ids.slice(smallGroupStart(g), smallGroupStart(g) + smallSize))
  )
  const [largeGroup = ""] = await create(port, crowd.token, "/Groups", 1, () => group("Large", []))
  for (let from = 0; from < largeSize(plan); from += memberChunk) {
    const members = crowd.ids.slice(from, Math.min(from + memberChunk, largeSize(plan)))
    const body = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "add", path: "members", value: members.map((value) => ({ value })) }]
    }
    await ask(port, crowd.token, "PATCH", `/scim/v2/Groups/${largeGroup}`, JSON.stringify(body))
  }
  return { port, people, intake, crowd: { ...crowd, smallGroups, largeGroup }, largeSize: largeSize(plan) }
}

/** What our server answers for after the runs, to be compared with what it acknowledged. */
export const countRollcall = async (target: Target): Promise<{ intake: number; largeGroup: number }> => {
  const { totalResults } = await ask(target.port, target.intake.token, "GET", "/scim/v2/Users?count=0")
  const { members } = await ask(
    target.port,
    target.crowd.token,
    "GET",
    `/scim/v2/Groups/${target.crowd.largeGroup}?attributes=members`
  )
  return { intake: Number(totalResults), largeGroup: Array.isArray(members) ? members.length : 0 }
}
