/** Why a connection to a server was not made safe. */
export interface Distrust {
  /** What is wrong, to stand behind the server's address. */
  readonly problem: string
  readonly remedy: string
}

const unknownAuthority =
  "If the server is yours, name the PEM file of the authority that signed its certificate (or of the certificate itself, where it " +
  "signed itself) in NODE_EXTRA_CA_CERTS, and run the command again"

const distrusts: Readonly<Record<string, Distrust>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: {
    problem: "has a certificate that is for another name",
    remedy:
      "Give the address to --server that the certificate is for; if it is this one, have the certificate made anew"
  },
  CERT_HAS_EXPIRED: {
    problem: "has a certificate that has expired",
    remedy: "Have the server's certificate renewed; if it was, set this machine's clock"
  },
  CERT_NOT_YET_VALID: {
    problem: "has a certificate that is not valid yet",
    remedy: "Set this machine's clock, or wait for the day that the certificate names"
  },
  CERT_REVOKED: {
    problem: "has a certificate that was revoked",
    remedy: "Have the server's certificate made anew"
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    problem: "does not speak TLS on that port",
    remedy: "Give the port to --server that is for https://"
  }
}

/** What keeps this machine from trusting a server, by the code of Node.js or OpenSSL; undefined: the code is about something else. */
export const distrustOf = (code: string | undefined): Distrust | undefined => {
  if (code === undefined || !/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)) return undefined
  const known = distrusts[code]
  if (known !== undefined) return known
  return code.startsWith("ERR_")
    ? {
        problem: `cannot be reached safely: ${code}`,
        remedy: "Check how the server, or what stands before it, is set up for TLS"
      }
    : { problem: `has a certificate that nobody known here vouches for (${code})`, remedy: unknownAuthority }
}
