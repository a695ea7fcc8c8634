import { PgTypes } from "@effect/sql-pg"
import type { Attribute } from "@rollcall/domain/scim/Attribute"
import type { Operand } from "@rollcall/domain/scim/TypedFilter"
import { parseUuid } from "@rollcall/domain/user/UserId"
import type { ParameterList } from "./ParameterList.ts"
import type { Place } from "./Place.ts"
import { indexedText, plainText, type SqlValue } from "./SqlValue.ts"

/**
 * The manager of a person `u`: an attribute of two values, the reference that was sent and the SCIM ID of the person whom
 * it was resolved to (R-MGR-1), where the directory follows it and that person lives.
 */
export const managerPlace = (params: ParameterList, baseUrl: string): Place => {
  const location = (id: string): string => `(${params.text(`${baseUrl}/Users/`)} || ${id}::text)`
  const text = (sql: string): SqlValue => ({
    kind: "text",
    sql: `(${sql} COLLATE "C")`,
    nullable: true,
    indexed: false
  })
  const value = (sub: Attribute | undefined): SqlValue => {
    switch (sub?.name) {
      case "$ref":
        return text(location("mm.id"))
      case "displayName":
        return text(name)
      default:
        return plainText("CASE WHEN mv.sent THEN u.manager_key ELSE mm.id::text END")
    }
  }
  const first = (sql: string): SqlValue => text(`(SELECT ${sql} FROM user_account mm WHERE ${isManager})`)
  return {
    value,
    any: (condition) =>
      `(u.manager_key IS NOT NULL AND EXISTS (
        SELECT 1 FROM (VALUES (true), (false)) AS mv (sent) LEFT JOIN user_account mm ON ${isManager}
        WHERE (mv.sent OR mm.id IS NOT NULL) AND ${condition}))`,
    present: () => "u.manager_key IS NOT NULL",
    sorted: (sub) => {
      switch (sub?.name) {
        case "$ref":
          return first(location("mm.id"))
        case "displayName":
          return first(name)
        default:
          return indexedText("u.manager_key", true)
      }
    },
    lookup: (sub, operand) => lookup(params, baseUrl, sub, operand)
  }
}

/** The key of what the manager is called. */
const name = "COALESCE(mm.display_name_key, mm.user_name_key)"

const isFollowed = "u.manager_key IS NOT NULL AND u.manager_pending IS NULL AND u.manager_id IS NOT NULL"

/** Whether the person `mm` is shown as the manager. */
const isManager = `mm.organization_id = $1 AND mm.id = u.manager_id AND mm.living AND ${isFollowed}`

const lookup = (
  params: ParameterList,
  baseUrl: string,
  sub: Attribute | undefined,
  operand: Operand
): string | undefined => {
  if (operand.type !== "string") return undefined
  const { key } = operand
  const isResolvedTo = (id: string): string => {
    const uuid = params.add(PgTypes.uuid(id))
    return `(${isFollowed} AND u.manager_id = ${uuid} AND EXISTS (
      SELECT 1 FROM user_account mm WHERE mm.organization_id = $1 AND mm.id = ${uuid} AND mm.living))`
  }
  switch (sub?.name) {
    case "value": {
      const isSent = `(u.manager_key IS NOT NULL AND u.manager_key = ${params.text(key)})`
      return parseUuid(key) === key ? `(${isSent} OR ${isResolvedTo(key)})` : isSent
    }
    case "$ref": {
      const start = `${baseUrl}/Users/`
      const id = key.startsWith(start) ? key.slice(start.length) : ""
      return parseUuid(id) === id ? isResolvedTo(id) : "false"
    }
    case "displayName": {
      const text = params.text(key)
      return `(${isFollowed} AND u.manager_id IN (
        SELECT mm.id FROM user_account mm WHERE mm.organization_id = $1 AND mm.living AND
          (mm.display_name_key = ${text} OR (mm.display_name_key IS NULL AND mm.user_name_key = ${text}))))`
    }
    default:
      return undefined
  }
}
