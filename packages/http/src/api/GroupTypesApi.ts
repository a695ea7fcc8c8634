import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { OpenTo } from "./ApiAccess.ts"
import { problems } from "./Problem.ts"
import { Line } from "./UsersApi.ts"

/** What admins sort groups by; new groups land in the first, which keeps its name. */
export const GroupType = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** The place in lists; 0 is the default type's. */
  position: Schema.Int,
  groupCount: Schema.Int
}).annotate({ identifier: "GroupType" })

/** All of them: an organisation has 200 at most. */
const Types = Schema.Struct({ items: Schema.Array(GroupType) })

const byId = { id: Line }

const named = Schema.Struct({ name: Line })

/** The group types of the organisation (R-GROUP-3). */
export class GroupTypesApi extends HttpApiGroup.make("groupTypes")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Types, error: problems })
      .annotate(OpenTo, ["read"])
      .annotate(OpenApi.Summary, "List the group types in their order"),
    HttpApiEndpoint.post("define", "/", {
      payload: named,
      success: GroupType.pipe(HttpApiSchema.status(201)),
      error: problems
    }).annotate(OpenApi.Summary, "Define a group type; it comes last"),
    HttpApiEndpoint.put("reorder", "/order", {
      payload: Schema.Struct({ order: Schema.Array(Line).check(Schema.isMaxLength(1_000)) }),
      success: Types,
      error: problems
    }).annotate(OpenApi.Summary, "Put the group types in order: every id once, the default one first or not at all"),
    HttpApiEndpoint.patch("rename", "/:id", { params: byId, payload: named, success: Types, error: problems }).annotate(
      OpenApi.Summary,
      "Rename a group type"
    ),
    HttpApiEndpoint.delete("remove", "/:id", { params: byId, success: Types, error: problems }).annotate(
      OpenApi.Summary,
      "Delete a group type; its groups are of the default one from then on"
    )
  )
  .prefix("/group-types")
  .annotate(OpenApi.Description, "What admins sort groups by. SCIM knows nothing of it.") {}
