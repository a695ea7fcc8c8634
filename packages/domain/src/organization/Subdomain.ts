import { Schema } from "effect"

/**
 * The part of the host name that stands for an organisation: a DNS label in lower case, 1 to 63 characters.
 * Underscores are refused because Okta's base URLs may not hold them (R-ORG-8).
 */
export const Subdomain = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
      message: "must be 1 to 63 lower-case letters, digits and hyphens, and neither begin nor end with a hyphen"
    })
  ),
  Schema.brand("Subdomain")
).annotate({ identifier: "Subdomain" })
export type Subdomain = typeof Subdomain.Type
