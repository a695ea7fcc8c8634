import { Schema } from "effect"
import type { DomainEvent } from "../events/DomainEvent.ts"
import type { UserId } from "../user/UserId.ts"
import type { Occasion } from "./Occasion.ts"

/**
 * How far an e-mail has come. A worker claims what is due and ends its attempt in one of the other states:
 *
 * ```
 *   owed ──> pending ──claim──> (attempt) ──> sent
 *               ^                   ├───────> failed ──due again──> (attempt)
 *               │                   ├───────> givenUp
 *               │                   ├───────> kept
 *               └──────resend───────┴───────> withdrawn
 * ```
 *
 * - pending: to be sent, or being sent just now.
 * - failed: an attempt failed; it is tried again when it is due.
 * - givenUp: the dead letters: refused for good, or failing for a day. An admin may resend them.
 * - kept: no mail server is configured. It stays, also when one is configured later, until an admin resends it.
 * - withdrawn: no longer wanted when its turn came, such as by somebody who was deactivated before.
 */
export const MailState = Schema.Literals(["pending", "failed", "sent", "givenUp", "kept", "withdrawn"])
export type MailState = typeof MailState.Type

/** An e-mail to one person for one occasion (R-MAIL-3). Times are milliseconds since 1970 UTC. */
export interface OutboxMail {
  /** Person and occasion, unique in the organisation: there is never a second e-mail of the same key. */
  readonly key: string
  readonly user: UserId
  readonly occasion: Occasion
  readonly state: MailState
  /** The `Message-ID` header, in angle brackets: the same in every attempt (ABUSE-36). */
  readonly messageId: string
  /** The address of the last attempt; the text is made anew at each and stored nowhere. */
  readonly recipient: string | undefined
  /** When the event happened that it follows from. */
  readonly owedAt: number
  /** How many attempts were begun, since it was last resent. */
  readonly attempts: number
  readonly firstAttemptAt: number | undefined
  readonly lastAttemptAt: number | undefined
  /** When somebody looks at it next: for the next attempt, or should the worker that has it now be lost. */
  readonly dueAt: number | undefined
  /** When it was sent, given up, kept or withdrawn. */
  readonly endedAt: number | undefined
  /** What went wrong last, or why it was given up or withdrawn; never a secret. */
  readonly error: string | undefined
}

/** What an event makes owed to a person. */
export type OwedMail = Pick<OutboxMail, "key" | "user" | "occasion">

/** What is owed because of an event, by its number in the organisation; undefined where nothing is. */
export const owedBy = (event: DomainEvent, sequence: number): OwedMail | undefined =>
  "user" in event && event.mail !== undefined ? owed(event.user, event.mail, sequence) : undefined

/**
 * What is owed to a person for an occasion. Whoever starts is told once for ever, by a request (`welcome`) or by the
 * clock (`startDay`); the other occasions come again with each event.
 */
export const owed = (user: UserId, occasion: Occasion, sequence: number): OwedMail => {
  const isStart = occasion === "welcome" || occasion === "startDay"
  return { key: isStart ? `start:${user}` : `${occasion}:${user}:${sequence}`, user, occasion }
}

const keyForm = /^[a-zA-Z]{1,20}:[0-9a-f-]{36}(:[0-9]{1,16})?$/

/** Whether a text from the outside has the form of a key. */
export const isMailKey = (text: string): boolean => keyForm.test(text)

/** A new e-mail; `domain` is the one of the address it will be sent from. */
export const newMail = (mail: OwedMail, owedAt: number, domain: string): OutboxMail => ({
  ...mail,
  state: "pending",
  messageId: `<${localPart(mail.key)}@${domain}>`,
  recipient: undefined,
  owedAt,
  attempts: 0,
  firstAttemptAt: undefined,
  lastAttemptAt: undefined,
  dueAt: owedAt,
  endedAt: undefined,
  error: undefined
})

const localPart = (key: string): string => key.replaceAll(":", ".")

/** The e-mail as a worker has it that claimed it at a time, until `leaseEnd`. */
export const claimed = (mail: OutboxMail, now: number, leaseEnd: number): OutboxMail => ({
  ...mail,
  state: "pending",
  attempts: mail.attempts + 1,
  firstAttemptAt: mail.firstAttemptAt ?? now,
  lastAttemptAt: now,
  dueAt: leaseEnd
})

/** The e-mail after a claim was given back: as if it had not been claimed, and due at once. */
export const released = (mail: OutboxMail, now: number): OutboxMail => ({
  ...mail,
  attempts: mail.attempts - 1,
  firstAttemptAt: mail.attempts === 1 ? undefined : mail.firstAttemptAt,
  dueAt: now
})

/**
 * The e-mail after an admin asked for it to be sent (again). What is waiting stays as it is. After it was sent once it
 * gets a Message-ID of its own: mail servers drop a second message with the same one.
 */
export const resent = (mail: OutboxMail, now: number): OutboxMail =>
  mail.state === "pending"
    ? mail
    : {
        ...mail,
        state: "pending",
        messageId: mail.state === "sent" ? copyOf(mail, now) : mail.messageId,
        attempts: 0,
        firstAttemptAt: undefined,
        dueAt: now,
        endedAt: undefined,
        error: undefined
      }

const copyOf = ({ key, messageId }: OutboxMail, now: number): string =>
  `<${localPart(key)}.${now.toString(36)}${messageId.slice(messageId.lastIndexOf("@"))}`
