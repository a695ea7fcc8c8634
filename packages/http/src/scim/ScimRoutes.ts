import { BulkProvisioning } from "@rollcall/domain/directory/BulkProvisioning"
import { Directory } from "@rollcall/domain/directory/Directory"
import type { Represented } from "@rollcall/domain/directory/Representation"
import { ResourceSearch, type SearchScope } from "@rollcall/domain/directory/ResourceSearch"
import { orRefuse, refuse } from "@rollcall/domain/directory/Submission"
import { GroupProvisioning } from "@rollcall/domain/group/GroupProvisioning"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { AttributeTable } from "@rollcall/domain/scim/AttributeTable"
import {
  discoveryFilterRefused,
  findResourceType,
  findSchema,
  resourceTypeResources,
  schemaResources
} from "@rollcall/domain/scim/Discovery"
import { etagOf, matchesIfNoneMatch } from "@rollcall/domain/scim/ETag"
import type { Json } from "@rollcall/domain/scim/Json"
import { limits } from "@rollcall/domain/scim/Limits"
import { completeList } from "@rollcall/domain/scim/ListResponse"
import { type Projection, parseProjection } from "@rollcall/domain/scim/Projection"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { parseSearchRequest, readSearchQuery } from "@rollcall/domain/scim/SearchRequest"
import { serviceProviderConfig } from "@rollcall/domain/scim/ServiceProviderConfig"
import { UserProvisioning } from "@rollcall/domain/user/UserProvisioning"
import { Effect, type Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { everyMethod } from "../RouterConfig.ts"
import { type Handler, ScimEndpoints, type ScimRequest } from "./ScimEndpoint.ts"
import { noContent, scimError, scimText } from "./ScimResponse.ts"

const mount = "/scim/v2"

/** The SCIM endpoints (R-SCIM-1): each reads the request's parts and calls one use case of the domain. */
export const scimRoutes = (
  types: ResourceTypes
): Layer.Layer<
  never,
  never,
  | HttpRouter.HttpRouter
  | ScimEndpoints
  | Directory
  | Organizations
  | UserProvisioning
  | GroupProvisioning
  | ResourceSearch
  | BulkProvisioning
> =>
  HttpRouter.use((router) =>
    Effect.gen(function* () {
      const scim = yield* ScimEndpoints
      const directory = yield* Directory
      const organizations = yield* Organizations
      const users = yield* UserProvisioning
      const groups = yield* GroupProvisioning
      const resources = yield* ResourceSearch
      const bulk = yield* BulkProvisioning

      const route = (method: (typeof everyMethod)[number], path: `/${string}`, handler: Handler, bodyLimit?: number) =>
        router.add(method, `${mount}${path}`, scim.handle(handler, { bodyLimit }))

      const list =
        (scope: SearchScope): Handler =>
        ({ caller, query }) =>
          Effect.flatMap(orRefuse(directory, caller, readSearchQuery(query)), (search) =>
            Effect.map(resources.search(caller, scope, search), (text) => scimText(200, text))
          )

      const search =
        (scope: SearchScope): Handler =>
        ({ body, caller }) =>
          Effect.flatMap(orRefuse(directory, caller, parseSearchRequest(body)), (request) =>
            Effect.map(resources.search(caller, scope, request), (text) => scimText(200, text))
          )

      const discovery =
        (find: (request: ScimRequest) => Effect.Effect<Json, ScimError | StoreUnavailable>): Handler =>
        (request) =>
          has(request.query, "filter")
            ? refuse(directory, request.caller, discoveryFilterRefused)
            : find(request).pipe(
                Effect.catchTag("ScimError", (error) => refuse(directory, request.caller, error)),
                Effect.map((found) => scimText(200, JSON.stringify(found)))
              )

      // The caller's organisation may be some seconds old, and a custom attribute is published as soon as it is in use.
      const customAttributes = ({ organization }: ScimRequest["caller"]) =>
        Effect.map(
          organizations.findBySubdomain(organization.subdomain),
          (now) => (now ?? organization).customAttributes
        )

      // People
      const userView = (request: ScimRequest) => projectionOf(types.user, request)
      yield* route("GET", "/Users", list("User"))
      yield* route(
        "POST",
        "/Users",
        (request) => Effect.map(users.create(request.caller, request.body, userView(request)), created),
        limits.bodySize
      )
      yield* route("POST", "/Users/.search", search("User"), limits.bodySize)
      yield* route("GET", "/Users/:id", (request) =>
        Effect.map(users.find(request.caller, idOf(request), userView(request)), shown(request))
      )
      yield* route(
        "PUT",
        "/Users/:id",
        (request) =>
          Effect.map(
            users.replace(request.caller, idOf(request), request.body, request.ifMatch, userView(request)),
            changed
          ),
        limits.bodySize
      )
      yield* route(
        "PATCH",
        "/Users/:id",
        (request) =>
          Effect.map(
            users.patch(request.caller, idOf(request), request.body, request.ifMatch, userView(request)),
            changed
          ),
        limits.bodySize
      )
      yield* route("DELETE", "/Users/:id", (request) =>
        Effect.as(users.remove(request.caller, idOf(request), request.ifMatch), noContent)
      )

      // Groups
      const groupView = (request: ScimRequest) => projectionOf(types.group, request)
      yield* route("GET", "/Groups", list("Group"))
      yield* route(
        "POST",
        "/Groups",
        (request) => Effect.map(groups.create(request.caller, request.body, groupView(request)), created),
        limits.groupBodySize
      )
      yield* route("POST", "/Groups/.search", search("Group"), limits.bodySize)
      yield* route("GET", "/Groups/:id", (request) =>
        Effect.map(groups.find(request.caller, idOf(request), groupView(request)), shown(request))
      )
      yield* route(
        "PUT",
        "/Groups/:id",
        (request) =>
          Effect.map(
            groups.replace(request.caller, idOf(request), request.body, request.ifMatch, groupView(request)),
            changed
          ),
        limits.groupBodySize
      )
      yield* route(
        "PATCH",
        "/Groups/:id",
        (request) =>
          Effect.map(
            groups.patch(
              request.caller,
              idOf(request),
              request.body,
              request.ifMatch,
              // A group answers 204 unless the request says what it wants to see (R-SCIM-4).
              has(request.query, "attributes") ? groupView(request) : undefined
            ),
            (group) => (group === undefined ? noContent : changed(group))
          ),
        limits.groupBodySize
      )
      yield* route("DELETE", "/Groups/:id", (request) =>
        Effect.as(groups.remove(request.caller, idOf(request), request.ifMatch), noContent)
      )

      // Both
      yield* route("POST", "/.search", search("All"), limits.bodySize)
      yield* route(
        "POST",
        "/Bulk",
        ({ body, caller }) => Effect.map(bulk.run(caller, body), (response) => scimText(200, JSON.stringify(response))),
        limits.bulkMaxPayloadSize
      )

      // Discovery
      yield* route(
        "GET",
        "/ServiceProviderConfig",
        discovery(({ caller }) =>
          Effect.succeed(
            serviceProviderConfig({ baseUrl: caller.baseUrl, changePassword: false, documentationUri: undefined })
          )
        )
      )
      yield* route(
        "GET",
        "/ResourceTypes",
        discovery(({ caller }) => Effect.succeed(completeList(resourceTypeResources(types, caller.baseUrl))))
      )
      yield* route(
        "GET",
        "/ResourceTypes/:id",
        discovery((request) => orNotFound(request, findResourceType(types, request.caller.baseUrl, idOf(request))))
      )
      yield* route(
        "GET",
        "/Schemas",
        discovery(({ caller }) =>
          Effect.map(customAttributes(caller), (custom) => completeList(schemaResources(types, custom, caller.baseUrl)))
        )
      )
      yield* route(
        "GET",
        "/Schemas/:id",
        discovery((request) =>
          Effect.flatMap(customAttributes(request.caller), (custom) =>
            orNotFound(request, findSchema(types, custom, request.caller.baseUrl, idOf(request)))
          )
        )
      )
      for (const method of everyMethod) {
        yield* route(method, "/Me/*", ({ caller }) => refuse(directory, caller, notImplemented))
      }

      // Whatever is left: paths that are none, and methods that a path does not know.
      const unknown: Handler = (request) => {
        const allowed = allowedMethods(request)
        return allowed === undefined
          ? refuse(directory, request.caller, notFound(request))
          : Effect.catch(refuse(directory, request.caller, methodNotAllowed(request, allowed)), (error) =>
              Effect.succeed(scimError(error, { allow: allowed }))
            )
      }
      for (const method of everyMethod) yield* route(method, "/*", unknown)
    })
  )

/** Paths below the base URL and the methods that they know. */
const endpoints: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\/+(Users|Groups)\/*$/, "GET, POST"],
  [/^\/+(Users|Groups)\/+[^/]+\/*$/, "GET, PUT, PATCH, DELETE"],
  [/^\/+((Users|Groups)\/+)?\.search\/*$/, "POST"],
  [/^\/+Bulk\/*$/, "POST"],
  [/^\/+ServiceProviderConfig\/*$/, "GET"],
  [/^\/+(ResourceTypes|Schemas)(\/+[^/]+)?\/*$/, "GET"]
]

/** The methods of the path that was asked for, where there is such a path. */
const allowedMethods = (request: ScimRequest): string | undefined => {
  const path = request.caller.line.slice(request.method.length + 1)
  return endpoints.find(([pattern]) => pattern.test(path))?.[1]
}

const methodNotAllowed = (request: ScimRequest, allowed: string): ScimError =>
  new ScimError({ status: 405, detail: `${request.method} is not possible here. Use one of ${allowed}.` })

const idOf = (request: ScimRequest): string => request.params.id ?? ""

const projectionOf = (table: AttributeTable, { query }: ScimRequest): Projection =>
  parseProjection(table, parameter(query, "attributes"), parameter(query, "excludedAttributes"))

/** A parameter by its name without regard to case (R-SCIM-7). */
const parameter = (query: URLSearchParams, name: string): ReadonlyArray<string> => {
  if (query.size === 0) return []
  const key = name.toLowerCase()
  return [...query].flatMap(([other, value]) => (other.toLowerCase() === key ? [value] : []))
}

const has = (query: URLSearchParams, name: string): boolean => parameter(query, name).length > 0

const tagged = (resource: Represented) => ({ etag: etagOf(resource.version) })

const created = (resource: Represented): HttpServerResponse.HttpServerResponse =>
  scimText(201, resource.text, { ...tagged(resource), location: resource.location })

const changed = (resource: Represented): HttpServerResponse.HttpServerResponse =>
  scimText(200, resource.text, tagged(resource))

const shown =
  (request: ScimRequest) =>
  (resource: Represented): HttpServerResponse.HttpServerResponse =>
    matchesIfNoneMatch(request.ifNoneMatch, resource.version)
      ? HttpServerResponse.empty({ status: 304, headers: tagged(resource) })
      : changed(resource)

const notImplemented = new ScimError({
  status: 501,
  detail: "/Me is not offered: an access token stands for an identity provider, not for a person. Use /Users."
})

const orNotFound = (request: ScimRequest, found: Json | undefined): Effect.Effect<Json, ScimError> =>
  found === undefined ? Effect.fail(notFound(request)) : Effect.succeed(found)

const notFound = ({ caller }: ScimRequest): ScimError =>
  new ScimError({
    status: 404,
    detail:
      `There is nothing at ${caller.line.slice(0, 120)}. The endpoints are /Users, /Groups, /.search, /Bulk, /Schemas, ` +
      `/ResourceTypes and /ServiceProviderConfig under ${caller.baseUrl}.`
  })
