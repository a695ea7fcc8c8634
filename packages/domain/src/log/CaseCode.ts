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

/** The detail of a refusal with the code of its log entry at the end. */
export const withCaseCode = (detail: string, code: string): string => `${detail} [case ${code}]`
