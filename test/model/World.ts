import { presets, type Settings } from "@rollcall/domain/organization/Settings"

/** What a person's requests have said, as SCIM shows it. Dates and references are as they were sent. */
export interface Sent {
  readonly userName: string
  readonly email: string | undefined
  /** Whether the stored e-mail is marked as the primary one; it matters to what a change is, and to nothing else. */
  readonly isPrimary: boolean
  readonly title: string | undefined
  readonly employeeNumber: string | undefined
  readonly active: boolean
  readonly startDate: string | undefined
  readonly terminationDate: string | undefined
  readonly manager: string | undefined
}

/** Why the manager that was sent is not the directory's (R-MGR-2 to R-MGR-6). */
export type Why = "unmatched" | "ambiguous" | "self" | "off" | "review"

export interface Person {
  readonly id: string
  readonly number: number
  sent: Sent
  /** Whether they were ever let in: it happens once (R-START-3). */
  started: boolean
  /** The last day that the clock still has to act upon, an ISO date (R-START-9). */
  lastDay: string | undefined
  deletedAt: number | undefined
  /** The directory's manager, by id, and the reference that led there. */
  reviewer: string | undefined
  followed: string | undefined
  why: Why | undefined
  /** The password that the identity provider sent last. */
  password: string | undefined
  /** Counts what changed of the resource: the same count is the same version (R-USER-12). */
  changes: number
}

export interface Group {
  readonly id: string
  displayName: string
  members: Array<string>
  changes: number
}

export type Occasion = "welcome" | "startDay" | "welcomeBack" | "passwordReset"

/** An e-mail that a person is owed, and what may have become of it. */
export interface Owed {
  readonly user: string
  readonly occasion: Occasion
  /** The addresses that the person has had since. */
  readonly addresses: Set<string>
  /** Whether there was a moment since in which it was not wanted any more, or could not be sent. */
  mayBeWithdrawn: boolean
  mayBeGivenUp: boolean
  isOver: boolean
}

/** The simple model of one organisation. Everything is found by looking through all of it. */
export interface World {
  settings: Settings
  singleSignOn: boolean
  windows: Array<{ readonly opensAt: number; closesAt: number }>
  zone: Zone
  /** Milliseconds since 1970 UTC. */
  now: number
  readonly people: Array<Person>
  readonly groups: Array<Group>
  readonly mails: Array<Owed>
}

/** An organisation as it is made: the product's settings, in UTC, without anybody. */
export const newWorld = (now: number): World => ({
  settings: presets.product,
  singleSignOn: false,
  windows: [],
  zone: "UTC",
  now,
  people: [],
  groups: [],
  mails: []
})

/** Time zones without summer time, and how many minutes they are ahead of UTC. */
export const zones = {
  UTC: 0,
  "Pacific/Kiritimati": 14 * 60,
  "Pacific/Pago_Pago": -11 * 60,
  "Asia/Kathmandu": 5 * 60 + 45
} as const
export type Zone = keyof typeof zones

export const isoDate = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** The day that it is in the organisation. */
export const today = (world: World): string => isoDate(world.now + zones[world.zone] * 60_000)

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The ISO date of a date as it was sent, `MM/DD/YYYY` or ISO; undefined where it is no day of the calendar (R-START-1). */
export const dayOf = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  const [year = 0, month = 0, day = 0] = text.includes("-")
    ? text.split("-").map(Number)
    : [6, 0, 3].map((at) => Number(text.slice(at, at === 6 ? 10 : at + 2)))
  const leap = month === 2 && year % 4 === 0 ? 1 : 0
  return month >= 1 && month <= 12 && day >= 1 && day <= (monthLengths[month - 1] ?? 0) + leap
    ? `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`
    : undefined
}

/** How texts compare (R-USER-5); the words of the test are plain ASCII. */
export const same = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && right !== undefined && left.trim().toLowerCase() === right.trim().toLowerCase()

/** *The email* of a person (R-USER-5). */
export const emailOf = (sent: Pick<Sent, "email" | "userName">): string | undefined =>
  sent.email ?? (sent.userName.includes("@") ? sent.userName : undefined)

export const living = (world: World): ReadonlyArray<Person> => world.people.filter((one) => one.deletedAt === undefined)

export const livingPerson = (world: World, id: string): Person | undefined => living(world).find((one) => one.id === id)

export const isReviewing = (world: World): boolean =>
  world.windows.some(({ closesAt, opensAt }) => opensAt <= world.now && world.now < closesAt)

/** R-MATCH-1: SCIM ID, User ID, e-mail, employee number; a step with several hits matches nobody. */
export const matching = (world: World, reference: string): Person | "nobody" | "several" => {
  const steps: ReadonlyArray<(one: Person) => boolean> = [
    (one) => same(one.id, reference),
    (one) => String(one.number) === reference.trim(),
    (one) => reference.includes("@") && same(emailOf(one.sent), reference),
    (one) => same(one.sent.employeeNumber, reference)
  ]
  for (const isHit of steps) {
    const hits = living(world).filter(isHit)
    if (hits.length > 1) return "several"
    if (hits[0] !== undefined) return hits[0]
  }
  return "nobody"
}
