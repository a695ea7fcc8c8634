/** Crockford's letters and digits: none of them is taken for another when it is read out. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const period = 32 ** 6

/**
 * The case code of a log entry (R-LOG-3): six characters that open the entry of that number. Consecutive numbers give
 * codes that look unrelated; within an organisation they repeat only after 2^30 entries.
 */
export const caseCode = (sequence: number): string => {
  // A multiplication by an odd number is a bijection of the numbers below 2^30.
  let rest = Number((BigInt(sequence) * 0x2545f491n + 0x1b873593n) % BigInt(period))
  let code = ""
  for (let i = 0; i < 6; i++) {
    code = alphabet.charAt(rest % 32) + code
    rest = Math.floor(rest / 32)
  }
  return code
}

/** The inverse of the factor modulo 2^30. */
const inverse = 0x1444c71n

/**
 * The least number whose case code this is: the inverse of {@link caseCode} below 2^30; undefined for what is no code.
 * Taken from a screen, a ticket or a telephone: `k7q2m9`, `[case K7Q2M9]`, and O and I or L for the digits 0 and 1.
 */
export const caseSequence = (code: string): number | undefined => {
  if (code.length > 64) return undefined
  const text = code
    .trim()
    .toUpperCase()
    .replace(/^\[?CASE[ :]/, "")
    .replace(/\]$/, "")
    .trim()
  if (text.length !== 6) return undefined
  let number = 0
  for (const character of text) {
    const digit = alphabet.indexOf(heard.get(character) ?? character)
    if (digit < 0) return undefined
    number = number * 32 + digit
  }
  const shifted = BigInt(number) + BigInt(period) - 0x1b873593n
  return Number((shifted * inverse) % BigInt(period))
}

/** Letters that the alphabet leaves out, and the digits for which they are written. */
const heard = new Map([
  ["O", "0"],
  ["I", "1"],
  ["L", "1"]
])

/** After how many entries of an organisation the codes come again. */
export const casePeriod = period

/** The detail of a refusal with the code of its log entry at the end. */
export const withCaseCode = (detail: string, code: string): string => `${detail} [case ${code}]`

/** The code at the end of a refusal's detail, if it has one: the inverse of {@link withCaseCode}. */
export const caseCodeIn = (detail: string): string | undefined => /\[case ([0-9A-Z]{6})\]$/.exec(detail)?.[1]

/** A refusal's detail as it was before {@link withCaseCode}. */
export const withoutCaseCode = (detail: string): string => detail.replace(/ \[case [0-9A-Z]{6}\]$/, "")
