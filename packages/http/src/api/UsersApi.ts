import { MatchingRule } from "@rollcall/domain/user/MatchingRule"
import { Source } from "@rollcall/domain/user/User"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { Named, Person } from "./Person.ts"
import { problems } from "./Problem.ts"

/** A text of a request that is compared or stored as one line. */
export const Line = Schema.String.check(Schema.isMaxLength(512))

/** What happened to the person, as a log entry tells it. */
const Told = Schema.Struct({
  caseCode: Schema.String,
  at: Moment,
  outcome: Schema.Literals(["created", "revived", "overwritten", "updated", "unchanged", "deleted", "refused"]),
  headline: Schema.String,
  sentences: Schema.Array(Schema.String)
})

/** All that the directory knows of a person. */
export const PersonDetails = Schema.Struct({
  person: Person,
  /** By which rule the reference named the person. */
  matchedBy: MatchingRule,
  /** The first later rule by which it would have named somebody else. */
  alsoMatchedBy: Schema.NullOr(MatchingRule),
  /** The SCIM attributes as they were sent. */
  attributes: Schema.Record(Schema.String, Schema.Json),
  /** The directory's own fields, and who wrote each last. */
  fields: Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.Json, source: Source })),
  /** Whether the person may sign in, since when or until when, and why: a sentence each. */
  standing: Schema.Array(Schema.String),
  manager: Schema.Struct({
    /** The reference that led to the manager, as it was sent, and the rule by which it did. */
    reference: Schema.NullOr(Schema.String),
    matchedBy: Schema.NullOr(MatchingRule),
    /** The reference that was sent last and is not followed; `person.managerStatus` is why. */
    notFollowed: Schema.NullOr(Schema.String),
    explanation: Schema.Array(Schema.String)
  }),
  groups: Schema.Array(Named),
  adminOf: Schema.Array(Named),
  /** When the identity provider last sent something about the person, and what became of it. */
  lastCall: Schema.String,
  /** The latest twenty entries of the log about the person, the latest first. */
  story: Schema.Array(Told)
}).annotate({ identifier: "PersonDetails" })

const CustomScalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** Somebody who is added by hand; dates are `MM/DD/YYYY` or ISO 8601. */
export const NewPerson = Schema.Struct({
  email: Line,
  /** The e-mail where none is given. */
  userName: Schema.optionalKey(Line),
  firstName: Schema.optionalKey(Line),
  lastName: Schema.optionalKey(Line),
  displayName: Schema.optionalKey(Line),
  title: Schema.optionalKey(Line),
  employeeNumber: Schema.optionalKey(Line),
  location: Schema.optionalKey(Line),
  /** SCIM ID, User ID, e-mail or employee number. */
  manager: Schema.optionalKey(Line),
  startDate: Schema.optionalKey(Line),
  hireDate: Schema.optionalKey(Line),
  terminationDate: Schema.optionalKey(Line),
  /** By names that begin with `custom_`. */
  custom: Schema.optionalKey(Schema.Record(Schema.String, Schema.Union([CustomScalar, Schema.Array(CustomScalar)])))
}).annotate({ identifier: "NewPerson" })

/** Which version a write is meant for; 412 where it is another. */
export const ifMatch = { "if-match": Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1_024))) }

/** A SCIM filter and an order, for lists. */
export const listQuery = {
  ...pageQuery,
  /** A SCIM filter (RFC 7644 section 3.4.2.2). */
  filter: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(8_192))),
  /** A SCIM attribute. */
  sortBy: Schema.optionalKey(Line),
  sortOrder: Schema.optionalKey(Schema.Literals(["ascending", "descending"]))
}

/** SCIM ID, User ID, e-mail or employee number: the first of these rules that fits exactly one person (R-MATCH). */
const byReference = { reference: Line }

/** The people of the organisation (R-API-1, R-USER). */
export class UsersApi extends HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...listQuery,
        /** The beginning of a name, userName, e-mail or employee number; stands alone, and has one page: the best. */
        search: Schema.optionalKey(Line)
      },
      success: pageOf(Person),
      error: problems
    })
      .annotate(OpenTo, ["read"])
      .annotate(
        OpenApi.Summary,
        "List people by a SCIM filter, or find them by the beginning of a name as it is typed"
      ),
    HttpApiEndpoint.get("show", "/:reference", { params: byReference, success: PersonDetails, error: problems })
      .annotate(OpenTo, ["read"])
      .annotate(
        OpenApi.Summary,
        "Show a person by SCIM ID, User ID, e-mail or employee number: state, sources, manager, groups, story"
      ),
    HttpApiEndpoint.post("add", "/", {
      payload: NewPerson,
      success: Person.pipe(HttpApiSchema.status(201)),
      error: problems
    }).annotate(OpenApi.Summary, "Add a person by hand; refused while SCIM is on, as people come from there"),
    HttpApiEndpoint.post("deactivate", "/:reference/deactivate", {
      params: byReference,
      headers: ifMatch,
      success: Person,
      error: problems
    }).annotate(OpenApi.Summary, "Deactivate a person: no sign-in, no notifications; the data is kept"),
    HttpApiEndpoint.post("reactivate", "/:reference/reactivate", {
      params: byReference,
      headers: ifMatch,
      success: Person,
      error: problems
    }).annotate(OpenApi.Summary, "Let a deactivated person in again")
  )
  .prefix("/users")
  .annotate(OpenApi.Description, "The people of the organisation.") {}
