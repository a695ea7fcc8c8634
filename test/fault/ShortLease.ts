import { defaultLease } from "@rollcall/domain/csv/ImportWorker"
import { importBatch } from "@rollcall/domain/csv/UserImport"

/** How many rows go in together, and how long a lost server's file rests, where this file is loaded before the program. */
export const ROWS = 20
export const LEASE_SECONDS = 2

Object.assign(importBatch, { records: ROWS })
Object.assign(defaultLease, { milliseconds: LEASE_SECONDS * 1_000 })
