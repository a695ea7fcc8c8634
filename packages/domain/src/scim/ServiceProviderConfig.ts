import type { JsonObject } from "./Json.ts"
import { limits } from "./Limits.ts"
import { serviceProviderConfigUrn } from "./schemas/ServiceProviderConfigSchema.ts"

/** What of the configuration differs between organisations and installations. */
export interface ServiceProviderSettings {
  /** The address of the SCIM service, with or without a trailing slash. */
  readonly baseUrl: string
  /** Whether passwords that clients send are set (R-MAIL-2: the setting `Sync passwords`, without SSO). */
  readonly changePassword: boolean
  /** Where people read about the service; left out where nobody configured it. */
  readonly documentationUri: string | undefined
}

/**
 * The answer of `/ServiceProviderConfig` (RFC 7643 section 5, RFC 9865 section 4). What it says is true: clients choose
 * their verbs by it (WIRE D, authentik).
 */
export const serviceProviderConfig = (settings: ServiceProviderSettings): JsonObject => ({
  schemas: [serviceProviderConfigUrn],
  ...(settings.documentationUri === undefined ? {} : { documentationUri: settings.documentationUri }),
  patch: { supported: true },
  bulk: {
    supported: true,
    maxOperations: limits.bulkMaxOperations,
    maxPayloadSize: limits.bulkMaxPayloadSize
  },
  filter: { supported: true, maxResults: limits.maxPageSize },
  changePassword: { supported: settings.changePassword },
  sort: { supported: true },
  etag: { supported: true },
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: "index",
    defaultPageSize: limits.defaultPageSize,
    maxPageSize: limits.maxPageSize,
    cursorTimeout: limits.cursorTimeout
  },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "OAuth Bearer Token",
      description:
        "A bearer token in the Authorization header: an access token of the organisation, or one by OAuth 2.0.",
      specUri: "https://www.rfc-editor.org/info/rfc6750",
      primary: true
    },
    {
      type: "oauth2",
      name: "OAuth 2.0 Client Credentials",
      description: "A bearer token that lives 60 minutes, for a client's secret or a federated identity: /oauth/token.",
      specUri: "https://www.rfc-editor.org/info/rfc6749",
      primary: false
    }
  ],
  meta: {
    resourceType: "ServiceProviderConfig",
    location: `${settings.baseUrl.endsWith("/") ? settings.baseUrl.slice(0, -1) : settings.baseUrl}/ServiceProviderConfig`
  }
})
