import { assert } from "@effect/vitest"
import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import type { User } from "@rollcall/domain/user/User"
import type { Expected, Given } from "./Model.ts"
import { ENTERPRISE, EXTENSION } from "./Wire.ts"
import { type Group, living, livingPerson, type Person, type World } from "./World.ts"

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly body: JsonObject | undefined
}

const at = (body: Json | undefined, ...path: ReadonlyArray<string | number>): Json | undefined => {
  let value: unknown = body
  for (const name of path) {
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
  }
  return value as Json | undefined
}

const withoutAbsent = (members: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

/** The part of a person's representation that the model has something to say about. */
const shownPerson = (body: Json | undefined) =>
  withoutAbsent({
    id: at(body, "id"),
    userId: at(body, EXTENSION, "userId"),
    userName: at(body, "userName"),
    email: at(body, "emails", 0, "value"),
    isPrimary: at(body, "emails", 0, "primary"),
    title: at(body, "title"),
    employeeNumber: at(body, ENTERPRISE, "employeeNumber"),
    active: at(body, "active"),
    startDate: at(body, EXTENSION, "startDate"),
    terminationDate: at(body, EXTENSION, "terminationDate"),
    manager: at(body, ENTERPRISE, "manager", "value"),
    managerRef: idOfLocation(at(body, ENTERPRISE, "manager", "$ref")),
    managerName: at(body, ENTERPRISE, "manager", "displayName"),
    password: at(body, "password")
  })

const idOfLocation = (location: Json | undefined): string | undefined =>
  typeof location === "string" ? location.slice(location.lastIndexOf("/") + 1) : undefined

/** The same as the model has it: a manager who is not followed has no `$ref` (R-MGR-1, R-MGR-5). */
const expectedPerson = (world: World, { id, number, reviewer, sent, why }: Person) => {
  const manager = reviewer !== undefined && why === undefined ? livingPerson(world, reviewer) : undefined
  return withoutAbsent({
    ...sent,
    isPrimary: sent.isPrimary ? true : undefined,
    id,
    userId: number,
    managerRef: manager?.id,
    managerName: manager?.sent.userName
  })
}

const shownGroup = (body: Json | undefined) => {
  const members = at(body, "members")
  return {
    id: at(body, "id"),
    displayName: at(body, "displayName"),
    members: (Array.isArray(members) ? members : []).map((member) => at(member, "value")).toSorted()
  }
}

const expectedGroup = ({ displayName, id, members }: Group) => ({ id, displayName, members: members.toSorted() })

const isPerson = (resource: Person | Group): resource is Person => "sent" in resource

/** Which version each resource had at which of its changes: the same change is the same version (R-USER-12). */
export class Versions {
  readonly #known = new Map<string, { readonly changes: number; readonly version: Json | undefined }>()

  check({ changes, id }: Person | Group, body: Json | undefined): void {
    const version = at(body, "meta", "version")
    const known = this.#known.get(id)
    if (known?.changes === changes) assert.strictEqual(version, known.version, `${id} did not change, its version did`)
    else if (known !== undefined) assert.notStrictEqual(version, known.version, `${id} changed, its version did not`)
    this.#known.set(id, { changes, version })
  }
}

/** Sees that a resource is as the model has it. */
export const checkResource = (
  world: World,
  versions: Versions,
  resource: Person | Group,
  body: Json | undefined
): void => {
  if (isPerson(resource)) assert.deepStrictEqual(shownPerson(body), expectedPerson(world, resource))
  else assert.deepStrictEqual(shownGroup(body), expectedGroup(resource))
  versions.check(resource, body)
}

const givenOf = (world: World, { body, status }: Answer, id: string | undefined): Given => {
  const given = String(at(body, "id") ?? id)
  const number = Number(at(body, EXTENSION, "userId") ?? 0)
  if (status === 201 && id === undefined) {
    const known = [...world.people, ...world.groups]
    assert.isUndefined(
      known.find((one) => one.id === given),
      "a new resource has an id of its own"
    )
    const isUser = body !== undefined && Object.hasOwn(body, "userName")
    if (isUser) assert.isFalse(world.people.some((one) => one.number === number) || number < 1, `User ID ${number}`)
  } else if (id !== undefined && body !== undefined) assert.strictEqual(given, id)
  return { id: given, number }
}

/** Sees that an answer is the one that must be given, and makes it so in the model. */
export const checkAnswer = (world: World, versions: Versions, expected: Expected, answer: Answer): void => {
  if ("refusals" in expected) {
    const scimType = at(answer.body, "scimType")
    const isRight = expected.refusals.some(
      (refusal) => refusal.status === answer.status && refusal.scimType === scimType
    )
    assert.isTrue(isRight, `expected ${JSON.stringify(expected.refusals)}, got ${JSON.stringify(answer)}`)
    return
  }
  assert.strictEqual(answer.status, expected.status, JSON.stringify(answer.body))
  const resource = expected.conclude(givenOf(world, answer, expected.id))
  if (resource !== undefined && answer.status !== 204) checkResource(world, versions, resource, answer.body)
}

const byId = <A extends { readonly id: string }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all.toSorted((left, right) => (left.id < right.id ? -1 : 1))

/**
 * Sees that a whole directory is the model's: all people and groups as lists show them, and of `users`, the records, the
 * deleted included, who has started and whose reviewer is whom.
 */
export const checkDirectory = (
  world: World,
  versions: Versions,
  people: ReadonlyArray<JsonObject>,
  groups: ReadonlyArray<JsonObject>,
  users: ReadonlyArray<User>
): void => {
  assert.lengthOf(people, living(world).length)
  assert.lengthOf(groups, world.groups.length)
  const check = (resource: Person | Group, all: ReadonlyArray<JsonObject>) =>
    checkResource(
      world,
      versions,
      resource,
      all.find(({ id }) => id === resource.id)
    )
  for (const person of living(world)) check(person, people)
  for (const group of world.groups) check(group, groups)
  const records = users.map(({ deletedAt, id, manager, standing }) => ({
    id: String(id),
    hasStarted: standing.startedAt !== undefined,
    reviewer: manager.id === undefined ? undefined : String(manager.id),
    isDeleted: deletedAt !== undefined
  }))
  const expected = world.people.map(({ deletedAt, id, reviewer, started }) => ({
    id,
    hasStarted: started,
    reviewer,
    isDeleted: deletedAt !== undefined
  }))
  assert.deepStrictEqual(byId(records), byId(expected))
}
