import { NotFound } from "../api/Problem.ts"
import { renderProblem } from "./ApiRequestsLayer.ts"

/** What stands for the id of a request that was never one of an endpoint. */
export const noRequestId = "none"

/** What is answered below `/api` where no endpoint is, or none that the caller may know of. */
export const nothingHere = renderProblem(
  new NotFound({
    detail: "There is nothing at this address. The Public API is below /api/v1; /docs describes it.",
    requestId: noRequestId
  })
)
