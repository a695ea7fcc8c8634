import { type Company, type Day, newPerson, type Person, type PersonChange, type PersonChangeKind } from "./Company.ts"
import { Dice } from "./Dice.ts"

const DAY = 86_400_000

/** The day in a time zone at this moment, an ISO 8601 date. */
export const todayOf = (timeZone: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format()

export const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)

/** The first Monday that lies a week ahead or more. */
export const mondayAfter = (date: string): string => {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  return plusDays(date, 7 + ((8 - weekday) % 7))
}

/** As the product's documents write it: `MM/DD/YYYY`. */
const american = (date: string): string => `${date.slice(5, 7)}/${date.slice(8, 10)}/${date.slice(0, 4)}`

/**
 * Two places of which the first has a day, for an hour at least, that is over in the second already: who moves an
 * organisation from one to the other lets a midnight pass.
 */
export const eveningAndMorning = (): readonly [evening: string, morning: string] => [
  // Pago Pago's own midnight comes at 11 o'clock UTC.
  new Date().getUTCHours() === 10 ? "Pacific/Pitcairn" : "Pacific/Pago_Pago",
  "Pacific/Kiritimati"
]

/** Writes the days of a company that hires: every method changes it, and returns what an identity provider will see. */
export class HiringBook {
  readonly #company: Company
  readonly #dice: Dice
  #next: number

  constructor(company: Company, seed: number) {
    this.#company = company
    this.#dice = new Dice(seed)
    this.#next = company.people.size
  }

  #noted(kind: PersonChangeKind, person: Person): PersonChange {
    this.#company.people.set(person.key, person)
    return { kind, person }
  }

  /** Somebody who is hired to start on a day, whom the identity provider is told of now or later. */
  hire(manager: Person | undefined, startsOn: string | undefined): Person {
    const hired = newPerson(this.#company, this.#dice, this.#next++, manager)
    return { ...hired, startDate: startsOn === undefined ? undefined : american(startsOn) }
  }

  joins(...people: ReadonlyArray<Person>): Day {
    return { people: people.map((person) => this.#noted("joined", person)), groups: [] }
  }

  reportsTo(person: Person, manager: Person): Day {
    const moved = { ...person, managerKey: manager.key, managerEmail: manager.email }
    return { people: [this.#noted("changed", moved)], groups: [] }
  }

  leaves(person: Person): Day {
    return { people: [this.#noted("left", { ...person, active: false })], groups: [] }
  }

  returns(person: Person): Day {
    return { people: [this.#noted("returned", { ...person, active: true })], groups: [] }
  }
}
