import { LogReading, type ToldEntry } from "@rollcall/domain/log/LogReading"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"
import { conditionFlags, conditionsOf, entryJson, entryText, timeOf } from "./LogFlags.ts"

const command = "rollcall log search"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withDescription(description), Flag.withMetavar(metavar))

/** `rollcall log search`: what happened, in plain sentences, the newest first (R-LOG-2, R-LOG-3). */
export const search = Command.make(
  "search",
  {
    subdomain: organizationFlag,
    ...conditionFlags,
    from: text(
      "from",
      "TIME",
      "From this time on: 2027-03-01T08:00Z, or by the organisation's clocks without an offset"
    ),
    to: text("to", "TIME", "Before this time"),
    caseCode: text("case", "CODE", "The one entry of this case code, and nothing else"),
    limit: Flag.Int("limit").pipe(
      Flag.withDefault(20),
      Flag.withDescription("So many at most, 1 to 1000"),
      Flag.withMetavar("COUNT")
    )
  },
  Effect.fnUntraced(function* ({ caseCode, from, limit, subdomain, to, ...given }) {
    if (limit < 1 || limit > 1000) return yield* new WrongUsage({ problem: "--limit is from 1 to 1000", command })
    const others = [given.person, given.group, given.outcome, given.text, from, to]
    if (Option.isSome(caseCode) && others.some(Option.isSome)) {
      return yield* new WrongUsage({ problem: "--case names one entry: leave the other conditions away", command })
    }
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "log search")
    const reading = yield* LogReading
    if (Option.isSome(caseCode)) {
      const entry = yield* reading.open(caller, caseCode.value)
      return yield* answer([entryJson(entry)], [entryText(entry)])
    }
    const start = yield* timeOf(command, "--from", from, organization)
    const end = yield* timeOf(command, "--to", to, organization)
    const conditions = {
      ...(yield* conditionsOf(command, organization, given)),
      ...(start === undefined ? {} : { from: start }),
      ...(end === undefined ? {} : { to: end })
    }
    const found: Array<ToldEntry> = []
    let after: number | undefined
    do {
      const position = after === undefined ? {} : { after }
      const page = yield* reading.page(caller, { ...conditions, ...position, limit: limit - found.length })
      found.push(...page.entries)
      after = page.next
    } while (after !== undefined && found.length < limit)
    yield* answer(
      found.map(entryJson),
      found.length === 0
        ? ["The log has no such entry."]
        : [
            ...found.map(entryText),
            ...(after === undefined ? [] : [`There may be more: --limit ${Math.min(1000, limit * 10)} shows them.`])
          ]
    )
  })
).pipe(
  Command.withDescription("Find what happened, the newest first, and tell it in plain sentences"),
  Command.withExamples([
    { command: "rollcall log search --org acme --person ada@acme.example" },
    { command: "rollcall log search --org acme --outcome refused --from 2027-03-01" },
    { command: "rollcall log search --org acme --case K7Q2M9", description: "What a case code stands for" }
  ])
)
