import { plainText } from "@rollcall/domain/log/ShownValue"
import { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import { MailState, type OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"
import { personId } from "../log/LogFlags.ts"
import { mailView } from "./MailView.ts"

/** So many are asked for at a time. */
const pageSize = 200

/** `rollcall outbox list`: the e-mails that were or are owed, the latest first (R-MAIL-3). */
export const list = Command.make(
  "list",
  {
    subdomain: organizationFlag,
    state: Flag.Literals("state", MailState.literals).pipe(
      Flag.optional,
      Flag.withDescription("Only those of this state; givenUp: the dead letters, kept: no mail server is configured")
    ),
    person: Flag.String("person").pipe(
      Flag.optional,
      Flag.withDescription("Only those to this person: SCIM ID, User ID, e-mail or employee number"),
      Flag.withMetavar("REFERENCE")
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDefault(50),
      Flag.withDescription("So many at most, 1 to 10000"),
      Flag.withMetavar("COUNT")
    )
  },
  Effect.fnUntraced(function* ({ limit, person, state, subdomain }) {
    if (limit < 1 || limit > 10_000) {
      return yield* new WrongUsage({ problem: "--limit is from 1 to 10000", command: "rollcall outbox list" })
    }
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "outbox list")
    const outbox = yield* OutboxAdministration
    const query = {
      ...(Option.isNone(state) ? {} : { state: state.value }),
      ...(Option.isNone(person) ? {} : { user: UserId.make(yield* personId(organization, person.value)) })
    }
    const mails: Array<OutboxMail> = []
    let after: string | undefined
    do {
      const position = after === undefined ? {} : { after }
      const page: { mails: ReadonlyArray<OutboxMail>; next: string | undefined } = yield* outbox.list(caller, {
        ...query,
        ...position,
        count: Math.min(pageSize, limit - mails.length)
      })
      mails.push(...page.mails)
      after = page.next
    } while (after !== undefined && mails.length < limit)
    const rows = mails.map((mail) => [
      mail.state,
      mail.occasion,
      plainText(mail.recipient ?? mail.user),
      isoTime(mail.owedAt)?.slice(0, 16) ?? "",
      String(mail.attempts),
      mail.key,
      plainText(mail.error ?? "")
    ])
    yield* answer(
      mails.map(mailView),
      mails.length === 0
        ? ["The outbox has no such e-mail."]
        : [
            ...table([["STATE", "FOR", "TO", "OWED", "TRIES", "KEY", "ERROR"], ...rows]),
            ...(after === undefined ? [] : [`There are more: --limit ${Math.min(10_000, limit * 10)} shows them.`])
          ]
    )
  })
).pipe(
  Command.withDescription("List the e-mails that are or were owed to people, the latest first"),
  Command.withExamples([
    { command: "rollcall outbox list --org acme --state givenUp", description: "The dead letters" },
    { command: "rollcall outbox list --org acme --person ada@acme.example" }
  ])
)
