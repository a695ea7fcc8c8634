/**
 * Whether a member name is the bare name of an attribute, as the RFC has it. All others are read as paths: dotted
 * (`name.givenName`), with a URN (`urn:…:User:department`, `urn:…:User.department`), with a filter
 * (`emails[type eq "work"].value`) or the URN of a schema (WIRE F.6, B.6).
 */
export const isPlainKey = (key: string): boolean => {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    const letter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
    if (!letter && !(code >= 0x30 && code <= 0x39) && code !== 0x5f && code !== 0x2d && code !== 0x24) return false
  }
  return key !== ""
}

/** The path that a qualified key means inside the object of an extension: keys may repeat the URN there or leave it out. */
export const pathWithin = (urn: string | undefined, key: string): string =>
  urn === undefined || key.trimStart().slice(0, 4).toLowerCase() === "urn:" ? key : `${urn}:${key}`
