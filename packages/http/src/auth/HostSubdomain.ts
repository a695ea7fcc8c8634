/** The subdomain of a host under the base domain; undefined on any other host (R-ORG-2). */
export const subdomainOf = (host: string | undefined, baseDomain: string): string | undefined => {
  const name = (host ?? "").toLowerCase().replace(/:\d+$/, "")
  const suffix = `.${baseDomain.toLowerCase()}`
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined
}
