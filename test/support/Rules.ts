/** Every rule of the product, with what it is about in a few words; tests cite the numbers. */
export const rules: ReadonlyArray<readonly [id: string, title: string]> = [
  ["R-ORG-1", "An organisation's facts, and the wall between organisations"],
  ["R-ORG-2", "The SCIM base URL, and which organisation a host is"],
  ["R-ORG-3", "Tokens and keys: form, shown once, kept as a hash, revocable, several at once"],
  ["R-ORG-4", "The wrong kind of key is told apart"],
  ["R-ORG-5", "OAuth client credentials"],
  ["R-ORG-6", "SCIM is off until it is switched on, and switching it off leaves everybody as they are"],
  ["R-ORG-7", "What can be done by hand while SCIM is on"],
  ["R-ORG-8", "Integration settings, their defaults and presets"],
  ["R-USER-1", "SCIM ID and User ID"],
  ["R-USER-2", "The attributes of a person, and the directory's own fields"],
  ["R-USER-3", "timezone and unknown attributes; values come back as they were sent"],
  ["R-USER-4", "The extension schema and custom attributes"],
  ["R-USER-5", "The email of a person; unique names; linked userName and email"],
  ["R-USER-6", "Creating somebody whose email or userName is taken"],
  ["R-USER-7", "Deactivation and reactivation"],
  ["R-USER-8", "Deletion keeps the record, and a create with the same email revives it"],
  ["R-USER-9", "Switching SCIM on takes nothing from people who were there before"],
  ["R-USER-10", "Groups never deactivate anybody"],
  ["R-USER-11", "What a PUT leaves alone, and where each field came from"],
  ["R-USER-12", "Versions, conditional requests, and writes that change nothing"],
  ["R-MATCH-1", "The order in which a reference is matched, what the result says, and that it never guesses"],
  ["R-MATCH-2", "Only well-formed candidates are tried; no match is no error; deleted records do not match"],
  ["R-MATCH-3", "Many references in one round trip"],
  ["R-MGR-1", "Every form of a manager, and how it reads back"],
  ["R-MGR-2", "A manager who is not there yet is filled in when they appear"],
  ["R-MGR-3", "Sync managers switched off"],
  ["R-MGR-4", "Review windows hold changes of managers"],
  ["R-MGR-5", "What is ignored or held reads back as sent"],
  ["R-MGR-6", "Nobody is their own manager; longer cycles are accepted and logged"],
  ["R-START-1", "Forms of dates, and dates that are nonsense"],
  ["R-START-2", "Start dates switched off"],
  ["R-START-3", "A start date to come: scheduled, then started on the day and mailed exactly once"],
  ["R-START-4", "Without a start date, or with today: started at once"],
  ["R-START-5", "A start date in the past: refused where it is new, or started now"],
  ["R-START-6", "A changed start date before and after the start"],
  ["R-START-7", "Deactivation, deletion and reactivation before the start"],
  ["R-START-8", "Forms of a PATCH of the start date"],
  ["R-START-9", "Hire date and termination date"],
  ["R-MAIL-1", "Which e-mails there are, and where their links lead"],
  ["R-MAIL-2", "Passwords in requests"],
  ["R-MAIL-3", "E-mails follow from events, are retried, listed and never sent twice"],
  ["R-MAIL-4", "SMTP, or the outbox without it"],
  ["R-GROUP-1", "What of a group is synced"],
  ["R-GROUP-2", "A group whose name exists: overwrite or conflict, near-misses, renaming"],
  ["R-GROUP-3", "Group types and group admins are the admins'"],
  ["R-GROUP-4", "Members that match nobody, members added twice, deletion"],
  ["R-GROUP-5", "The cost of a change of members"],
  ["R-GROUP-6", "Deactivated people stay members, deleted people leave"],
  ["R-SCIM-1", "The endpoints"],
  ["R-SCIM-2", "Filters"],
  ["R-SCIM-3", "Sorting, paging and projection"],
  ["R-SCIM-4", "PATCH"],
  ["R-SCIM-5", "Errors and limits"],
  ["R-SCIM-6", "Load, big groups, odd query strings and paths"],
  ["R-SCIM-7", "Content types, case of names, unknown parameters"],
  ["R-LOG-1", "Every write and every refusal leaves an entry, without secrets, in the change's transaction"],
  ["R-LOG-2", "The log can be searched, and is kept for a configured time"],
  ["R-LOG-3", "Case codes"],
  ["R-LOG-4", "The product answers by itself what support is asked"],
  ["R-CSV-1", "Columns and the form of the file"],
  ["R-CSV-2", "How rows are matched and what they do"],
  ["R-CSV-3", "Dry run, errors by row, rejects, running a file twice"],
  ["R-CSV-4", "Streams, progress, interruption"],
  ["R-CSV-5", "A file that moves groups to types"],
  ["R-API-1", "What the Public API offers"],
  ["R-API-2", "May this person sign in"],
  ["R-API-3", "The feed of events, and webhooks"],
  ["R-HELP", "What the documents' FAQ asks"]
]

/** The sections whose rules must each have a test by now. */
export const required = /^R-(?:MATCH|MGR|START|MAIL|GROUP|LOG)-/

/** A place where a test cites a rule. */
export interface Citation {
  readonly rule: string
  /** The test's name, or the words beside the number. */
  readonly test: string
  readonly file: string
}

const cited = /R-(?:[A-Z]+-[0-9]+(?: to R-[A-Z]+-[0-9]+)?|HELP)\b/g
const literals = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g
const opening = /(?:\b(?:it|test|describe|suite|layer|onBothDatabases|describeOnBothDatabases)\b[\w.]*\(|^\s*\]\)\()/

/** The rules that a text names; a range names all that lie in it. */
export const rulesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(cited)].flatMap(([found]) => {
    const range = /^R-([A-Z]+)-([0-9]+) to R-\1-([0-9]+)$/.exec(found)
    if (range === null) return found.includes(" to ") ? found.split(" to ") : [found]
    const [, section, first, last] = range
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `R-${section}-${Number(first) + i}`)
  })

const literalsIn = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(literals)].map(([text]) => text.slice(1, -1))

/** The name of the test that a line begins, where it begins one. */
const titleAt = (lines: ReadonlyArray<string>, at: number): string | undefined => {
  const line = lines[at] ?? ""
  if (opening.test(line)) {
    const rest = line.slice(line.search(opening))
    const own = literalsIn(rest)[0]
    return own ?? (rest.trimEnd().endsWith("(") ? literalsIn(lines[at + 1] ?? "")[0] : undefined)
  }
  return undefined
}

/** The test that a comment at that line is about: the next one, else the one that it stands in; there may be none. */
const testNear = (lines: ReadonlyArray<string>, at: number): string | undefined => {
  for (let i = at; i < Math.min(lines.length, at + 12); i++) {
    const title = titleAt(lines, i)
    if (title !== undefined) return title
  }
  for (let i = at; i >= 0; i--) {
    const title = titleAt(lines, i)
    if (title !== undefined) return title
  }
  return undefined
}

/** The case of a table that a line belongs to: cases have names, and say beside them where they come from. */
const caseNear = (lines: ReadonlyArray<string>, at: number): string | undefined => {
  for (let i = at; i >= Math.max(0, at - 12); i--) {
    const line = lines[i] ?? ""
    const name = /\bname:\s*(.*)$/.exec(line)?.[1]
    if (name !== undefined) return literalsIn(name)[0] ?? literalsIn(lines[i + 1] ?? "")[0]
    const maker = /^const (\w+)/.exec(line)?.[1]
    if (maker !== undefined) return maker
  }
  return testNear(lines, at)
}

/** Whether a text is made of numbers of rules and nothing that says what is tested. */
const isBare = (text: string): boolean =>
  !/[A-Za-z]{2}/.test(text.replaceAll(/\b(?:R|RFC|ABUSE)-?[A-Z]*[-\s0-9.]*/g, ""))

/** The citations in the text of one file of tests, each rule and test once. */
export const citationsIn = (file: string, source: string): ReadonlyArray<Citation> => {
  const lines = source.split("\n")
  const found = new Map<string, Citation>()
  const add = (rule: string, test: string | undefined) => {
    if (test !== undefined) found.set(`${rule} ${test}`, { rule, test, file })
  }
  lines.forEach((line, at) => {
    let rest = line
    for (const literal of literalsIn(line)) {
      if (!literal.includes("R-")) continue
      rest = rest.replace(literal, "")
      for (const rule of rulesIn(literal)) add(rule, isBare(literal) ? caseNear(lines, at) : literal)
    }
    const comment = rest.search(/\/\/|^\s*\/?\*/)
    if (comment >= 0) for (const rule of rulesIn(rest.slice(comment))) add(rule, testNear(lines, at))
  })
  return [...found.values()]
}

const cell = (text: string): string =>
  text
    .replaceAll("\\", "")
    .replaceAll("|", "\\|")
    .replaceAll(/\$\{[^}]*\}/g, "…")

/** The page `docs/rules.md`. */
export const page = (citations: ReadonlyArray<Citation>): string => {
  const lines = rules.map(([id, title]) => {
    const own = citations.filter(({ rule }) => rule === id)
    const tests = own.map(({ file, test }) => `| ${cell(test)} | ${file} |`)
    const body = tests.length === 0 ? ["No test yet."] : ["| test | in |", "| --- | --- |", ...tests]
    return [`## ${id}: ${title}`, "", ...body, ""].join("\n")
  })
  const without = rules.filter(([id]) => !citations.some(({ rule }) => rule === id)).map(([id]) => id)
  return [
    "# Rules",
    "",
    "Which tests prove which rule. Tests cite the numbers in their names, or in a comment beside them. Written from the tests",
    "themselves: `WRITE_RULES=1 npx -y pnpm@12 exec vitest run test/rules.test.ts`; a page that is out of date fails the tests.",
    "",
    without.length === 0 ? "Every rule has a test." : `Without a test so far: ${without.join(", ")}.`,
    "",
    ...lines
  ].join("\n")
}
