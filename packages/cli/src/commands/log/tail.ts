import type { Caller } from "@rollcall/domain/directory/Caller"
import { type LogConditions, LogReading, type ToldEntry } from "@rollcall/domain/log/LogReading"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { Json } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"
import { WrongUsage } from "../../WrongUsage.ts"
import { conditionFlags, conditionsOf, entryJson, entryText } from "./LogFlags.ts"

const command = "rollcall log tail"

/** So many entries are asked for at a time. */
const pageSize = 200

/** The entries after one, the oldest first: pages are read back until it is reached. */
const since = Effect.fnUntraced(function* (caller: Caller, conditions: LogConditions, last: number) {
  const reading = yield* LogReading
  const found: Array<ToldEntry> = []
  let after: number | undefined
  do {
    const position = after === undefined ? {} : { after }
    const page = yield* reading.page(caller, { ...conditions, ...position, limit: pageSize })
    found.push(...page.entries.filter(({ logged }) => logged.sequence > last))
    after = page.next === undefined || page.next <= last ? undefined : page.next
  } while (after !== undefined)
  return found.reverse()
})

/** `rollcall log tail`: the latest entries, then each as it comes, until Ctrl-C. */
export const tail = Command.make(
  "tail",
  {
    subdomain: organizationFlag,
    ...conditionFlags,
    lines: Flag.Int("lines").pipe(
      Flag.withDefault(10),
      Flag.withDescription("So many of the latest entries first, 0 to 1000"),
      Flag.withMetavar("COUNT")
    ),
    follow: Flag.Boolean("follow").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Go on with new entries, looking every second; --no-follow ends after the latest")
    )
  },
  Effect.fnUntraced(function* ({ follow, lines, subdomain, ...given }) {
    if (lines < 0 || lines > 1000) return yield* new WrongUsage({ problem: "--lines is from 0 to 1000", command })
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "log tail")
    const conditions = yield* conditionsOf(command, organization, given)
    const reading = yield* LogReading
    const json = yield* Json
    const print = (entries: ReadonlyArray<ToldEntry>) =>
      Effect.forEach(entries, (entry) => Console.log(json ? JSON.stringify(entryJson(entry)) : entryText(entry)), {
        discard: true
      })
    // Where the whole log ends now: what is found later comes behind it.
    const { entries: newest } = yield* reading.page(caller, { limit: 1 })
    let last = newest[0]?.logged.sequence ?? 0
    const first: Array<ToldEntry> = []
    let after: number | undefined = last + 1
    while (after !== undefined && first.length < lines) {
      const page: { entries: ReadonlyArray<ToldEntry>; next: number | undefined } = yield* reading.page(caller, {
        ...conditions,
        after,
        limit: lines - first.length
      })
      first.push(...page.entries)
      after = page.next
    }
    yield* print(first.reverse())
    while (follow) {
      yield* Effect.sleep("1 second")
      const entries = yield* since(caller, conditions, last)
      yield* print(entries)
      last = entries.at(-1)?.logged.sequence ?? last
    }
  })
).pipe(
  Command.withDescription("Tell the latest that happened, and go on with what happens until Ctrl-C"),
  Command.withExamples([
    { command: "rollcall log tail --org acme" },
    { command: "rollcall log tail --org acme --outcome refused --json", description: "An entry a line, for programs" }
  ])
)
