import { Context, type Effect } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { compareCodePoints, comparisonKey } from "../scim/Comparison.ts"
import { isJsonObject, type JsonObject, ownMember } from "../scim/Json.ts"
import { emailValues } from "./Email.ts"
import type { UserId } from "./UserId.ts"
import { coreText, userKeys } from "./UserKeys.ts"

/** So many characters of a name are looked at. */
export const searchedName = 200

/** The keys that the beginning of a text is looked for in: of one person, each kind at most once but the e-mails. */
export interface SearchKeys {
  readonly userName: string
  readonly emails: ReadonlyArray<string>
  readonly employeeNumber: string | undefined
  readonly displayName: string | undefined
  /** Given and family name, with a space between them; undefined where the displayName is the same. */
  readonly name: string | undefined
  /** The family name first. */
  readonly reverseName: string | undefined
}

/** What people are found by as somebody types. */
export const searchKeys = (attributes: JsonObject): SearchKeys => {
  const { displayName, employeeNumber, userName } = userKeys(attributes)
  const name = ownMember(attributes, "name")
  const part = (key: string): string => (isJsonObject(name) ? comparisonKey(coreText(name, key) ?? "") : "")
  const [given, family] = [part("givenName"), part("familyName")]
  const emails = [...new Set(emailValues(attributes).map(comparisonKey))]
  const full = joined(given, family)
  return {
    userName,
    emails,
    employeeNumber,
    displayName,
    name: full === displayName ? undefined : full,
    reverseName: joined(family, given)
  }
}

const joined = (first: string, last: string): string | undefined => {
  // As SQL's btrim does: the key is computed there from the parts.
  const text = `${first} ${last}`.replace(/^ +| +$/g, "")
  return text === "" ? undefined : [...text].slice(0, searchedName).join("")
}

/**
 * The key of what somebody has typed: `Berg, An` is looked for as `berg an`. Undefined where there is nothing to look for.
 */
export const searchKey = (typed: string): string | undefined => {
  const key = comparisonKey(typed.replaceAll(",", " ").trim().replace(/\s+/gu, " "))
  return key === "" ? undefined : [...key].slice(0, searchedName).join("")
}

/** A key that begins with what was typed, and whose it is. */
export interface SearchHit {
  readonly id: UserId
  readonly key: string
}

/**
 * The people of all hits, each once, in the order of the first of their keys. A key that is the whole text comes before
 * all that go on.
 */
export const rankHits = (hits: ReadonlyArray<SearchHit>, limit: number): ReadonlyArray<UserId> => {
  const first = new Map<UserId, string>()
  for (const { id, key } of hits) {
    const known = first.get(id)
    if (known === undefined || compareCodePoints(key, known) < 0) first.set(id, key)
  }
  return [...first]
    .toSorted(([a, left], [b, right]) => compareCodePoints(left, right) || compareCodePoints(a, b))
    .slice(0, limit)
    .map(([id]) => id)
}

/**
 * Finding people while their names are typed (port): by the beginning of userName, an e-mail, employee number, displayName,
 * or name in either order. Whoever was deleted is not found, and nobody of another organisation.
 */
export class PeopleSearch extends Context.Service<
  PeopleSearch,
  {
    /**
     * The people (`rankHits`); `key` comes from `searchKey`. Of each kind of key the first `limit` in
     * order are looked at and no more, so that a search costs the same in any organisation; of several with equal keys, any.
     */
    find(
      organization: OrganizationId,
      key: string,
      limit: number
    ): Effect.Effect<ReadonlyArray<UserId>, StoreUnavailable>
  }
>()("@rollcall/domain/user/PeopleSearch") {}
