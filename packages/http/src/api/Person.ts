import { Source } from "@rollcall/domain/user/User"
import { Schema } from "effect"
import { Moment } from "./ApiTypes.ts"

/** A person or group by id and name. */
export const Named = Schema.Struct({ id: Schema.String, displayName: Schema.String })

/** An ISO 8601 date, a day of the organisation's time zone. */
const Day = Schema.String.annotate({ format: "date" })

/** A person in a list: the directory's own fields, and where they stand. */
export const Person = Schema.Struct({
  /** The SCIM ID. */
  id: Schema.String,
  /** The User ID. */
  userId: Schema.Int,
  userName: Schema.String,
  name: Schema.String,
  email: Schema.NullOr(Schema.String),
  firstName: Schema.NullOr(Schema.String),
  lastName: Schema.NullOr(Schema.String),
  title: Schema.NullOr(Schema.String),
  employeeNumber: Schema.NullOr(Schema.String),
  location: Schema.NullOr(Schema.String),
  /** Only whoever is `started` may sign in and is notified. */
  state: Schema.Literals(["scheduled", "started", "deactivatedBeforeStart", "deactivated", "deleted"]),
  /** The day on which somebody who has not started yet starts. */
  startsOn: Schema.NullOr(Day),
  /** The directory's manager of the person. */
  manager: Schema.NullOr(Named),
  /** Whether the manager that was sent is the directory's, or why not. */
  managerStatus: Schema.Literals(["none", "followed", "unmatched", "ambiguous", "self", "switchedOff", "reviewWindow"]),
  /** How the account was made. */
  origin: Source,
  /** An entity tag, for `If-Match`. */
  version: Schema.String,
  createdAt: Moment,
  lastModifiedAt: Moment
}).annotate({ identifier: "Person" })
