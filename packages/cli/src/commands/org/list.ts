import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer, table } from "../../Answer.ts"

/** `rollcall org list`: every organisation, by subdomain. */
export const list = Command.make(
  "list",
  {},
  Effect.fnUntraced(function* () {
    const organizations = yield* (yield* Organizations).list
    const rows = organizations.map(({ name, scimEnabled, subdomain, timeZone }) => ({
      subdomain,
      name,
      timeZone,
      scimEnabled
    }))
    const lines = rows.map((row) => [row.subdomain, row.scimEnabled ? "on" : "off", row.timeZone, row.name])
    yield* answer(
      rows,
      rows.length === 0
        ? ["There is no organisation. `rollcall org create` makes one."]
        : table([["SUBDOMAIN", "SCIM", "TIME ZONE", "NAME"], ...lines])
    )
  })
).pipe(Command.withDescription("List the organisations"))
