import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { counted } from "../../import/ImportProgress.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"
import { mailView } from "./MailView.ts"

/** `rollcall outbox resend`: one e-mail, or all of a state once that is confirmed (R-MAIL-3). */
export const resend = Command.make(
  "resend",
  {
    key: Argument.String("key").pipe(
      Argument.optional,
      Argument.withDescription("Key of the e-mail, as `rollcall outbox list` shows it; none with --state")
    ),
    subdomain: organizationFlag,
    state: Flag.Literals("state", ["failed", "givenUp", "kept"]).pipe(
      Flag.optional,
      Flag.withDescription("All e-mails of this state; without --yes it is only told how many there are")
    ),
    yes: Flag.Boolean("yes").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("With --state: send them")
    )
  },
  Effect.fnUntraced(function* ({ key, state, subdomain, yes }) {
    if (Option.isSome(key) === Option.isSome(state)) {
      const problem = "Give the key of one e-mail, or all of a state with --state"
      return yield* new WrongUsage({ problem, command: "rollcall outbox resend" })
    }
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "outbox resend")
    const outbox = yield* OutboxAdministration
    if (Option.isSome(key)) {
      const mail = yield* outbox.resend(caller, key.value)
      return yield* answer(mailView(mail), [`The e-mail ${mail.key} is sent again.`])
    }
    if (Option.isNone(state)) return
    const count = yield* yes ? outbox.resendAll(caller, state.value) : outbox.count(caller, state.value)
    yield* answer({ subdomain: organization.subdomain, state: state.value, count, sent: yes }, [
      yes
        ? `${counted(count)} e-mails that were ${state.value} are sent again.`
        : `${counted(count)} e-mails are ${state.value}; none was sent. --yes sends them.`
    ])
  })
).pipe(
  Command.withDescription("Send an e-mail again, or all that failed, were given up or kept"),
  Command.withExamples([
    { command: "rollcall outbox resend --org acme --state kept", description: "How many there are" },
    { command: "rollcall outbox resend --org acme --state kept --yes", description: "Once a mail server is configured" }
  ])
)
