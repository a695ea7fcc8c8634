import { Schema } from "effect"
import type { JsonObject } from "../scim/Json.ts"
import type { ManagerLink } from "./ManagerLink.ts"
import type { Standing } from "./Standing.ts"
import type { UserId } from "./UserId.ts"

/** Where an account or a value came from. */
export const Source = Schema.Literals(["scim", "csv", "hand"])
export type Source = typeof Source.Type

/** A person as the directory holds them. Times are milliseconds since 1970 UTC. */
export interface User {
  readonly id: UserId
  /** The User ID: a number counted up in each organisation (R-USER-1). */
  readonly number: number
  /**
   * The SCIM attributes by their canonical names, extension objects under their URN. Never in it: `id`, `schemas`,
   * `meta`, `groups`, `password`, and what is derived when it is read.
   */
  readonly attributes: JsonObject
  /** Which of the directory's own fields something other than SCIM wrote last (R-USER-11); see `DirectoryField`. */
  readonly sources: Readonly<Record<string, Exclude<Source, "scim">>>
  /** How far the person has come: scheduled, started, at an end (R-START). */
  readonly standing: Standing
  /** The directory's manager, and what of the sent one is not followed (R-MGR). */
  readonly manager: ManagerLink
  /** How the account was made. */
  readonly origin: Source
  readonly version: number
  readonly createdAt: number
  readonly lastModifiedAt: number
  /** When SCIM deleted the person: the record stays, the resource is gone (R-USER-8). */
  readonly deletedAt: number | undefined
}

/** Whether the person may sign in as far as `active` goes; an account without the attribute is active. */
export const isActive = (attributes: JsonObject): boolean => attributes.active !== false
