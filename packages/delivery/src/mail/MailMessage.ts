import type { MailBody } from "@rollcall/domain/mail/MailPreview"

/** An address and the name that is shown with it. */
export interface MailAddress {
  readonly name: string
  readonly address: string
}

/** An e-mail as it is handed to the mail server. */
export interface MailMessage extends MailBody {
  readonly from: MailAddress
  readonly to: MailAddress
  /** In angle brackets. */
  readonly messageId: string
}
