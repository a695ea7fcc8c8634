import type { Settings } from "@rollcall/domain/organization/Settings"
import { Arbitrary } from "effect"
import { oneOf, pick } from "../../packages/domain/test/scim/Vocabulary.ts"
import { isoDate, type Zone, zones } from "./World.ts"

/** When every sequence begins: a Monday, seven minutes past nine UTC. */
export const beginning = Date.parse("2027-03-01T09:07:00Z")

/** A reference to a person by how many were made before them, or by a text that may be anybody's. */
export type PersonRef =
  | { readonly by: "id" | "ID" | "number" | "email" | "employeeNumber"; readonly at: number }
  | { readonly by: "text"; readonly text: string }

/** What a request is to say of a person. `null` empties, what is left out says nothing. */
export interface Sayings {
  readonly userName?: string
  readonly email?: string | null
  readonly title?: string | null
  readonly employeeNumber?: string | null
  readonly active?: boolean
  readonly startDate?: string | null
  readonly terminationDate?: string | null
  readonly manager?: PersonRef | null
  readonly password?: string
}

/** People and groups are named by the order in which they were made; `form` picks one of the forms that IdPs send. */
export type RequestStep =
  | { readonly do: "create person"; readonly says: Sayings; readonly form: number }
  | { readonly do: "replace person"; readonly at: number; readonly says: Sayings; readonly form: number }
  | { readonly do: "change person"; readonly at: number; readonly says: Sayings; readonly form: number }
  | { readonly do: "delete person"; readonly at: number }
  | { readonly do: "read person"; readonly at: number }
  | { readonly do: "create group"; readonly name: string; readonly members: ReadonlyArray<number> }
  | {
      readonly do: "replace group"
      readonly at: number
      readonly name: string
      readonly members: ReadonlyArray<number>
    }
  | {
      readonly do: "change group"
      readonly at: number
      readonly name: string | undefined
      readonly steps: ReadonlyArray<{
        readonly op: "add" | "remove" | "replace"
        readonly members: ReadonlyArray<number>
      }>
      readonly form: number
    }
  | { readonly do: "delete group"; readonly at: number }
  | { readonly do: "read group"; readonly at: number }

/** What an admin does, and the time. */
export type AdminStep =
  | { readonly do: "settings"; readonly settings: Partial<Settings> }
  | { readonly do: "single sign-on"; readonly on: boolean }
  | { readonly do: "time zone"; readonly zone: Zone }
  | { readonly do: "open review"; readonly hours: number }
  | { readonly do: "close review" }

/** Time passes; it is the same for everybody. */
export interface TimeStep {
  readonly do: "pass"
  readonly hours: number
}

/** The jobs: the clock looks at whoever is due, and the e-mails are sent. */
export interface JobStep {
  /** `everybody`: the clock looks at all people, due or not. */
  readonly do: "clock" | "everybody" | "send"
}

export type Step = RequestStep | AdminStep | TimeStep | JobStep

// Few words, so that people meet; several spell one name.
const addresses = [
  "ada@halden.example",
  "bo@halden.example",
  "cy@halden.example",
  "Ada@Halden.example",
  "eve@halden.example",
  "fay@halden.example"
]
const userNames = [...addresses, "dee", "ada@halden.example", "bo@halden.example"]
const titles = ["Engineer", "Lead"]
const employeeNumbers = ["e1", "E1", "e2", "2", "4"]
const passwords = ["First-Password-1", "Second-Password-2"]
const groupNames = ["Robotics", "robotics", "Sales", "Sales", "Robotics"]

const day = (offset: number): string => isoDate(beginning + offset * 86_400_000)
const american = (iso: string): string => `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)}`
const days = [0, 1, 1, 2, 2, 3, 4, 5, -1, 7].map(day)
const dates = [...days, ...days.map(american), ...days.map(american), "02/30/2027", "12/15/2019"]
const lastDays = [0, 1, 2, 3, -1].map(day)

const at = pick([0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 5, 2, 0, 9])
const form = pick([0, 1, 2, 3, 4, 5])

const personRef: Arbitrary.Arbitrary<PersonRef> = oneOf<PersonRef>([
  Arbitrary.map(
    Arbitrary.all({ by: pick(["id", "ID", "number", "email", "employeeNumber"] as const), at }),
    (ref) => ref
  ),
  Arbitrary.map(at, (index): PersonRef => ({ by: "id", at: index })),
  Arbitrary.map(
    pick([...addresses, ...employeeNumbers, "1", "3", "nobody"]),
    (text): PersonRef => ({ by: "text", text })
  )
])

/** The value in some of so many cases, and left out in the others. */
const sometimes = <A>(values: Arbitrary.Arbitrary<A>, of: number): Arbitrary.Arbitrary<A | undefined> =>
  Arbitrary.flatMap(pick(Array.from({ length: of }, (_, i) => i === of - 1)), (isSaid) =>
    isSaid ? Arbitrary.map(values, (value): A | undefined => value) : Arbitrary.Constant(undefined)
  )

/** A list as long as one of the lengths. */
const listOf = <A>(
  values: Arbitrary.Arbitrary<A>,
  lengths: ReadonlyArray<number>
): Arbitrary.Arbitrary<ReadonlyArray<A>> =>
  Arbitrary.flatMap(pick(lengths), (length) => Arbitrary.array(values, { minLength: length, maxLength: length }))

/** What is said, without what is left out. */
const said = (says: { readonly [Name in keyof Sayings]: Sayings[Name] | undefined }): Sayings =>
  Object.fromEntries(Object.entries(says).filter(([, value]) => value !== undefined))

const orNull = <A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A | null> => pick<A | null>([...values, null])

/** All of a person: mostly one whose userName is the e-mail. */
const whole = Arbitrary.map(
  Arbitrary.all({
    userName: pick(userNames),
    isLinked: pick([true, true, true, false]),
    email: oneOf<string | undefined>([pick(addresses), Arbitrary.Constant(undefined)]),
    title: sometimes(pick(titles), 3),
    employeeNumber: sometimes(pick(employeeNumbers), 2),
    active: sometimes(pick([true, true, false]), 2),
    startDate: sometimes(pick(dates), 2),
    terminationDate: sometimes(pick(lastDays), 4),
    manager: sometimes(personRef, 2),
    password: sometimes(pick(passwords), 4)
  }),
  ({ email, isLinked, ...says }): Sayings =>
    said({ ...says, email: isLinked && says.userName.includes("@") ? says.userName : email })
)

const one = <Name extends keyof Sayings>(name: Name, values: Arbitrary.Arbitrary<Sayings[Name]>) =>
  Arbitrary.map(values, (value): Sayings => ({ [name]: value }))

/** What is changed of a person: one thing mostly. */
const changes: Arbitrary.Arbitrary<Sayings> = Arbitrary.map(
  listOf(
    oneOf<Sayings>([
      one("active", pick([true, false, false])),
      one("active", pick([true, true, false])),
      one("startDate", orNull(dates)),
      one("startDate", orNull(dates)),
      one("terminationDate", orNull(lastDays)),
      one("manager", oneOf<PersonRef | null>([personRef, personRef, personRef, Arbitrary.Constant(null)])),
      one("manager", personRef),
      one("title", orNull(titles)),
      one("employeeNumber", orNull(employeeNumbers)),
      one("email", orNull(addresses)),
      one("userName", pick(userNames)),
      one("password", pick(passwords)),
      Arbitrary.map(pick(addresses), (address): Sayings => ({ userName: address, email: address }))
    ]),
    [1, 1, 2, 3]
  ),
  (all) => Object.assign({}, ...all)
)

const members = listOf(at, [1, 2, 3, 0])

const hire = Arbitrary.map(
  Arbitrary.all({ says: whole, form }),
  (step): RequestStep => ({ do: "create person", ...step })
)

const newGroup = Arbitrary.map(
  Arbitrary.all({ name: pick(groupNames), members }),
  (step): RequestStep => ({ do: "create group", ...step })
)

const requests: ReadonlyArray<Arbitrary.Arbitrary<RequestStep>> = [
  hire,
  hire,
  Arbitrary.map(Arbitrary.all({ at, says: whole, form }), (step): RequestStep => ({ do: "replace person", ...step })),
  ...Array.from({ length: 5 }, () =>
    Arbitrary.map(Arbitrary.all({ at, says: changes, form }), (step): RequestStep => ({ do: "change person", ...step }))
  ),
  Arbitrary.map(at, (index): RequestStep => ({ do: "delete person", at: index })),
  Arbitrary.map(at, (index): RequestStep => ({ do: "read person", at: index }))
]

const groupRequests: ReadonlyArray<Arbitrary.Arbitrary<RequestStep>> = [
  newGroup,
  Arbitrary.map(
    Arbitrary.all({ at, name: pick(groupNames), members }),
    (step): RequestStep => ({ do: "replace group", ...step })
  ),
  Arbitrary.map(
    Arbitrary.all({
      at,
      name: sometimes(pick(groupNames), 4),
      steps: listOf(Arbitrary.all({ op: pick(["add", "remove", "replace", "add"] as const), members }), [1, 2]),
      form
    }),
    (step): RequestStep => ({ do: "change group", ...step })
  ),
  pick<RequestStep>([
    { do: "delete group", at: 0 },
    { do: "read group", at: 0 },
    { do: "read group", at: 1 }
  ])
]

const admin: Arbitrary.Arbitrary<AdminStep> = pick<AdminStep>([
  { do: "settings", settings: { syncManagers: false } },
  { do: "settings", settings: { syncManagers: true } },
  { do: "settings", settings: { syncManagers: true } },
  { do: "settings", settings: { startDates: false } },
  { do: "settings", settings: { startDates: true } },
  { do: "settings", settings: { startDates: true } },
  { do: "settings", settings: { pastStartDates: "startNow" } },
  { do: "settings", settings: { pastStartDates: "refuse" } },
  { do: "settings", settings: { syncPasswords: false } },
  { do: "settings", settings: { syncPasswords: true } },
  { do: "settings", settings: { userNameAndEmail: "free" } },
  { do: "settings", settings: { userNameAndEmail: "linked" } },
  { do: "settings", settings: { existingGroupName: "conflict" } },
  { do: "settings", settings: { existingGroupName: "overwrite" } },
  { do: "settings", settings: { deactivateOnTerminationDate: true } },
  { do: "settings", settings: { deactivateOnTerminationDate: true } },
  { do: "settings", settings: { deactivateOnTerminationDate: false } },
  { do: "single sign-on", on: true },
  { do: "single sign-on", on: false },
  { do: "open review", hours: 30 },
  { do: "open review", hours: 60 },
  { do: "open review", hours: 30 },
  { do: "close review" },
  ...(Object.keys(zones) as ReadonlyArray<Zone>).map((zone): AdminStep => ({ do: "time zone", zone }))
])

const pass: Arbitrary.Arbitrary<TimeStep> = Arbitrary.map(pick([24, 12, 48, 72, 6]), (hours) => ({ do: "pass", hours }))
const job: Arbitrary.Arbitrary<JobStep> = pick<JobStep>([{ do: "clock" }, { do: "everybody" }, { do: "send" }])

const request = oneOf<RequestStep>([...requests, ...requests, ...groupRequests])

const change = (says: Arbitrary.Arbitrary<Sayings>): Arbitrary.Arbitrary<RequestStep> =>
  Arbitrary.map(Arbitrary.all({ at, says, form }), (step): RequestStep => ({ do: "change person", ...step }))

const knownRef = Arbitrary.map(
  Arbitrary.all({ by: pick(["id", "email", "number", "employeeNumber"] as const), at }),
  (ref): PersonRef => ref
)

const later = pick<JobStep | TimeStep>([
  { do: "pass", hours: 24 },
  { do: "pass", hours: 72 }
])
const jobs = pick<JobStep>([{ do: "clock" }, { do: "everybody" }])

/** Things that belong together and rarely meet by chance, each one step after the other. */
const stories: ReadonlyArray<ReadonlyArray<Arbitrary.Arbitrary<Step>>> = [
  // A change of manager in a review window, and its end (R-MGR-4).
  [
    Arbitrary.Constant<Step>({ do: "open review", hours: 30 }),
    change(one("manager", oneOf<PersonRef | null>([knownRef, knownRef, Arbitrary.Constant(null)]))),
    oneOf<Step>([change(changes), hire, change(one("manager", knownRef))]),
    pick<Step>([{ do: "close review" }, { do: "pass", hours: 48 }]),
    jobs
  ],
  // Somebody who starts in some days (R-START-3, R-START-6).
  [
    change(Arbitrary.map(pick(dates), (startDate): Sayings => ({ active: true, startDate }))),
    hire,
    later,
    oneOf<Step>([jobs, change(one("startDate", orNull(dates)))]),
    jobs
  ],
  // Somebody whose last day comes (R-START-9).
  [
    Arbitrary.Constant<Step>({ do: "settings", settings: { deactivateOnTerminationDate: true } }),
    change(Arbitrary.map(pick(lastDays), (terminationDate): Sayings => ({ terminationDate }))),
    jobs,
    later,
    jobs,
    change(one("active", Arbitrary.Constant(true)))
  ],
  // An employee number that two share (R-MATCH-1).
  [
    change(one("employeeNumber", Arbitrary.Constant("e1"))),
    change(one("employeeNumber", Arbitrary.Constant("E1"))),
    change(one("manager", Arbitrary.Constant<PersonRef>({ by: "text", text: "e1" })))
  ]
]

/** So many of the values, and fewer when a failure is made smaller: each can be left out. */
const some = <A>(values: Arbitrary.Arbitrary<A>, length: number): Arbitrary.Arbitrary<ReadonlyArray<A>> =>
  Arbitrary.map(
    Arbitrary.array(
      oneOf<A | undefined>([Arbitrary.Constant(undefined), ...Array.from({ length: 15 }, () => values)]),
      { minLength: length, maxLength: length }
    ),
    (all) => all.filter((value) => value !== undefined)
  )

/** One of the stories, with something else between its steps perhaps. */
const story = Arbitrary.flatMap(pick(stories), (steps) =>
  Arbitrary.map(Arbitrary.all(steps.map((step) => some(step, 1))), (told): ReadonlyArray<Step> => told.flat())
)

/** First some people and a group, so that there is somebody to ask about. */
const begun = <A>(steps: Arbitrary.Arbitrary<A>, length: number): Arbitrary.Arbitrary<ReadonlyArray<A | RequestStep>> =>
  Arbitrary.map(
    Arbitrary.all([some(hire, 4), some(newGroup, 1), some(steps, length - 5)]),
    ([people, groups, rest]) => [...people, ...groups, ...rest]
  )

/** A sequence for one organisation, jobs and time included. */
export const sequence = (length: number): Arbitrary.Arbitrary<ReadonlyArray<Step>> => {
  const single = oneOf<Step>([...Array.from({ length: 12 }, () => request), admin, admin, admin, pass, pass, job, job])
  const several = oneOf<ReadonlyArray<Step>>([story, story, some(single, 5)])
  return Arbitrary.map(Arbitrary.all([begun<Step>(single, length - 12), several, some(single, 2), several]), (parts) =>
    parts.flat()
  )
}

/** Requests and settings of one organisation; time is common to several, and the jobs run by themselves. */
export const requestsAndSettings = (length: number): Arbitrary.Arbitrary<ReadonlyArray<RequestStep | AdminStep>> =>
  begun<RequestStep | AdminStep>(oneOf<RequestStep | AdminStep>([request, request, request, request, admin]), length)
