import { Context } from "effect"
import type { JsonObject } from "../scim/Json.ts"
import type { MailOrganization } from "./Outbox.ts"
import type { OutboxMail } from "./OutboxMail.ts"

/** What an e-mail says, with both of its parts. */
export interface MailBody {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/**
 * What an e-mail would say if it were sent now (port): it is composed anew and stored nowhere. In place of the token of a
 * link stands a word that opens nothing (R-MAIL-1).
 */
export class MailPreview extends Context.Service<
  MailPreview,
  { of(organization: MailOrganization, mail: Pick<OutboxMail, "occasion">, attributes: JsonObject): MailBody }
>()("@rollcall/domain/mail/MailPreview") {}
