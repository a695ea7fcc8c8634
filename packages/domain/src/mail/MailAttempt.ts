import type { OutboxMail } from "./OutboxMail.ts"

/** How an attempt to send an e-mail ended. */
export type MailAttempt =
  | { readonly _tag: "Sent"; readonly recipient: string }
  /** It may work later: the mail server is away, or says so. */
  | { readonly _tag: "Failed"; readonly recipient: string | undefined; readonly error: string }
  /** It will never work: no address, or refused for good. */
  | { readonly _tag: "Refused"; readonly recipient: string | undefined; readonly error: string }
  /** No mail server is configured. */
  | { readonly _tag: "Kept"; readonly recipient: string }
  /** It is not wanted any more. */
  | { readonly _tag: "Withdrawn"; readonly reason: string }

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const firstPause = 30 * second
const longestPause = hour
/** For so long after its first attempt an e-mail is tried again. */
export const patience = 24 * hour

/** How long to wait after that many failed attempts, in milliseconds; `chance` in [0, 1) spreads it by a fifth. */
export const backOff = (attempts: number, chance: number): number =>
  Math.round(Math.min(longestPause, firstPause * 2 ** (Math.max(1, attempts) - 1)) * (0.8 + 0.4 * chance))

/** More attempts than a day of failures has: their workers did not live to tell. */
const mostAttempts = 60

/** Why an e-mail that was claimed is not to be tried once more; undefined where it is. */
export const hopeless = (mail: OutboxMail): string | undefined =>
  mail.attempts > mostAttempts ? `${mail.attempts - 1} attempts ended without a result` : undefined

const longestError = 500

/** What was said about a failure, as it may be stored and shown: one line, without control characters. */
export const tellable = (error: string): string => {
  let text = ""
  for (const character of error) {
    const code = character.codePointAt(0) ?? 0
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029
    text += isControl || !character.isWellFormed() ? " " : character
    if (text.length >= longestError) return `${text}…`
  }
  return text.trim()
}

/** The e-mail after an attempt. `chance` is a random number in [0, 1). */
export const afterAttempt = (mail: OutboxMail, attempt: MailAttempt, now: number, chance: number): OutboxMail => {
  const ended = (state: OutboxMail["state"], error: string | undefined): OutboxMail => ({
    ...mail,
    state,
    recipient: ("recipient" in attempt ? attempt.recipient : undefined) ?? mail.recipient,
    dueAt: undefined,
    endedAt: now,
    error
  })
  switch (attempt._tag) {
    case "Sent":
      return ended("sent", undefined)
    case "Kept":
      return ended("kept", undefined)
    case "Withdrawn":
      return ended("withdrawn", attempt.reason)
    case "Refused":
      return ended("givenUp", tellable(attempt.error))
    case "Failed": {
      const error = tellable(attempt.error)
      if (now - (mail.firstAttemptAt ?? now) >= patience) return ended("givenUp", error)
      return { ...ended("failed", error), dueAt: now + backOff(mail.attempts, chance), endedAt: undefined }
    }
  }
}
