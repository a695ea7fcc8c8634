import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { isoTime } from "../../Answer.ts"

/** An e-mail for programs, as the Public API shows it. */
export const mailView = (mail: OutboxMail) => ({
  key: mail.key,
  user: mail.user,
  occasion: mail.occasion,
  state: mail.state,
  recipient: mail.recipient ?? null,
  owedAt: isoTime(mail.owedAt),
  attempts: mail.attempts,
  lastAttemptAt: isoTime(mail.lastAttemptAt ?? null),
  dueAt: isoTime(mail.dueAt ?? null),
  endedAt: isoTime(mail.endedAt ?? null),
  error: mail.error ?? null
})
