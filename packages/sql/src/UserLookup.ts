import { PgTypes } from "@effect/sql-pg"
import type { ResourceQuery } from "@rollcall/domain/directory/Resources"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { Effect, Exit, Request, RequestResolver } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { texts, uuids } from "./directory/ColumnArrays.ts"

/** What tells one person from all others of the organisation: an id, or the key of a userName. */
class UserLookup<Row> extends Request.Class<
  { readonly organization: OrganizationId; readonly by: "id" | "user_name_key"; readonly key: string },
  Row | undefined,
  SqlError.SqlError
> {}

/**
 * Statements that find people of organisation `$1`, each row with the key it was found by: `one` by the key `$2`, `many`
 * by the keys `$2`. How long an array is decides on the plan, so PostgreSQL plans such a statement every time, which takes
 * longer than running it; the plan for one key is made once.
 */
export type LookupStatement = Readonly<Record<"id" | "user_name_key", { readonly one: string; readonly many: string }>>

/**
 * Looks people up one by one, by as few statements as there are organisations asking at the same moment: identity
 * providers ask for many people at once, and a statement for each would cost more than the rest of the answer.
 */
export const makeUserLookup = <Row extends { readonly lookup_key: string }>(
  sql: SqlClient.SqlClient,
  statement: LookupStatement
) => {
  const resolver = RequestResolver.makeGrouped<UserLookup<Row>, string>({
    // Organisations are never asked for together: each statement has one in its condition.
    key: ({ request }) => `${request.by} ${request.organization}`,
    resolver: (entries) => {
      const { by, organization } = entries[0].request
      const keys = [...new Set(entries.map((entry) => entry.request.key))]
      const [key = ""] = keys
      const [text, wanted] =
        keys.length === 1
          ? [statement[by].one, by === "id" ? PgTypes.uuid(key) : PgTypes.text(key)]
          : [statement[by].many, by === "id" ? uuids(keys) : texts(keys)]
      return Effect.map(sql.unsafe<Row>(text, [organization, wanted]), (rows) => {
        const found = new Map(rows.map((row) => [row.lookup_key, row] as const))
        for (const entry of entries) entry.completeUnsafe(Exit.succeed(found.get(entry.request.key)))
      })
    }
  })
  return (organization: OrganizationId, by: "id" | "user_name_key", key: string) =>
    Effect.request(new UserLookup<Row>({ organization, by, key }), resolver)
}

/**
 * The key of the userName, where a list is asked for that can hold one person at most: `userName eq "…"` and nothing
 * else, the question that comes before every create and update.
 */
export const userNameAskedFor = ({ filter, page, sort }: ResourceQuery): string | undefined =>
  sort === undefined &&
  page._tag === "Index" &&
  page.startIndex === 1 &&
  page.count > 0 &&
  filter?._tag === "Compare" &&
  filter.operator === "eq" &&
  filter.target.extension === undefined &&
  filter.leaf.name === "userName" &&
  filter.operand.type === "string"
    ? filter.operand.key
    : undefined
