import type { ScimClient } from "../support/ScimClient.ts"
import type { Json } from "./Connection.ts"
import { isJson, LIST_RESPONSE } from "./Wire.ts"

const PAGE = 100

/** Everything of one type, page by page as Okta imports it (WIRE A.9): by id, in the order of the list. */
export const importAll = async (client: ScimClient, type: "Users" | "Groups"): Promise<ReadonlyMap<string, Json>> => {
  const found = new Map<string, Json>()
  for (let startIndex = 1; ; startIndex += PAGE) {
    const path = `/${type}?startIndex=${startIndex}&count=${PAGE}`
    const answer = await client.request({ method: "GET", path })
    const resources = answer.at("Resources")
    const total = answer.at("totalResults")
    const right =
      answer.status === 200 &&
      answer.at("schemas", 0) === LIST_RESPONSE &&
      answer.at("startIndex") === startIndex &&
      typeof total === "number" &&
      Array.isArray(resources) &&
      resources.length === Math.min(PAGE, Math.max(0, total - startIndex + 1)) &&
      answer.at("itemsPerPage") === resources.length
    if (!right) throw new Error(`GET ${path} is no page of a list: ${answer.status} ${answer.text.slice(0, 500)}`)
    for (const resource of resources) {
      const id = isJson(resource) ? resource.id : undefined
      if (!isJson(resource) || typeof id !== "string") throw new Error(`no resource: ${JSON.stringify(resource)}`)
      if (found.has(id)) throw new Error(`${id} is on two pages of ${type}`)
      found.set(id, resource)
    }
    if (startIndex - 1 + PAGE >= total) return found
  }
}

export interface DirectoryContent {
  readonly users: ReadonlyMap<string, Json>
  readonly groups: ReadonlyMap<string, Json>
}

export const importDirectory = async (client: ScimClient): Promise<DirectoryContent> => ({
  users: await importAll(client, "Users"),
  groups: await importAll(client, "Groups")
})

/** What tells whether a resource has been written: by id. */
export const versionsOf = ({ groups, users }: DirectoryContent): ReadonlyMap<string, Json> =>
  new Map(
    [...users, ...groups].map(([id, { meta }]) => {
      const { lastModified, version } = isJson(meta) ? meta : {}
      return [id, { lastModified, version }]
    })
  )
