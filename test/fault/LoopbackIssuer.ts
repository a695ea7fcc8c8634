import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeSelfSigned } from "../support/SelfSigned.ts"

interface Key {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** An identity provider on this machine that publishes its keys and signs assertions, as Entra does. */
export interface LoopbackIssuer {
  readonly issuer: string
  /** What a server needs to trust its certificate, and to go to this machine at all. */
  readonly env: Readonly<Record<string, string>>
  /** An assertion with these claims beside `iss`, `iat`, `nbf` and `exp`, which they may replace. */
  sign(claims: Readonly<Record<string, unknown>>, key?: Key): string
  /** One by `alg` none, and one by HS256 with the public key for a secret. */
  unsigned(claims: Readonly<Record<string, unknown>>): string
  symmetric(claims: Readonly<Record<string, unknown>>): string
  /** A key that it does not publish. */
  stranger(kid: string): Key
  readonly kid: string
  close(): Promise<void>
}

const makeKey = (kid: string): Key => ({ kid, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) })

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

export const startIssuer = async (): Promise<LoopbackIssuer> => {
  const key = makeKey("k1")
  const certificate = makeSelfSigned()
  const directory = await mkdtemp(join(tmpdir(), "rollcall-issuer-"))
  const trusted = join(directory, "issuer.pem")
  await writeFile(trusted, certificate.cert)
  const server = createServer(certificate, (request, response) => {
    const found = documents[request.url ?? ""]
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`
  const issuer = `${origin}/tenant/v2.0`
  const documents: Readonly<Record<string, unknown>> = {
    "/tenant/v2.0/.well-known/openid-configuration": { issuer, jwks_uri: `${origin}/tenant/keys` },
    "/tenant/keys": { keys: [{ ...key.publicKey.export({ format: "jwk" }), kid: key.kid, use: "sig" }] }
  }
  const payload = (claims: Readonly<Record<string, unknown>>): string => {
    const now = Math.floor(Date.now() / 1_000)
    return encoded({ iss: issuer, iat: now, nbf: now, exp: now + 3_900, ver: "2.0", ...claims })
  }
  return {
    issuer,
    env: { NODE_EXTRA_CA_CERTS: trusted, FEDERATION_ALLOW_PRIVATE: "true" },
    sign: (claims, { kid, privateKey } = key) => {
      const text = `${encoded({ alg: "ES256", kid, typ: "JWT" })}.${payload(claims)}`
      const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" })
      return `${text}.${signature.toString("base64url")}`
    },
    unsigned: (claims) => `${encoded({ alg: "none" })}.${payload(claims)}.`,
    symmetric: (claims) => {
      const text = `${encoded({ alg: "HS256", kid: key.kid })}.${payload(claims)}`
      const secret = key.publicKey.export({ type: "spki", format: "pem" })
      return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`
    },
    stranger: makeKey,
    kid: key.kid,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true })
    }
  }
}
