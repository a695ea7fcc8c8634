import { Dice } from "./Dice.ts"

/** One person as the company's own directory knows them; replaced, never changed, when something about them changes. */
export interface Person {
  /** The company's key, which no identity provider sends. */
  readonly key: string
  /** What Okta and Entra call them: an opaque id and an object id. */
  readonly oktaId: string
  readonly objectId: string
  readonly givenName: string
  readonly familyName: string
  /** Also the user name: the organisation's preset links the two. */
  readonly email: string
  readonly title: string
  readonly department: string
  readonly location: string
  readonly employeeNumber: string
  readonly hireDate: string
  readonly startDate: string | undefined
  readonly managerKey: string | undefined
  /** The manager's address as the company's directory last copied it: what Okta sends. */
  readonly managerEmail: string | undefined
  readonly workPhone: string
  readonly street: string
  readonly city: string
  readonly country: string
  readonly active: boolean
  /** Gone for good: an identity provider that deletes has deleted them. */
  readonly removed: boolean
}

export interface Group {
  readonly key: string
  readonly objectId: string
  readonly name: string
  readonly members: ReadonlySet<string>
}

export type PersonChangeKind = "joined" | "changed" | "left" | "returned" | "removed" | "rehired"

/** What happened to one person, with everything about them as it then stood. */
export interface PersonChange {
  readonly kind: PersonChangeKind
  readonly person: Person
}

export type GroupChangeKind = "created" | "membersChanged" | "renamed" | "removed"

export interface GroupChange {
  readonly kind: GroupChangeKind
  readonly group: Group
  readonly added: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
}

/** What an identity provider finds to do in one cycle: people first, then groups. */
export interface Day {
  readonly people: ReadonlyArray<PersonChange>
  readonly groups: ReadonlyArray<GroupChange>
}

export interface Company {
  readonly domain: string
  readonly people: Map<string, Person>
  readonly groups: Map<string, Group>
}

const GIVEN = [
  ...["Ines", "Mateo", "Sun-hee", "Søren", "Łucja", "Amara", "Björn", "Chiara", "Dilan", "Eszter", "Farid", "Grete"],
  ...["Haruto", "Ingrid", "José", "Kemal", "Léa", "Mirela", "Niamh", "Oluwaseun", "Pavel", "Quynh", "Rasa", "Željko"]
]
const FAMILY = [
  ...["Okafor", "Brandt", "Park", "Nørgaard", "Wójcik", "Diallo", "Åkesson", "D'Amico", "Yıldız", "Szabó", "Haddad"],
  ...["von Ahlen", "Tanaka", "Lindqvist", "Núñez", "Demir", "Garçon", "Ionescu", "O'Byrne", "Adeyemi", "Novák", "Trần"]
]
const TITLES = ["Controls Engineer", "Field Technician", "Buyer", "Accountant", "Recruiter", "Test Lead", "Welder"]
const DEPARTMENTS = ["Controls", "Field Service", "Purchasing", "Finance", "People", "Quality", "Workshop"]
const PLACES = [
  { location: "Aarhus, DK", street: "Havnegade", city: "Aarhus", country: "DK" },
  { location: "Łódź, PL", street: "ulica Piotrkowska", city: "Łódź", country: "PL" },
  { location: "Osaka, JP", street: "Nakanoshima", city: "Osaka", country: "JP" },
  { location: "São Paulo, BR", street: "Rua das Oficinas", city: "São Paulo", country: "BR" }
]
const REPORTS_PER_MANAGER = 8

/** The part of an address that a name gives: ASCII letters only. */
const mailName = (name: string) =>
  Array.from(name.normalize("NFD").toLowerCase())
    .filter((letter) => letter >= "a" && letter <= "z")
    .join("")

export const addressOf = (company: { readonly domain: string }, given: string, family: string, number: number) =>
  `${mailName(given)}.${mailName(family)}.${number}@${company.domain}`

export const newTitle = (dice: Dice) => dice.pick(TITLES)
export const newDepartment = (dice: Dice) => dice.pick(DEPARTMENTS)
export const newFamilyName = (dice: Dice) => dice.pick(FAMILY)

export const newPlace = (dice: Dice): Pick<Person, "location" | "street" | "city" | "country"> => {
  const place = dice.pick(PLACES)
  return { ...place, street: `${place.street} ${1 + dice.below(180)}` }
}

/** Somebody new, with the number that their keys and address end in. */
export const newPerson = (company: Company, dice: Dice, number: number, manager: Person | undefined): Person => {
  const givenName = dice.pick(GIVEN)
  const familyName = newFamilyName(dice)
  const padded = String(number).padStart(4, "0")
  const day = String(1 + dice.below(28)).padStart(2, "0")
  return {
    key: `p${padded}`,
    oktaId: `00u${dice.hex()}${padded}`,
    objectId: `${dice.hex()}-1a2b-4c3d-8e4f-${dice.hex()}${padded}`,
    givenName,
    familyName,
    email: addressOf(company, givenName, familyName, number),
    title: newTitle(dice),
    department: newDepartment(dice),
    ...newPlace(dice),
    employeeNumber: `HR-${padded}`,
    hireDate: `0${1 + dice.below(9)}/${day}/${2012 + dice.below(10)}`,
    startDate: undefined,
    managerKey: manager?.key,
    managerEmail: manager?.email,
    workPhone: `+45 55 50 ${padded.slice(0, 2)} ${padded.slice(2)}`,
    active: true,
    removed: false
  }
}

export const newGroup = (dice: Dice, number: number, name: string, members: Iterable<string>): Group => ({
  key: `g${String(number).padStart(3, "0")}`,
  objectId: `${dice.hex()}-5a6b-4c7d-9e8f-${dice.hex()}${String(number).padStart(4, "0")}`,
  name,
  members: new Set(members)
})

export const GROUP_NAMES = [
  ...["Field Robotics", "Grippers", "Vision", "Motion Planning", "Paint Shop", "Night Shift", "Works Council"],
  ...["Führungskreis", "Zespół Łódź", "大阪チーム", 'The "A" Team', "R&D / EU", "Safety (ISO 10218)", "100% Club"]
]

/** "Halden Robotics": people in a tree of managers, and groups of a handful up to everybody. */
export const foundCompany = (seed: number, size: { readonly people: number; readonly groups: number }): Company => {
  const dice = new Dice(seed)
  const company: Company = { domain: "haldenrobotics.example", people: new Map(), groups: new Map() }
  const hired: Array<Person> = []
  for (let number = 0; number < size.people; number++) {
    const manager = number === 0 ? undefined : hired[Math.floor((number - 1) / REPORTS_PER_MANAGER)]
    const person = newPerson(company, dice, number, manager)
    hired.push(person)
    company.people.set(person.key, person)
  }
  const keys = [...company.people.keys()]
  for (let number = 0; number < size.groups; number++) {
    const name = GROUP_NAMES[number] ?? `Cell ${number}`
    // One of everybody, one of nobody, the rest of 3 to 30.
    const count = number === 0 ? keys.length : number === 1 ? 0 : 3 + dice.below(28)
    const group = newGroup(dice, number, name, dice.sample(keys, count))
    company.groups.set(group.key, group)
  }
  return company
}

/** The first day: everybody and every group is new to the identity provider, in no helpful order. */
export const firstDay = (company: Company, seed: number): Day => {
  const dice = new Dice(seed)
  return {
    people: dice.shuffle([...company.people.values()]).map((person) => ({ kind: "joined", person })),
    groups: dice.shuffle([...company.groups.values()]).map((group) => ({
      kind: "created",
      group,
      added: [...group.members],
      removed: []
    }))
  }
}
