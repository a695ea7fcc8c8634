import { momentIn } from "@rollcall/domain/log/Moment"
import { plainText, quoted, shownValue } from "@rollcall/domain/log/ShownValue"
import { attributeName, paragraph } from "@rollcall/domain/log/Story"
import { ruleNames } from "@rollcall/domain/log/StoryTexts"
import { PeopleReading, type PersonPage } from "@rollcall/domain/user/PeopleReading"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationFlag } from "../../OrganizationArgument.ts"

const names = (groups: ReadonlyArray<{ readonly displayName: string }>): string =>
  groups.length === 0 ? "none" : groups.map(({ displayName }) => plainText(displayName)).join(", ")

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)]

const pageText = (page: PersonPage, reference: string, timeZone: string): ReadonlyArray<string> => {
  const { alsoMatchedBy, fields, matchedBy, summary } = page
  const also = alsoMatchedBy === null ? "" : `; as ${ruleNames[alsoMatchedBy]} it would have been somebody else`
  return [
    `${plainText(summary.name)}, matched from ${quoted(reference)} by ${ruleNames[matchedBy]}${also}.`,
    ...table([
      ["  SCIM ID", summary.id],
      ["  User ID", String(summary.number)],
      ["  userName", plainText(summary.userName)],
      ["  State", summary.state],
      ["  Manager status", summary.managerStatus],
      ["  Groups", names(page.groups)],
      ["  Admin of", names(page.adminOf)],
      ["  Made by", `${summary.origin}, on ${momentIn(timeZone, summary.createdAt)}`]
    ]),
    ...section("Where they stand", page.standing),
    ...section("Manager", page.manager.explanation),
    ...section(
      "Fields",
      table([
        ["FIELD", "FROM", "VALUE"],
        ...fields.map(({ name, source, value }) => [attributeName(name), source, shownValue(value)])
      ])
    ),
    ...section("Last call", [page.lastCall]),
    ...section("Story, the latest first", page.story.map(paragraph))
  ]
}

/** `rollcall user show`: all that the directory knows of a person, and how it came about (R-LOG-4). */
export const show = Command.make(
  "show",
  {
    reference: Argument.String("reference").pipe(
      Argument.withDescription("SCIM ID, User ID, e-mail or employee number: the first of these that fits")
    ),
    subdomain: organizationFlag
  },
  Effect.fnUntraced(function* ({ reference, subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const caller = yield* asOperator(organization, "user show")
    const page = yield* (yield* PeopleReading).show(caller, reference)
    const { number, ...person } = page.summary
    const json = {
      ...page,
      summary: undefined,
      person: {
        ...person,
        userId: number,
        createdAt: isoTime(person.createdAt),
        lastModifiedAt: isoTime(person.lastModifiedAt)
      },
      story: page.story.map((told) => ({ ...told, at: isoTime(told.at) }))
    }
    yield* answer(json, pageText(page, reference, organization.timeZone))
  })
).pipe(
  Command.withDescription("Show a person: which rule matched, state, where each field came from, manager, story"),
  Command.withExamples([
    { command: "rollcall user show ada@acme.example --org acme" },
    { command: "rollcall user show 4711 --org acme --json", description: "By User ID, or else by employee number" }
  ])
)
