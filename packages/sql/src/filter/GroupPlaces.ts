import type { Attribute } from "@rollcall/domain/scim/Attribute"
import { comparisonKey } from "@rollcall/domain/scim/Comparison"
import { groupUrn } from "@rollcall/domain/scim/schemas/GroupSchema"
import type { ParameterList } from "./ParameterList.ts"
import { metaPlace, type Place, type Places, singlePlace } from "./Place.ts"
import { indexedText, plainText, type SqlValue } from "./SqlValue.ts"
import { firstText, type PlaceOptions } from "./UserPlaces.ts"

/** Where the attributes of a group stand: `g` is its row of user_group, `$1` the organisation. */
export const groupPlaces =
  (params: ParameterList, { baseUrl }: Pick<PlaceOptions, "baseUrl">): Places =>
  ({ attribute }) => {
    switch (attribute.name) {
      case "id":
        return singlePlace({ kind: "uuid", sql: "g.id" })
      case "externalId":
        return singlePlace(indexedText("g.external_id", true))
      case "displayName":
        return singlePlace(indexedText("g.display_name_key", false))
      case "members":
        return membersPlace(params, baseUrl)
      case "schemas":
        return singlePlace(plainText(params.text(comparisonKey(groupUrn))))
      case "meta":
        return metaPlace("g", "Group", `(${params.text(`${baseUrl}/Groups/`)} || g.id::text)`)
      default:
        throw new Error(`The attribute ${attribute.name} of groups is kept nowhere`)
    }
  }

/** The members of a group, in the order of their User IDs. */
const membersPlace = (params: ParameterList, baseUrl: string): Place => {
  // The people are joined only where a condition looks at them.
  let named = false
  const value = (sub: Attribute | undefined): SqlValue => {
    switch (sub?.name) {
      case "$ref":
        return plainText(`(${params.text(`${baseUrl}/Users/`)} || m.user_id::text)`)
      case "display":
        named = true
        return plainText("COALESCE(mu.display_name_key, mu.user_name_key)")
      case "type":
        return plainText(params.text(comparisonKey("User")))
      default:
        return { kind: "uuid", sql: "m.user_id" }
    }
  }
  const join = "JOIN user_account mu ON mu.organization_id = m.organization_id AND mu.id = m.user_id"
  const mine = "m.organization_id = $1 AND m.group_id = g.id"
  const first = (sql: string) => `(SELECT ${sql} FROM membership m ${join} WHERE ${mine} ORDER BY mu.number LIMIT 1)`
  return {
    value,
    any: (condition) => `EXISTS (SELECT 1 FROM membership m ${named ? join : ""} WHERE ${mine} AND ${condition})`,
    present: () => `EXISTS (SELECT 1 FROM membership m WHERE ${mine})`,
    sorted: (sub) => firstText(value(sub), first)
  }
}
