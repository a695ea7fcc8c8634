import { defaultHandLimits } from "@rollcall/domain/directory/Hand"

/** How many requests wait for an organisation at most, and how many make a batch, where this file is loaded before the program. */
export const QUEUE = 20
export const BATCH = 4

Object.assign(defaultHandLimits, { queueRequests: QUEUE, batchRequests: BATCH })
