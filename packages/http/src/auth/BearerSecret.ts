import { Result } from "effect"
import type { HttpServerRequest } from "effect/http"

/** Why a request has no secret to look up. */
export type BearerFault = "missing" | "several" | "malformed"

/** The secret in `Authorization: Bearer …`, of which there must be exactly one (ABUSE-21). */
export const bearerSecret = (request: HttpServerRequest.HttpServerRequest): Result.Result<string, BearerFault> => {
  const header = request.headers.authorization
  if (header === undefined || header === "") return Result.fail("missing")
  if (authorizationsOf(request) > 1) return Result.fail("several")
  const secret = /^bearer +([^\s]+) *$/i.exec(header)?.[1]
  return secret === undefined ? Result.fail("malformed") : Result.succeed(secret)
}

/** How many Authorization headers there are. Node keeps only the first of several; the raw list tells (ABUSE-21). */
export const authorizationsOf = ({ headers, source }: HttpServerRequest.HttpServerRequest): number => {
  const raw: unknown = "rawHeaders" in source ? source.rawHeaders : undefined
  if (!Array.isArray(raw)) return headers.authorization === undefined ? 0 : 1
  let count = 0
  for (let i = 0; i < raw.length; i += 2) if (String(raw[i]).toLowerCase() === "authorization") count++
  return count
}
