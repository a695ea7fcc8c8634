import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import { PeopleSearch, rankHits, type SearchHit } from "@rollcall/domain/user/PeopleSearch"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Layer } from "effect"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"

/** The people one of whose keys begins with `$2` and so lies before `$3`, the first `$4` in the order of that key's index. */
const byKey = (column: string, more = ""): string =>
  `(SELECT u.id::text AS id, u.${column} AS key FROM user_account u
    WHERE u.organization_id = $1 AND u.living${more} AND u.${column} >= $2 AND u.${column} < $3
    ORDER BY u.${column} LIMIT $4)`

const byEmail = `(SELECT e.user_id::text AS id, e.email_key AS key FROM user_email e
    WHERE e.organization_id = $1 AND e.email_key >= $2 AND e.email_key < $3 ORDER BY e.email_key LIMIT $4)`

const findPeople = [
  byKey("user_name_key"),
  byEmail,
  byKey("employee_number_key", " AND u.employee_number_key IS NOT NULL"),
  byKey("display_name_key", " AND u.display_name_key IS NOT NULL"),
  byKey("name_key", " AND u.name_key <> ''"),
  byKey("reverse_name_key", " AND u.reverse_name_key <> ''")
].join("\nUNION ALL\n")

/** Behind every text that begins with the key, byte by byte: no character comes after this one, which is none. */
const behind = (key: string): string => `${key}\u{10FFFF}`

// Rows are trusted as the columns say, for the reasons given in UserStore.ts.
const toHit = ({ id, key }: { readonly id: string; readonly key: string }): SearchHit => ({
  id: UserId.make(id, { disableChecks: true }),
  key
})

/** Finding people while their names are typed, by one statement with one look at an index for each kind of key. */
export const layer: Layer.Layer<PeopleSearch, never, ReadSql> = Layer.effect(
  PeopleSearch,
  Effect.map(ReadSql, (sql) =>
    PeopleSearch.of({
      find: (organization: OrganizationId, key, limit) =>
        storeFailures(
          "search people",
          Effect.map(
            sql.unsafe<{ readonly id: string; readonly key: string }>(findPeople, [
              organization,
              key,
              behind(key),
              limit
            ]),
            (rows) => rankHits(rows.map(toHit), limit)
          )
        )
    })
  )
)
