import { Context, Effect, Layer } from "effect"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import { type ProvisioningError, refuse, submit } from "../directory/Submission.ts"
import { organizationSubject } from "../organization/decideOrganization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { ScimError } from "../scim/ScimError.ts"
import { type MailBody, MailPreview } from "./MailPreview.ts"
import { type MailPage, type MailQuery, Outbox, type ResendableState } from "./Outbox.ts"
import type { OutboxMail } from "./OutboxMail.ts"

/** An e-mail, and what it would say if it were sent now; nothing where the person is not there any more. */
export interface PreviewedMail {
  readonly mail: OutboxMail
  readonly preview: MailBody | undefined
}

const noMail = new ScimError({
  status: 404,
  detail: "There is no such e-mail in the outbox. List the e-mails to see their keys."
})

/** Looking after the e-mails of an organisation (R-MAIL-3, R-MAIL-4). Whatever is resent is in the log (R-LOG-1). */
export class OutboxAdministration extends Context.Service<
  OutboxAdministration,
  {
    list(caller: Caller, query: MailQuery): Effect.Effect<MailPage, StoreUnavailable>
    show(caller: Caller, key: string): Effect.Effect<PreviewedMail, ProvisioningError>
    /** Has one e-mail sent again, and tells how it is now. */
    resend(caller: Caller, key: string): Effect.Effect<OutboxMail, ProvisioningError>
    /** How many {@link resendAll} would send again. */
    count(caller: Caller, state: ResendableState): Effect.Effect<number, StoreUnavailable>
    /** Has all of a state sent again, and tells how many. */
    resendAll(caller: Caller, state: ResendableState): Effect.Effect<number, ProvisioningError>
  }
>()("@rollcall/domain/mail/OutboxAdministration") {
  static readonly layer: Layer.Layer<OutboxAdministration, never, Outbox | MailPreview | Directory | PeopleLookup> =
    Layer.effect(
      OutboxAdministration,
      Effect.gen(function* () {
        const outbox = yield* Outbox
        const previews = yield* MailPreview
        const directory = yield* Directory
        const lookup = yield* PeopleLookup

        const show = Effect.fn("OutboxAdministration.show")(function* (caller: Caller, key: string) {
          const { organization } = caller
          const mail = yield* outbox.find(organization.id, key)
          if (mail === undefined) return yield* refuse(directory, caller, noMail)
          const needs = new NeedsUnion()
          needs.add({ users: [mail.user] })
          const { users = [] } = yield* lookup.find(organization.id, needs)
          const user = users.find(({ deletedAt, id }) => id === mail.user && deletedAt === undefined)
          return { mail, preview: user === undefined ? undefined : previews.of(organization, mail, user.attributes) }
        })

        // The entry comes first: e-mails that nobody asked for would be worse than an entry of what then failed.
        const resend = Effect.fn("OutboxAdministration.resend")(function* (caller: Caller, key: string) {
          const { id } = caller.organization
          const mail = yield* outbox.find(id, key)
          if (mail === undefined) return yield* refuse(directory, caller, noMail)
          yield* submit(directory, caller, {
            _tag: "Record",
            subject: { type: "User", id: mail.user, name: mail.recipient },
            text: `The e-mail ${mail.occasion} is to be sent again.`
          })
          return (yield* outbox.resend(id, key)) ?? mail
        })

        const resendAll = Effect.fn("OutboxAdministration.resendAll")(function* (
          caller: Caller,
          state: ResendableState
        ) {
          const { id, name } = caller.organization
          const count = yield* outbox.count(id, state)
          if (count === 0) return 0
          yield* submit(directory, caller, {
            _tag: "Record",
            subject: { type: "Organization", id: organizationSubject, name },
            text: `All e-mails of the state ${state} are to be sent again, ${count} of them.`
          })
          return yield* outbox.resendAll(id, state)
        })

        return OutboxAdministration.of({
          list: (caller, query) => outbox.list(caller.organization.id, query),
          show,
          resend,
          count: (caller, state) => outbox.count(caller.organization.id, state),
          resendAll
        })
      })
    )
}
