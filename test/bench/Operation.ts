import { personJson, userName } from "./Person.ts"
import { required, smallGroupStart, smallSize, type Target } from "./Target.ts"

/** What one request of a benchmark carries; the generator adds the host and the length. */
export interface ScimRequest {
  readonly method: "GET" | "POST" | "PATCH"
  readonly path: string
  readonly token: string
  readonly body?: string
}

/** A measured operation: the n-th request to a target, the one status it may answer and what its body must say. */
export interface Operation {
  readonly title: string
  readonly writes: boolean
  /** The most requests of one run; where it is undefined, time alone ends a run. */
  readonly limit?: (connections: number) => number
  readonly status: number
  readonly request: (target: Target, n: number) => ScimRequest
  readonly check: (target: Target, n: number, body: string) => boolean
}

export type OperationName = "post" | "get" | "filter" | "list" | "patch" | "member-small" | "member-large"

/** A list page's resources; both servers are asked for the same page. */
const pageSize = 100

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null
const parse = (body: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(body)
  return isRecord(value) ? value : {}
}
const resources = (body: string): ReadonlyArray<unknown> => {
  const list = parse(body).Resources
  return Array.isArray(list) ? list : []
}

const patch = (operation: string): string =>
  `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[${operation}]}`

const addMember = (id: string): string => patch(`{"op":"add","path":"members","value":[{"value":"${id}"}]}`)

const personOf = (target: Target, n: number): number => (n * 7919) % target.people.ids.length

/** Adds of members are bounded by the people seeded for them; alone no server gets near its bound in a run's time. */
export const memberLimit = (connections: number): number => (connections === 1 ? 1_500 : 4_000)

export const operations: Record<OperationName, Operation> = {
  post: {
    title: "POST a user",
    writes: true,
    status: 201,
    request: (target, n) => ({
      method: "POST",
      path: "/scim/v2/Users",
      token: target.intake.token,
      body: personJson("intake", n)
    }),
    check: (_, n, body) => {
      const user = parse(body)
      return typeof user.id === "string" && user.userName === userName("intake", n) && Array.isArray(user.emails)
    }
  },
  get: {
    title: "GET a user by id",
    writes: false,
    status: 200,
    request: (target, n) => ({
      method: "GET",
      path: `/scim/v2/Users/${required(target.people.ids, personOf(target, n))}`,
      token: target.people.token
    }),
    check: (target, n, body) => {
      const user = parse(body)
      return (
        user.id === target.people.ids[personOf(target, n)] &&
        user.userName === userName("people", personOf(target, n)) &&
        Array.isArray(user.emails)
      )
    }
  },
  filter: {
    title: "GET users, userName eq",
    writes: false,
    status: 200,
    request: (target, n) => ({
      method: "GET",
      path: `/scim/v2/Users?filter=userName%20eq%20%22${encodeURIComponent(userName("people", personOf(target, n)))}%22`,
      token: target.people.token
    }),
    check: (target, n, body) => {
      const first = resources(body)[0]
      return parse(body).totalResults === 1 && isRecord(first) && first.id === target.people.ids[personOf(target, n)]
    }
  },
  list: {
    title: `GET a page of ${pageSize}`,
    writes: false,
    status: 200,
    request: (target) => ({
      method: "GET",
      path: `/scim/v2/Users?startIndex=1&count=${pageSize}`,
      token: target.people.token
    }),
    check: (target, _, body) => {
      const page = resources(body)
      return (
        parse(body).totalResults === target.people.ids.length &&
        page.length === Math.min(pageSize, target.people.ids.length) &&
        page.every((user) => isRecord(user) && Array.isArray(user.emails))
      )
    }
  },
  patch: {
    title: "PATCH a user's title",
    writes: true,
    status: 200,
    request: (target, n) => ({
      method: "PATCH",
      path: `/scim/v2/Users/${required(target.people.ids, personOf(target, n))}`,
      token: target.people.token,
      body: patch(`{"op":"replace","path":"title","value":"Title ${n}"}`)
    }),
    check: (_, n, body) => parse(body).title === `Title ${n}`
  },
  "member-small": {
    title: `add 1 member, group of ${smallSize}`,
    writes: true,
    limit: memberLimit,
    status: 204,
    request: (target, n) => {
      const groups = target.crowd.smallGroups.length
      const group = n % groups
      const added = Math.floor(n / groups)
      if (added >= smallSize) throw new Error(`the ${groups} small groups have had all their additions`)
      return {
        method: "PATCH",
        path: `/scim/v2/Groups/${required(target.crowd.smallGroups, group)}`,
        token: target.crowd.token,
        body: addMember(required(target.crowd.ids, smallGroupStart(group) + smallSize + added))
      }
    },
    check: (_, __, body) => body === ""
  },
  "member-large": {
    title: "add 1 member, large group",
    writes: true,
    limit: memberLimit,
    status: 204,
    request: (target, n) => ({
      method: "PATCH",
      path: `/scim/v2/Groups/${target.crowd.largeGroup}`,
      token: target.crowd.token,
      body: addMember(required(target.crowd.ids, target.largeSize + n))
    }),
    check: (_, __, body) => body === ""
  }
}

/** Operations that are measured side by side, because one is judged by the other. */
export const families: ReadonlyArray<ReadonlyArray<OperationName>> = [
  ["get"],
  ["filter"],
  ["list"],
  ["post"],
  ["patch"],
  ["member-small", "member-large"]
]
