import { assert, describe, it } from "@effect/vitest"
import { organizationOrigin, passwordLinkUrl, scimBaseUrl } from "@rollcall/domain/organization/ScimBaseUrl"

const settings = { baseDomain: "localhost", publicUrl: undefined, host: "127.0.0.1", port: 3000 }

describe("the SCIM base URL of an organisation (R-ORG-2)", () => {
  it("is the server's own address on localhost, where the token alone tells the organisation", () => {
    assert.strictEqual(scimBaseUrl(settings, "acme"), "http://127.0.0.1:3000/scim/v2")
    assert.strictEqual(scimBaseUrl({ ...settings, host: "0.0.0.0", port: 80 }, "acme"), "http://127.0.0.1:80/scim/v2")
    assert.strictEqual(scimBaseUrl({ ...settings, host: "::1" }, "acme"), "http://[::1]:3000/scim/v2")
    assert.strictEqual(scimBaseUrl({ ...settings, host: "::" }, "acme"), "http://127.0.0.1:3000/scim/v2")
  })
  it("is the public address where one is set without a base domain", () => {
    const url = scimBaseUrl({ ...settings, publicUrl: "https://scim.example.com:8443/" }, "acme")
    assert.strictEqual(url, "https://scim.example.com:8443/scim/v2")
  })
  it("is the subdomain's HTTPS address under a base domain, whatever the server listens on", () => {
    const url = scimBaseUrl({ ...settings, baseDomain: "example.com", host: "0.0.0.0", port: 8080 }, "acme")
    assert.strictEqual(url, "https://acme.example.com/scim/v2")
  })
  it("takes scheme and port from the public address under a base domain", () => {
    const of = (publicUrl: string) => scimBaseUrl({ ...settings, baseDomain: "example.com", publicUrl }, "acme")
    assert.strictEqual(of("http://example.com:8080"), "http://acme.example.com:8080/scim/v2")
    assert.strictEqual(of("https://scim.example.com/"), "https://acme.example.com/scim/v2")
  })
})

describe("the address of an organisation's pages (R-MAIL-1, R-ORG-2)", () => {
  it("is that of its SCIM endpoint without the path, and the password page is under it", () => {
    const under = { ...settings, baseDomain: "example.com", publicUrl: "https://scim.example.com:8443/" }
    assert.strictEqual(organizationOrigin(settings, "acme"), "http://127.0.0.1:3000")
    assert.strictEqual(organizationOrigin(under, "acme"), "https://acme.example.com:8443")
    assert.strictEqual(passwordLinkUrl(under, "acme", "t0ken"), "https://acme.example.com:8443/password/t0ken")
  })
})
