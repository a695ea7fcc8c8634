import type { Caller } from "@rollcall/domain/directory/Caller"
import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { Organization } from "@rollcall/domain/organization/Organization"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { ScimError } from "@rollcall/domain/scim/ScimError"
import { Schema } from "effect"

/** What the server is told of who asks; that it is the operator it knows from the key. */
export const from = {
  organization: Organization,
  line: Schema.String,
  requestId: Schema.String,
  receivedAt: Schema.Number
}

/** What a use case that may refuse fails with. */
export const useCaseError = Schema.Union([ScimError, StoreUnavailable, DirectoryBusy])

export const fromOf = ({ line, organization, receivedAt, requestId }: Caller) => ({
  line,
  organization,
  receivedAt,
  requestId
})
