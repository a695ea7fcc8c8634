import { ScimError } from "@rollcall/domain/scim/ScimError"
import { HttpRouter } from "effect/http"
import { scimError } from "./scim/ScimResponse.ts"

/** What is outside every known path: a SCIM error, too, since base URLs get mistyped. */
export const fallbackRoute = HttpRouter.add(
  "*",
  "/*",
  scimError(
    new ScimError({
      status: 404,
      detail: "There is nothing at this address. The SCIM base URL ends in /scim/v2, without anything before /scim."
    })
  )
)
