/** What the address of an organisation is made of. */
export interface AddressSettings {
  readonly baseDomain: string
  /** The address under which the outside reaches the server, such as `https://scim.example.com:8443`. */
  readonly publicUrl: string | undefined
  readonly host: string
  readonly port: number
}

/**
 * The address of an organisation for people and programs, without a trailing slash (R-ORG-2). Under a base domain each
 * organisation has its subdomain; on localhost, where subdomains need not resolve, all share one.
 */
export const organizationOrigin = (settings: AddressSettings, subdomain: string): string => {
  const outside = settings.publicUrl?.replace(/\/+$/, "")
  if (settings.baseDomain.toLowerCase() === "localhost") {
    return outside ?? `http://${reachable(settings.host)}:${settings.port}`
  }
  const parts = /^(https?):\/\/[^/:]+(:\d+)?/i.exec(outside ?? "")
  return `${parts?.[1]?.toLowerCase() ?? "https"}://${subdomain}.${settings.baseDomain}${parts?.[2] ?? ""}`
}

/** The SCIM base URL of an organisation, without a trailing slash (R-ORG-2). */
export const scimBaseUrl = (settings: AddressSettings, subdomain: string): string =>
  `${organizationOrigin(settings, subdomain)}/scim/v2`

/** The address of the page where a person sets their password (R-MAIL-1). */
export const passwordLinkUrl = (settings: AddressSettings, subdomain: string, token: string): string =>
  `${organizationOrigin(settings, subdomain)}/password/${token}`

/** An address that a client on this machine can use, where the server listens on all of them. */
const reachable = (host: string): string =>
  host === "0.0.0.0" || host === "::" || host === "" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host
