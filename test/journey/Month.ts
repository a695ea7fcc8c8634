import {
  addressOf,
  type Company,
  type Day,
  type Group,
  type GroupChange,
  type GroupChangeKind,
  newDepartment,
  newFamilyName,
  newGroup,
  newPerson,
  newPlace,
  newTitle,
  type Person,
  type PersonChange,
  type PersonChangeKind
} from "./Company.ts"
import { Dice } from "./Dice.ts"

// Far enough ahead that it never comes while somebody runs this.
const START_DATE = "03/02/2099"
const LATER_START_DATE = "09/14/2099"

/** Writes one day of the company's life: every method changes the company and notes what an identity provider will see. */
class DayBook {
  readonly people: Array<PersonChange> = []
  readonly groups: Array<GroupChange> = []
  readonly #company: Company
  readonly #dice: Dice

  constructor(company: Company, dice: Dice) {
    this.#company = company
    this.#dice = dice
  }

  active(): Array<Person> {
    return [...this.#company.people.values()].filter((person) => person.active)
  }

  // Changing the chief's reports is fine, but the chief stays: everybody else's manager ends there.
  someone(): Person {
    return this.#dice.pick(this.active().slice(1))
  }

  #note(kind: PersonChangeKind, person: Person): void {
    this.#company.people.set(person.key, person)
    this.people.push({ kind, person })
  }

  #noteGroup(kind: GroupChangeKind, group: Group, added: ReadonlyArray<string>, removed: ReadonlyArray<string>): void {
    if (kind === "removed") this.#company.groups.delete(group.key)
    else this.#company.groups.set(group.key, group)
    this.groups.push({ kind, group, added, removed })
  }

  #reportsOf(manager: Person): Array<Person> {
    return this.active().filter((person) => person.managerKey === manager.key)
  }

  #nameManager(person: Person, manager: Person | undefined): void {
    this.#note("changed", { ...person, managerKey: manager?.key, managerEmail: manager?.email })
  }

  join(): void {
    const manager = this.someone()
    const number = this.#company.people.size
    const joined = newPerson(this.#company, this.#dice, number, manager)
    const startDate = this.#dice.next() < 0.5 ? START_DATE : undefined
    this.#note("joined", { ...joined, startDate })
    const group = this.#anyGroup()
    if (group !== undefined) this.changeMembers(group, [joined.key], [])
  }

  /** Somebody whom others report to. */
  manager(): Person {
    const keys = new Set(this.active().map(({ managerKey }) => managerKey))
    const managers = this.active().filter(({ key, managerKey }) => keys.has(key) && managerKey !== undefined)
    return managers.length === 0 ? this.someone() : this.#dice.pick(managers)
  }

  /** Deactivated; their reports go to their manager. On leave they stay in their groups, else they leave those too. */
  leave(person: Person, onLeave: boolean): void {
    const above = person.managerKey === undefined ? undefined : this.#company.people.get(person.managerKey)
    for (const report of this.#reportsOf(person)) this.#nameManager(report, above)
    this.#note("left", { ...person, active: false })
    if (!onLeave) this.#leaveGroups(person)
  }

  #leaveGroups(person: Person): void {
    for (const group of [...this.#company.groups.values()]) {
      if (group.members.has(person.key)) this.changeMembers(group, [], [person.key])
    }
  }

  #inactive(): Array<Person> {
    return [...this.#company.people.values()].filter((person) => !person.active && !person.removed)
  }

  // Somebody active who is neither this person nor below them, so that the tree stays a tree.
  #anotherManager(person: Person): Person {
    const below = new Set([person.key])
    for (let grown = true; grown; ) {
      const before = below.size
      for (const other of this.#company.people.values()) {
        if (other.managerKey !== undefined && below.has(other.managerKey)) below.add(other.key)
      }
      grown = below.size > before
    }
    return this.#dice.pick(this.active().filter((other) => !below.has(other.key)))
  }

  return(): void {
    const inactive = this.#inactive()
    if (inactive.length === 0) return
    const person = this.#dice.pick(inactive)
    const manager = this.#anotherManager(person)
    this.#note("returned", { ...person, active: true, managerKey: manager.key, managerEmail: manager.email })
  }

  remove(): void {
    const inactive = this.#inactive()
    if (inactive.length === 0) return
    const person = this.#dice.pick(inactive)
    this.#note("removed", { ...person, removed: true })
    this.#leaveGroups(person)
  }

  rehire(): void {
    const removed = [...this.#company.people.values()].filter((person) => person.removed)
    if (removed.length === 0) return
    const person = this.#dice.pick(removed)
    const manager = this.#anotherManager(person)
    const back = { active: true, removed: false, managerKey: manager.key, managerEmail: manager.email }
    this.#note("rehired", { ...person, ...back, title: newTitle(this.#dice) })
  }

  move(): void {
    const person = this.someone()
    const choice = this.#dice.below(5)
    if (choice === 0) this.#note("changed", { ...person, title: newTitle(this.#dice) })
    if (choice === 1) this.#note("changed", { ...person, department: newDepartment(this.#dice) })
    if (choice === 2) this.#note("changed", { ...person, ...newPlace(this.#dice) })
    if (choice === 3) this.#nameManager(person, this.#anotherManager(person))
    if (choice === 4) {
      const scheduled = this.active().filter(({ startDate }) => startDate === START_DATE)
      if (scheduled.length > 0) this.#note("changed", { ...this.#dice.pick(scheduled), startDate: LATER_START_DATE })
    }
  }

  /** For the time being nobody's report. */
  loseManager(): void {
    this.#nameManager(this.someone(), undefined)
  }

  /** A new family name and with it a new address and user name; the directory copies the address to the reports. */
  rename(person: Person): void {
    const familyName = newFamilyName(this.#dice)
    const email = addressOf(this.#company, person.givenName, familyName, Number(person.key.slice(1)))
    const renamed = { ...person, familyName, email }
    this.#note("changed", renamed)
    for (const report of this.#reportsOf(renamed)) this.#nameManager(report, renamed)
  }

  #anyGroup(): Group | undefined {
    const groups = [...this.#company.groups.values()]
    return groups.length === 0 ? undefined : this.#dice.pick(groups)
  }

  changeMembers(group: Group, added: ReadonlyArray<string>, removed: ReadonlyArray<string>): void {
    const members = new Set(group.members)
    for (const key of removed) members.delete(key)
    for (const key of added) members.add(key)
    this.#noteGroup("membersChanged", { ...group, members }, added, removed)
  }

  regroup(): void {
    const group = this.#anyGroup()
    if (group === undefined) return
    const outside = this.active().filter((person) => !group.members.has(person.key))
    const added = this.#dice.sample(outside, this.#dice.below(6)).map((person) => person.key)
    const inside = [...group.members].filter((key) => this.#company.people.get(key)?.active === true)
    this.changeMembers(group, added, this.#dice.sample(inside, this.#dice.below(4)))
  }

  renameGroup(number: number): void {
    const group = this.#anyGroup()
    if (group !== undefined) this.#noteGroup("renamed", { ...group, name: `Line ${number} – Süd` }, [], [])
  }

  foundGroup(number: number): void {
    const members = this.#dice.sample(this.active(), 12).map((person) => person.key)
    const group = newGroup(this.#dice, number, `Task Force ${number}`, members)
    this.#noteGroup("created", group, members, [])
  }

  dissolveGroup(): void {
    const group = this.#anyGroup()
    if (group !== undefined) this.#noteGroup("removed", group, [], [])
  }
}

/** Plays twenty working days upon the company, which is changed, and returns what an identity provider sees of them. */
export const playMonth = (company: Company, seed: number): ReadonlyArray<Day> => {
  const dice = new Dice(seed)
  const days: Array<Day> = []
  for (let day = 0; day < 20; day++) {
    const book = new DayBook(company, dice)
    for (let count = dice.below(4); count > 0; count--) book.join()
    for (let count = 4; count > 0; count--) book.move()
    book.rename(day % 2 === 0 ? book.manager() : book.someone())
    book.leave(day % 5 === 3 ? book.manager() : book.someone(), day % 3 === 0)
    if (day % 3 === 2) book.return()
    if (day % 5 === 4) book.remove()
    if (day % 7 === 6) book.rehire()
    if (day % 6 === 5) book.loseManager()
    for (let count = 3; count > 0; count--) book.regroup()
    if (day % 5 === 1) book.renameGroup(day)
    if (day % 6 === 2) book.foundGroup(900 + day)
    if (day % 7 === 3) book.dissolveGroup()
    days.push({ people: book.people, groups: book.groups })
  }
  return days
}
