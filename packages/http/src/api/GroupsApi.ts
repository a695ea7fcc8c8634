import { Source } from "@rollcall/domain/user/User"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { Moment, pageOf, pageQuery } from "./ApiTypes.ts"
import { Named, Person } from "./Person.ts"
import { problems } from "./Problem.ts"
import { ifMatch, Line, listQuery } from "./UsersApi.ts"

const groupFields = {
  id: Schema.String,
  displayName: Schema.String,
  externalId: Schema.NullOr(Schema.String),
  /** What admins sort groups by. */
  type: Schema.Struct({ id: Schema.String, name: Schema.String }),
  admins: Schema.Array(Named),
  /** How the group was made: while SCIM is on, name and members of those that came by SCIM are changed there alone. */
  origin: Source,
  /** An entity tag, for `If-Match`. */
  version: Schema.String,
  createdAt: Moment,
  lastModifiedAt: Moment
}

/** A group without its members, which are a list of their own. */
export const Group = Schema.Struct(groupFields).annotate({ identifier: "Group" })

export const GroupDetails = Schema.Struct({ ...groupFields, memberCount: Schema.Int }).annotate({
  identifier: "GroupDetails"
})

/** People, each by SCIM ID, User ID, e-mail or employee number (R-MATCH). */
const References = Schema.Array(Line).check(Schema.isMaxLength(1_000))

const byId = { id: Line }

/** The groups of the organisation (R-API-1, R-GROUP). */
export class GroupsApi extends HttpApiGroup.make("groups")
  .add(
    HttpApiEndpoint.get("list", "/", { query: listQuery, success: pageOf(Group), error: problems })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "List groups by a SCIM filter"),
    HttpApiEndpoint.get("show", "/:id", { params: byId, success: GroupDetails, error: problems })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "Show a group"),
    HttpApiEndpoint.get("members", "/:id/members", {
      params: byId,
      query: pageQuery,
      success: pageOf(Person),
      error: problems
    })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "List the members of a group, in the order of their SCIM IDs"),
    HttpApiEndpoint.post("create", "/", {
      payload: Schema.Struct({
        displayName: Line,
        externalId: Schema.optionalKey(Line),
        members: Schema.optionalKey(References)
      }),
      success: Group.pipe(HttpApiSchema.status(201)),
      error: problems
    }).annotate(OpenApi.Summary, "Make a group; 409 where its name differs from another's in case only, or not at all"),
    HttpApiEndpoint.patch("rename", "/:id", {
      params: byId,
      headers: ifMatch,
      payload: Schema.Struct({ displayName: Line }),
      success: Group,
      error: problems
    }).annotate(OpenApi.Summary, "Rename a group"),
    HttpApiEndpoint.delete("remove", "/:id", {
      params: byId,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: problems
    }).annotate(OpenApi.Summary, "Delete a group; its members stay people"),
    HttpApiEndpoint.patch("changeMembers", "/:id/members", {
      params: byId,
      headers: ifMatch,
      payload: Schema.Struct({ add: Schema.optionalKey(References), remove: Schema.optionalKey(References) }),
      success: Group,
      error: problems
    }).annotate(OpenApi.Summary, "Add members to a group and remove others, all of them or none"),
    HttpApiEndpoint.put("setType", "/:id/type", {
      params: byId,
      payload: Schema.Struct({ type: Line }),
      success: Group,
      error: problems
    }).annotate(OpenApi.Summary, "Move a group to a group type, also one that came by SCIM"),
    HttpApiEndpoint.put("setAdmins", "/:id/admins", {
      params: byId,
      payload: Schema.Struct({ admins: References }),
      success: Group,
      error: problems
    }).annotate(OpenApi.Summary, "Say who the admins of a group are, also of one that came by SCIM")
  )
  .prefix("/groups")
  .annotate(OpenApi.Description, "The groups of the organisation, and who is in them.") {}
