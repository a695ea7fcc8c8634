import { isTimeZone } from "@rollcall/domain/organization/OrganizationToday"
import { Schema } from "effect"

/** The name of an IANA time zone that this machine knows. */
export const TimeZone = Schema.String.check(
  Schema.makeFilter(isTimeZone, { message: "Expected an IANA time zone such as Europe/Copenhagen" })
)
