import type { Company, Day, Group, GroupChange, Person, PersonChange } from "./Company.ts"
import { type Connection, inParallel } from "./Connection.ts"

/** What Okta and Entra have in common, seen from the company: they are told of changes and make the server follow. */
export interface IdentityProvider {
  readonly name: string
  readonly connection: Connection
  /** The SCIM id that it remembers for a person or a group of the company. */
  idOf(key: string): string | undefined
  /** "Test connection", as an admin presses it first. */
  connect(): Promise<void>
  person(change: PersonChange): Promise<void>
  /** Called after all people of the cycle: references are written last where the provider does so. */
  references(person: Person): Promise<void>
  group(change: GroupChange): Promise<void>
  /** Sends everything about them again, as after a forced full sync; resolves to the number of writes that it took. */
  resyncPerson(person: Person): Promise<number>
  resyncGroup(group: Group): Promise<number>
}

const WORKERS = 8

/** One provisioning cycle: people, then references between them, then groups; parallel, but in order for each of them. */
export const provision = async (provider: IdentityProvider, day: Day): Promise<void> => {
  await inParallel(
    WORKERS,
    day.people,
    ({ person }) => person.key,
    (change) => provider.person(change)
  )
  const latest = new Map(day.people.map(({ person }) => [person.key, person]))
  await inParallel(
    WORKERS,
    [...latest.values()],
    (person) => person.key,
    (person) => provider.references(person)
  )
  await inParallel(
    WORKERS,
    day.groups,
    ({ group }) => group.key,
    (change) => provider.group(change)
  )
}

/** A forced sync of everything; resolves to the number of writes. */
export const resync = async (provider: IdentityProvider, company: Company): Promise<number> => {
  let writes = 0
  const count = async (sent: Promise<number>) => {
    const written = await sent
    writes += written
  }
  const known = [...company.people.values()].filter(({ key }) => provider.idOf(key) !== undefined)
  await inParallel(
    WORKERS,
    known,
    ({ key }) => key,
    (person) => count(provider.resyncPerson(person))
  )
  await inParallel(
    WORKERS,
    [...company.groups.values()],
    ({ key }) => key,
    (group) => count(provider.resyncGroup(group))
  )
  return writes
}
