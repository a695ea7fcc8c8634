import type { Actor } from "../log/LogEntry.ts"
import type { Organization } from "../organization/Organization.ts"

/** Who asks, for which organisation, and how answers name it: what every use case needs of a request. */
export interface Caller {
  readonly organization: Organization
  /** The SCIM base URL without a trailing slash; links are built from it and never from the request. */
  readonly baseUrl: string
  readonly actor: Actor
  readonly requestId: string
  /** The request line without the query. */
  readonly line: string
  /** Characters of the body. */
  readonly size: number
  /** When the request came in, in milliseconds. */
  readonly receivedAt: number
}
