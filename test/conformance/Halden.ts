import type { Expectation } from "./Case.ts"
import type { Json, JsonObject } from "./Json.ts"

/** The invented customer of all cases, Halden Robotics: its people and groups, and what an answer about them looks like. */

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
export const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"
export const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
export const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
export const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
export const BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

/** The user name, and email, of a person of this case. */
export const mail = (name: string): string => `${name}.{{case}}@haldenrobotics.example`

/** The same, percent-encoded as Okta does in a query. */
export const encodedMail = (name: string): string => `${name}.{{case}}%40haldenrobotics.example`

export const ines = mail("ines.okafor")
export const mateo = mail("mateo.brandt")
export const sunhee = mail("sun-hee.park")

/** One primary work address. */
export const workEmail = (value: string): Json => [{ primary: true, type: "work", value }]

/** A person with the least that both kinds of client send; `more` goes over it. */
export const person = (userName: string, givenName: string, familyName: string, more: JsonObject = {}): JsonObject => ({
  schemas: [USER],
  userName,
  name: { givenName, familyName },
  emails: workEmail(userName),
  displayName: `${givenName} ${familyName}`,
  active: true,
  ...more
})

/** A PatchOp message. */
export const patchOp = (...operations: ReadonlyArray<Json>): Json => ({ schemas: [PATCH_OP], Operations: operations })

const isoInstant = { $match: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" }
const uuid = { $match: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }

const resource = (type: "User" | "Group", urn: string): JsonObject => ({
  id: uuid,
  schemas: { $contains: urn },
  meta: {
    resourceType: type,
    created: isoInstant,
    lastModified: isoInstant,
    location: { $match: `/scim/v2/${type}s/[0-9a-f-]{36}$` },
    version: { $match: '^W/".+"$' }
  }
})

/** An answer that is a whole user: what every user has (RFC 7643 3.1), and `more`. */
export const user = (status: number, more: JsonObject): Expectation => ({
  status,
  headers: { "content-type": { $match: "^application/scim\\+json" } },
  body: { ...resource("User", USER), ...more },
  absent: ["$.password", "$.groups"]
})

/** An answer that is a whole group: what every group has, and `more`. */
export const group = (status: number, more: JsonObject): Expectation => ({
  status,
  headers: { "content-type": { $match: "^application/scim\\+json" } },
  body: { ...resource("Group", GROUP), ...more }
})

/** A list answer of 200 with exactly these resources; `total` where there are more than the page has. */
export const list = (resources: ReadonlyArray<Json>, total = resources.length, startIndex = 1): Expectation => ({
  status: 200,
  body: {
    schemas: [LIST],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources
  }
})

/** A list answer of 200 that matched nothing (never 404: WIRE 0.1 fact 7). */
export const emptyList: Expectation = list([])

/** A SCIM error; its shape is checked of every answer, here what it says. */
export const refusal = (status: number, scimType?: string, detail?: string): Expectation => ({
  status,
  body: {
    schemas: [ERROR],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: detail === undefined ? { $match: "\\S" } : { $match: detail }
  }
})

/** 204, without a body. */
export const noContent: Expectation = { status: 204 }

/** 404, as after a DELETE. */
export const gone: Expectation = refusal(404)

/** No members: the attribute is left out, or an empty array. */
export const noMembers: Json = { $oneOf: [{ $absent: true }, []] }

/** Exactly these members, in any order, by id. */
export const members = (...ids: ReadonlyArray<string>): Json => ({ $unordered: ids.map((value) => ({ value })) })

/** A manager that was found, as read back: `value` is what was sent (R-MGR-1). */
export const managerAsSent = (value: string, id: string, displayName: string): Json => ({
  value,
  displayName,
  $ref: `{{base}}/Users/${id}`
})
