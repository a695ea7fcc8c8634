import type { ResolvedManager } from "../directory/ResolvedManager.ts"
import { displayNameOf } from "../directory/ResolvedManager.ts"
import { etagOf } from "../scim/ETag.ts"
import type { Json, JsonObject } from "../scim/Json.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { valueAt } from "./DirectoryField.ts"
import { emailOf } from "./Email.ts"
import type { PendingReason } from "./ManagerLink.ts"
import { isActive, type Source, type User } from "./User.ts"
import type { UserId } from "./UserId.ts"
import { coreText } from "./UserKeys.ts"
import { type LifecycleState, lifecycleState } from "./UserLifecycle.ts"

/** Whether the manager that was sent is the directory's, or why not (R-MGR). */
export type ManagerStatus = "none" | "followed" | PendingReason

/** A person in a list: the directory's own fields, and where they stand. Times are milliseconds since 1970 UTC. */
export interface PersonSummary {
  readonly id: UserId
  /** The User ID. */
  readonly number: number
  readonly userName: string
  /** The displayName, else first and last name, else the userName. */
  readonly name: string
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly title: string | null
  readonly employeeNumber: string | null
  readonly location: string | null
  readonly state: LifecycleState
  /** The day on which the clock starts the person, an ISO 8601 date. */
  readonly startsOn: string | null
  readonly manager: ResolvedManager | null
  readonly managerStatus: ManagerStatus
  readonly origin: Source
  readonly version: string
  readonly createdAt: number
  readonly lastModifiedAt: number
}

/** Where a person stands on their way in and out. */
export const stateOf = (user: User): LifecycleState =>
  lifecycleState({
    standing: user.standing,
    active: isActive(user.attributes),
    deleted: user.deletedAt !== undefined
  })

/** `managerName` is what the directory's manager of the person is called. */
export const personSummary = (extensionUrn: string, user: User, managerName: string | undefined): PersonSummary => {
  const { attributes, manager } = user
  const text = (...path: ReadonlyArray<string>): string | null => textOf(valueAt(attributes, path))
  return {
    id: user.id,
    number: user.number,
    userName: coreText(attributes, "userName") ?? "",
    name: nameOf(attributes),
    email: emailOf(attributes) ?? null,
    firstName: text("name", "givenName"),
    lastName: text("name", "familyName"),
    title: text("title"),
    employeeNumber: text(enterpriseUserUrn, "employeeNumber"),
    location: text(extensionUrn, "location"),
    state: stateOf(user),
    startsOn: user.standing.startedAt === undefined ? (user.standing.startsOn ?? null) : null,
    manager: manager.id === undefined ? null : { id: manager.id, displayName: managerName ?? manager.id },
    managerStatus: managerStatus(user),
    origin: user.origin,
    version: etagOf(user.version),
    createdAt: user.createdAt,
    lastModifiedAt: user.lastModifiedAt
  }
}

export const managerStatus = ({ manager }: Pick<User, "manager">): ManagerStatus =>
  manager.pending?.reason ?? (manager.id === undefined ? "none" : "followed")

const textOf = (value: Json | undefined): string | null => (typeof value === "string" && value !== "" ? value : null)

const nameOf = (attributes: JsonObject): string => {
  const parts = ["givenName", "familyName"].flatMap((part) => textOf(valueAt(attributes, ["name", part])) ?? [])
  return coreText(attributes, "displayName") ?? (parts.length > 0 ? parts.join(" ") : displayNameOf(attributes))
}
