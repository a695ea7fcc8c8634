import { Schema } from "effect"
import { type Group, GroupId } from "../group/Group.ts"
import { GroupTypeId } from "../group/GroupType.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject, ownMember } from "../scim/Json.ts"
import { enterpriseUserUrn } from "../scim/schemas/EnterpriseUserSchema.ts"
import { customAttributePrefix } from "../scim/schemas/ExtensionUserSchema.ts"
import { isoDateOf } from "../user/CalendarDate.ts"
import { valueAt } from "../user/DirectoryField.ts"
import { emailOf } from "../user/Email.ts"
import { isActive, type User } from "../user/User.ts"
import { UserId } from "../user/UserId.ts"
import { coreText } from "../user/UserKeys.ts"
import { lifecycleState } from "../user/UserLifecycle.ts"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** The values of a custom attribute (R-USER-4). */
const CustomValue = Schema.Union([Scalar, Schema.Array(Scalar)])

const Text = Schema.NullOr(Schema.String)
const Day = Schema.NullOr(Schema.String.annotate({ format: "date" }))

/**
 * A person as the product next door knows them: the directory's own fields (R-USER-2), whole, as they stood when the
 * event was written. Null: there is none. Dates are ISO 8601. Never a password.
 */
export const UserState = Schema.Struct({
  id: UserId.annotate({ description: "The SCIM ID, a UUID" }),
  userId: Schema.Int.annotate({ description: "The User ID, a number within the organisation" }),
  version: Schema.Int.annotate({ description: "Counts up with every change of the SCIM resource; its ETag" }),
  externalId: Text,
  userName: Schema.String,
  email: Text.annotate({ description: "The primary address, else that of type work, else the first" }),
  displayName: Text,
  firstName: Text,
  lastName: Text,
  title: Text,
  employeeNumber: Text,
  location: Text,
  manager: Schema.NullOr(UserId).annotate({ description: "The SCIM ID of the manager whom the directory follows" }),
  startDate: Day,
  hireDate: Day,
  terminationDate: Day,
  custom: Schema.Record(Schema.String, CustomValue).annotate({ description: "The custom_ attributes, by their names" }),
  active: Schema.Boolean.annotate({ description: "What SCIM says; whoever is scheduled is active, too" }),
  state: Schema.Literals(["scheduled", "started", "deactivatedBeforeStart", "deactivated", "deleted"]).annotate({
    description: "Only who is started may sign in and be notified"
  })
}).annotate({ identifier: "UserState" })
export type UserState = typeof UserState.Type

/** A group as the product next door knows it, its members and admins apart, as it stood when the event was written. */
export const GroupState = Schema.Struct({
  id: GroupId.annotate({ description: "The SCIM ID, a UUID" }),
  version: Schema.Int.annotate({ description: "Counts up with every change of the SCIM resource, members included" }),
  externalId: Text,
  displayName: Schema.String,
  groupType: GroupTypeId.annotate({ description: "The id of the group type that admins put the group into" })
}).annotate({ identifier: "GroupState" })
export type GroupState = typeof GroupState.Type

/** What a person looks like to those who follow events. */
export const userState = (
  extensionUrn: string,
  user: Pick<User, "id" | "number" | "attributes" | "standing" | "manager" | "version" | "deletedAt">
): UserState => {
  const { attributes } = user
  const text = (...path: ReadonlyArray<string>): string | null => {
    const value = valueAt(attributes, path)
    return typeof value === "string" && value !== "" ? value : null
  }
  const date = (name: string): string | null => isoDateOf(text(extensionUrn, name) ?? undefined) ?? null
  const deleted = user.deletedAt !== undefined
  return {
    id: user.id,
    userId: user.number,
    version: user.version,
    externalId: text("externalId"),
    userName: coreText(attributes, "userName") ?? "",
    email: emailOf(attributes) ?? null,
    displayName: text("displayName"),
    firstName: text("name", "givenName"),
    lastName: text("name", "familyName"),
    title: text("title"),
    employeeNumber: text(enterpriseUserUrn, "employeeNumber"),
    location: text(extensionUrn, "location"),
    manager: user.manager.id ?? null,
    startDate: date("startDate"),
    hireDate: date("hireDate"),
    terminationDate: date("terminationDate"),
    custom: customOf(ownMember(attributes, extensionUrn)),
    active: isActive(attributes),
    state: lifecycleState({ standing: user.standing, active: isActive(attributes), deleted })
  }
}

/** What a group looks like to those who follow events. */
export const groupState = (
  group: Pick<Group, "id" | "version" | "externalId" | "displayName" | "type">
): GroupState => ({
  id: group.id,
  version: group.version,
  externalId: group.externalId ?? null,
  displayName: group.displayName,
  groupType: group.type
})

type CustomValue = typeof CustomValue.Type

/** `fromEntries` and no assignment: `custom___proto__` stays a name like others (ABUSE-29). */
const customOf = (extension: Json | undefined): Readonly<Record<string, CustomValue>> =>
  isJsonObject(extension)
    ? Object.fromEntries(
        Object.keys(extension).flatMap((name) => {
          const value = name.toLowerCase().startsWith(customAttributePrefix) ? customValue(extension, name) : undefined
          return value === undefined ? [] : [[name, value] as const]
        })
      )
    : {}

const customValue = (extension: JsonObject, name: string): CustomValue | undefined => {
  const value = ownMember(extension, name)
  if (isScalar(value)) return value
  return isJsonArray(value) ? value.filter(isScalar) : undefined
}

const isScalar = (value: Json | undefined): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
