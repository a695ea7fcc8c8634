import { generateKeyPairSync, randomBytes, sign } from "node:crypto"

/** A certificate of one's own for a name or address on this machine, in PEM. */
export interface SelfSigned {
  readonly key: string
  readonly cert: string
}

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex")
const utcTime = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`))

const ecdsaWithSha256 = sequence(der(0x06, hex("2a8648ce3d040302")))
const commonName = (name: string) =>
  sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from(name)))))

/** Makes a certificate (RFC 5280) for `localhost`, valid since two days ago, and for so many days more; -1: until yesterday. */
export const makeSelfSigned = (days = 1): SelfSigned => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const day = 24 * 60 * 60 * 1_000
  const now = Date.now()
  const name = commonName("localhost")
  const altNames = sequence(der(0x82, Buffer.from("localhost")))
  const extension = sequence(der(0x06, hex("551d11")), der(0x04, altNames))
  const body = sequence(
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, Buffer.concat([hex("01"), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(new Date(now - 2 * day)), utcTime(new Date(now + days * day))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension))
  )
  const signature = der(0x03, Buffer.concat([hex("00"), sign("sha256", body, privateKey)]))
  const certificate = sequence(body, ecdsaWithSha256, signature).toString("base64")
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`
  }
}
