import { Occasion } from "@rollcall/domain/mail/Occasion"
import type { DueMail, MailOrganization } from "@rollcall/domain/mail/Outbox"
import { MailState, type OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { type OrganizationId, SingleSignOn } from "@rollcall/domain/organization/Organization"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { UserId } from "@rollcall/domain/user/UserId"
import { Schema } from "effect"

const milliseconds = (column: string) => `(extract(epoch FROM m.${column}) * 1000)::float8 AS ${column}`

/** What is read of an e-mail `m`. */
export const mailColumns = `m.key, m.user_id::text AS user_id, m.occasion, m.state, m.message_id, m.recipient, m.attempts,
  ${milliseconds("owed_at")}, ${milliseconds("first_attempt_at")}, ${milliseconds("last_attempt_at")},
  ${milliseconds("due_at")}, ${milliseconds("ended_at")}, m.error`

/** What is read with a claimed e-mail `m` of its organisation `o` and its person `u`. */
export const claimColumns = `${mailColumns}, o.name, o.subdomain, o.single_sign_on, u.resource AS person`

const mailFields = {
  key: Schema.String,
  user_id: UserId,
  occasion: Occasion,
  state: MailState,
  message_id: Schema.String,
  recipient: Schema.NullOr(Schema.String),
  attempts: Schema.Int,
  owed_at: Schema.Number,
  first_attempt_at: Schema.NullOr(Schema.Number),
  last_attempt_at: Schema.NullOr(Schema.Number),
  due_at: Schema.NullOr(Schema.Number),
  ended_at: Schema.NullOr(Schema.Number),
  error: Schema.NullOr(Schema.String)
}
const MailRow = Schema.Struct(mailFields)
export const decodeMails = Schema.decodeUnknownEffect(Schema.Array(MailRow))

const OrganizationRow = Schema.Struct({ name: Schema.String, subdomain: Subdomain, single_sign_on: SingleSignOn })

const person = Schema.NullOr(Schema.String)

const ClaimRow = Schema.Struct({ ...mailFields, ...OrganizationRow.fields, person })
export const decodeClaims = Schema.decodeUnknownEffect(Schema.Array(ClaimRow))

/** An organisation and somebody of it; `id` and `person` are null where it has none of whom were asked for. */
const PersonRow = Schema.Struct({ ...OrganizationRow.fields, id: Schema.NullOr(UserId), person })
export const decodePeople = Schema.decodeUnknownEffect(Schema.Array(PersonRow))

export const toMail = (row: typeof MailRow.Type): OutboxMail => ({
  key: row.key,
  user: row.user_id,
  occasion: row.occasion,
  state: row.state,
  messageId: row.message_id,
  recipient: row.recipient ?? undefined,
  owedAt: row.owed_at,
  attempts: row.attempts,
  firstAttemptAt: row.first_attempt_at ?? undefined,
  lastAttemptAt: row.last_attempt_at ?? undefined,
  dueAt: row.due_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  error: row.error ?? undefined
})

export const toMailOrganization = (
  id: OrganizationId,
  { name, single_sign_on, subdomain }: typeof OrganizationRow.Type
): MailOrganization => ({ id, name, subdomain, singleSignOn: single_sign_on })

export const toDueMail = (organization: OrganizationId, row: typeof ClaimRow.Type): DueMail => ({
  organization: toMailOrganization(organization, row),
  mail: toMail(row),
  person: row.person ?? undefined
})
