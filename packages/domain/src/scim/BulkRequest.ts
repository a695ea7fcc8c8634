import { Result } from "effect"
import { bulkIdOf, resolveBulkIds } from "./BulkReference.ts"
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./Json.ts"
import { limits } from "./Limits.ts"
import { bulkRequestUrn, readMember, readMessage, requireNamed } from "./Message.ts"
import type { ResourceTypes } from "./ResourceTypes.ts"
import { badRequest, ScimError } from "./ScimError.ts"

export type BulkMethod = "POST" | "PUT" | "PATCH" | "DELETE"

/** One operation of a bulk request, checked as far as its own shape goes (RFC 7644 section 3.7). */
export interface BulkOperation {
  /** The position among the operations, from 0; the response keeps it. */
  readonly index: number
  readonly method: BulkMethod
  readonly bulkId: string | undefined
  /** An entity tag as `If-Match` has it. */
  readonly version: string | undefined
  readonly resource: "User" | "Group"
  /** The id in the path, which may be a `bulkId:` reference; undefined for POST. */
  readonly id: string | undefined
  /** Undefined for DELETE alone. */
  readonly data: JsonObject | undefined
}

/** An operation that cannot be tried; what is known of it goes into its response. */
export interface RefusedOperation {
  readonly index: number
  readonly method: string | undefined
  readonly bulkId: string | undefined
  readonly error: ScimError
}

export interface BulkRequest {
  /** After so many errors the rest is not tried; undefined: everything is tried. */
  readonly failOnErrors: number | undefined
  readonly operations: ReadonlyArray<BulkOperation>
  readonly refused: ReadonlyArray<RefusedOperation>
}

/**
 * Reads a bulk request. What is wrong with the message fails it: 400 for its shape, 413 for too many operations
 * (RFC 7644 section 3.7.4). What is wrong with one operation refuses that operation alone.
 *
 * Paths may carry the address of the service before the endpoint, a query after it, and stray slashes.
 */
export const parseBulkRequest = (types: ResourceTypes, body: Json): Result.Result<BulkRequest, ScimError> =>
  Result.gen(function* () {
    const message = yield* requireNamed(yield* readMessage(body, bulkRequestUrn), bulkRequestUrn)
    const list = readMember(message, "Operations")
    if (!isJsonArray(list) || list.length === 0) {
      return yield* Result.fail(
        badRequest("invalidSyntax", '"Operations" of a bulk request must be an array of at least one operation.')
      )
    }
    if (list.length > limits.bulkMaxOperations) {
      return yield* Result.fail(
        new ScimError({
          status: 413,
          detail:
            `A bulk request may hold ${limits.bulkMaxOperations} operations (bulk.maxOperations of ` +
            `/ServiceProviderConfig); this one holds ${list.length}. Send them in several requests.`
        })
      )
    }
    const failOnErrors = yield* readFailOnErrors(readMember(message, "failOnErrors"))
    const operations: Array<BulkOperation> = []
    const refused: Array<RefusedOperation> = []
    const bulkIds = new Set<string>()
    list.forEach((item, index) => {
      const read = readOperation(types, bulkIds, item, index)
      if (Result.isSuccess(read)) operations.push(read.success)
      else refused.push({ index, ...headOf(item), error: read.failure })
    })
    return { failOnErrors, operations, refused }
  })

/** The operation with the ids that were given to bulkIds so far, in its path and in its data. */
export const resolveOperation = (operation: BulkOperation, ids: ReadonlyMap<string, string>): BulkOperation => {
  const bulkId = operation.id === undefined ? undefined : bulkIdOf(operation.id)
  const data = operation.data === undefined ? undefined : resolveBulkIds(operation.data, ids)
  return {
    ...operation,
    id: (bulkId === undefined ? undefined : ids.get(bulkId)) ?? operation.id,
    data: isJsonObject(data) ? data : operation.data
  }
}

const methods: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"])

const isMethod = (text: string): text is BulkMethod => methods.has(text)

const readOperation = (
  types: ResourceTypes,
  bulkIds: Set<string>,
  item: Json,
  index: number
): Result.Result<BulkOperation, ScimError> =>
  Result.gen(function* () {
    if (!isJsonObject(item)) {
      return yield* refuse("An operation must be an object with method, path and, unless it is DELETE, data.")
    }
    const { method, bulkId } = headOf(item)
    if (method === undefined || !isMethod(method)) {
      return yield* refuse('"method" of an operation must be POST, PUT, PATCH or DELETE.')
    }
    const path = readMember(item, "path")
    if (typeof path !== "string") {
      return yield* refuse('"path" of an operation must be a string such as /Users or /Users/{id}.')
    }
    const target = yield* readPath(types, path)
    if (method === "POST") {
      if (target.id !== undefined) return yield* refuse('"path" of a POST must be /Users or /Groups, without an id.')
      if (bulkId === undefined || bulkId === "")
        return yield* refuse('"bulkId" is required of a POST in a bulk request.')
      if (bulkIds.has(bulkId)) {
        return yield* Result.fail(
          badRequest("invalidValue", `The bulkId "${shorten(bulkId)}" names an earlier operation already.`)
        )
      }
      bulkIds.add(bulkId)
    } else if (target.id === undefined) {
      return yield* refuse(`"path" of a ${method} must name a resource, such as /Users/{id}.`)
    }
    const data = readMember(item, "data") ?? undefined
    if (method !== "DELETE" && !isJsonObject(data)) {
      return yield* refuse(`"data" of a ${method} must be the object that would be the body of the request.`)
    }
    const version = readMember(item, "version")
    return {
      index,
      method,
      bulkId,
      version: typeof version === "string" ? version : undefined,
      resource: target.resource,
      id: target.id,
      data: method === "DELETE" || !isJsonObject(data) ? undefined : data
    }
  })

const headOf = (item: Json): { readonly method: string | undefined; readonly bulkId: string | undefined } => {
  if (!isJsonObject(item)) return { method: undefined, bulkId: undefined }
  const method = readMember(item, "method")
  const bulkId = readMember(item, "bulkId")
  return {
    method: typeof method === "string" ? method.trim().toUpperCase() : undefined,
    bulkId: typeof bulkId === "string" ? bulkId : typeof bulkId === "number" ? String(bulkId) : undefined
  }
}

const readPath = (
  types: ResourceTypes,
  path: string
): Result.Result<{ readonly resource: "User" | "Group"; readonly id: string | undefined }, ScimError> => {
  const query = path.indexOf("?")
  const segments = (query === -1 ? path : path.slice(0, query))
    .trim()
    .split("/")
    .filter((segment) => segment !== "")
  const [last, before] = [segments.at(-1), segments.at(-2)]
  const whole = last === undefined ? undefined : endpoint(types, last)
  if (whole !== undefined) return Result.succeed({ resource: whole, id: undefined })
  const resource = before === undefined ? undefined : endpoint(types, before)
  if (resource !== undefined && last !== undefined) return Result.succeed({ resource, id: decodeSegment(last) })
  if (last?.toLowerCase() === "me") {
    return Result.fail(new ScimError({ status: 501, detail: "/Me is not implemented. Use /Users/{id}." }))
  }
  return Result.fail(
    new ScimError({
      status: 404,
      detail: '"path" of an operation must begin with /Users or /Groups; it names neither.'
    })
  )
}

const endpoint = (types: ResourceTypes, segment: string): "User" | "Group" | undefined => {
  const path = `/${segment.toLowerCase()}`
  if (path === types.user.resourceType.endpoint.toLowerCase()) return "User"
  return path === types.group.resourceType.endpoint.toLowerCase() ? "Group" : undefined
}

const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not an encoding: it is the id of nothing, and is looked up as it stands.
    return segment
  }
}

const readFailOnErrors = (value: Json | undefined): Result.Result<number | undefined, ScimError> => {
  if (value === undefined || value === null) return Result.succeed(undefined)
  const number = typeof value === "string" && /^[0-9]{1,9}$/.test(value) ? Number(value) : value
  // 0 is what clients send that set no limit.
  if (number === 0) return Result.succeed(undefined)
  return typeof number === "number" && Number.isInteger(number) && number > 0
    ? Result.succeed(number)
    : Result.fail(badRequest("invalidValue", '"failOnErrors" of a bulk request must be an integer from 1.'))
}

const refuse = (detail: string) => Result.fail(badRequest("invalidSyntax", detail))

const shorten = (text: string): string => (text.length > 64 ? `${text.slice(0, 64)}…` : text)
