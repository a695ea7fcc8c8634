import { Context, Effect, Layer, Result } from "effect"
import { GroupProvisioning } from "../group/GroupProvisioning.ts"
import { type BulkStep, planBulk, unresolvedReference } from "../scim/BulkPlan.ts"
import { type BulkOperation, parseBulkRequest, resolveOperation } from "../scim/BulkRequest.ts"
import { type BulkResult, bulkResponse } from "../scim/BulkResponse.ts"
import { etagOf } from "../scim/ETag.ts"
import type { Json, JsonObject } from "../scim/Json.ts"
import { allAttributes, type Projection, parseProjection } from "../scim/Projection.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { ScimError } from "../scim/ScimError.ts"
import { UserProvisioning } from "../user/UserProvisioning.ts"
import type { Caller } from "./Caller.ts"
import { Directory } from "./Directory.ts"
import { groupLocation, type Represented, userLocation } from "./Representation.ts"
import { type ProvisioningError, refuse } from "./Submission.ts"

/**
 * The use case of bulk requests (RFC 7644 section 3.7): the operations decided one after another, each by the same rules
 * as if it had come alone (ABUSE-16). A failed operation undoes none of the others; after `failOnErrors` failures the rest is
 * not tried.
 */
export class BulkProvisioning extends Context.Service<
  BulkProvisioning,
  {
    /** Fails only where the message as a whole cannot be read, or storage is away. */
    run(caller: Caller, body: Json): Effect.Effect<JsonObject, ProvisioningError>
  }
>()("@rollcall/domain/directory/BulkProvisioning") {
  static readonly layer = (
    types: ResourceTypes
  ): Layer.Layer<BulkProvisioning, never, Directory | UserProvisioning | GroupProvisioning> =>
    Layer.effect(
      BulkProvisioning,
      Effect.gen(function* () {
        const directory = yield* Directory
        const users = yield* UserProvisioning
        const groups = yield* GroupProvisioning
        // Nobody sees the groups that bulk operations leave behind: their members are not read.
        const withoutMembers = parseProjection(types.group, undefined, "members")

        const perform = Effect.fnUntraced(function* (caller: Caller, operation: BulkOperation) {
          const { data = {}, method, version } = operation
          const id = operation.id ?? ""
          const target = operation.resource === "User" ? users : groups
          const projection: Projection = operation.resource === "User" ? allAttributes : withoutMembers
          switch (method) {
            case "POST":
              return yield* target.create(caller, data, projection)
            case "PUT":
              return yield* target.replace(caller, id, data, version, projection)
            case "PATCH":
              return yield* target.patch(caller, id, data, version, projection)
            case "DELETE":
              return yield* Effect.as(target.remove(caller, id, version), undefined)
          }
        })

        const run = Effect.fnUntraced(function* (caller: Caller, body: Json) {
          const parsed = parseBulkRequest(types, body)
          if (Result.isFailure(parsed)) return yield* refuse(directory, caller, parsed.failure)
          const { failOnErrors = Number.POSITIVE_INFINITY, operations, refused } = parsed.success
          const sent = new Map(operations.map((operation) => [operation.index, operation] as const))
          const results = new Map<number, BulkResult>()
          const ids = new Map<string, string>()
          let failures = 0
          for (const { index, method, bulkId, error } of refused) {
            results.set(index, { method, bulkId, outcome: { _tag: "Failed", error, location: undefined } })
            failures++
          }
          const share = Math.ceil(caller.size / Math.max(1, operations.length))
          const steps = planBulk(operations)
          for (let next = 0; next < steps.length && failures < failOnErrors; ) {
            // Where failures are counted, each operation has to wait for the one before it.
            const most = Number.isFinite(failOnErrors) ? 1 : mostAtOnce
            const together = independent(steps.slice(next, next + most))
            next += together.length
            const done = yield* Effect.forEach(
              together,
              (step) => {
                const resolved = resolveOperation(step.operation, ids)
                const outcome = Effect.result(runStep({ ...caller, size: share }, step, resolved, ids))
                return Effect.map(outcome, (result) => ({ step, resolved, result }))
              },
              // They reach the organisation's queue in this order, and are decided in it.
              { concurrency: "unbounded" }
            )
            for (const { resolved, result, step } of done) {
              const { index, method, bulkId } = sent.get(step.operation.index) ?? step.operation
              if (Result.isFailure(result)) {
                const error = result.failure
                if (!(error instanceof ScimError)) return yield* Effect.fail(error)
                failures++
                const location = resolved.id === undefined ? undefined : locationOf(caller, resolved)
                results.set(index, { method, bulkId, outcome: { _tag: "Failed", error, location } })
              } else if (step._tag !== "Complete" || result.success !== undefined) {
                const made = result.success
                if (made !== undefined && method === "POST" && bulkId !== undefined) ids.set(bulkId, made.id)
                results.set(index, {
                  method,
                  bulkId,
                  outcome: {
                    _tag: "Done",
                    status: method === "POST" ? 201 : method === "DELETE" ? 204 : 200,
                    location: made?.location ?? locationOf(caller, resolved),
                    version: made === undefined ? undefined : etagOf(made.version)
                  }
                })
              }
            }
          }
          return bulkResponse([...results].sort(([a], [b]) => a - b).map(([, result]) => result))
        })

        const runStep = (
          caller: Caller,
          step: BulkStep,
          resolved: BulkOperation,
          ids: ReadonlyMap<string, string>
        ): Effect.Effect<Represented | undefined, ProvisioningError> => {
          const line = `${resolved.method} /${resolved.resource}s${resolved.id === undefined ? "" : `/${resolved.id}`}`
          const one: Caller = { ...caller, line: `${line} (in ${caller.line})` }
          for (const bulkId of step.needs) {
            if (!ids.has(bulkId)) return refuse(directory, one, unresolvedReference(bulkId))
          }
          return perform(one, resolved)
        }

        return BulkProvisioning.of({ run })
      })
    )
}

/** So many operations are submitted before the first is answered: they share a batch. */
const mostAtOnce = 100

/**
 * The steps from the first on that need nothing which one of them makes. One that may bring a password stands alone:
 * hashing it takes time, in which those behind it would overtake it.
 */
const independent = (steps: ReadonlyArray<BulkStep>): ReadonlyArray<BulkStep> => {
  const made = new Set<string>()
  const end = steps.findIndex((step, index) => {
    if (mayBringPassword(step.operation)) return index > 0
    if (index === 1 && steps[0] !== undefined && mayBringPassword(steps[0].operation)) return true
    for (const bulkId of step.needs) if (made.has(bulkId)) return true
    if (step.operation.bulkId !== undefined) made.add(step.operation.bulkId)
    return false
  })
  return end === -1 ? steps : steps.slice(0, end)
}

/** Whether a password may be in an update, judged by its text: whatever the form, the attribute is named. */
const mayBringPassword = ({ data, method, resource }: BulkOperation): boolean =>
  resource === "User" && (method === "PUT" || method === "PATCH") && /password/i.test(JSON.stringify(data ?? null))

const locationOf = (caller: Caller, operation: BulkOperation): string =>
  operation.resource === "User"
    ? userLocation(caller.baseUrl, operation.id ?? "")
    : groupLocation(caller.baseUrl, operation.id ?? "")
