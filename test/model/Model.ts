import { owe } from "./MailRules.ts"
import {
  deletePerson,
  nameless,
  notFound,
  type Refusal,
  refusalsOf,
  strangers,
  uniqueness,
  writePerson
} from "./PeopleRules.ts"
import { emailOf, type Group, livingPerson, type Person, type Sent, same, type World } from "./World.ts"

/** What a request says of a person; `null`: that it be empty; left out: nothing. */
export interface Fields {
  readonly userName?: string
  readonly email?: string | null
  readonly title?: string | null
  readonly employeeNumber?: string | null
  readonly active?: boolean
  readonly startDate?: string | null
  readonly terminationDate?: string | null
  readonly manager?: string | null
  readonly password?: string
}

export interface MemberStep {
  readonly op: "add" | "remove" | "replace"
  readonly ids: ReadonlyArray<string>
}

/** A request as the rules see it, whatever its form on the wire. */
export type Ask =
  | { readonly what: "create person"; readonly fields: Fields }
  /** PUT: what is left out is cleared, but for `active` and the password (R-USER-11). */
  | { readonly what: "replace person"; readonly id: string; readonly fields: Fields }
  /** PATCH, or a PUT of one's own answer with something written over it; `atPath`: the e-mail is named by its path. */
  | { readonly what: "change person"; readonly id: string; readonly fields: Fields; readonly atPath: boolean }
  | { readonly what: "delete person"; readonly id: string }
  | { readonly what: "read person"; readonly id: string }
  | { readonly what: "create group"; readonly name: string; readonly members: ReadonlyArray<string> }
  | {
      readonly what: "replace group"
      readonly id: string
      readonly name: string
      readonly members: ReadonlyArray<string>
    }
  | {
      readonly what: "change group"
      readonly id: string
      readonly name: string | undefined
      readonly steps: ReadonlyArray<MemberStep>
    }
  | { readonly what: "delete group"; readonly id: string }
  | { readonly what: "read group"; readonly id: string }

/** The names that a new resource was given, which no model can know. */
export interface Given {
  readonly id: string
  readonly number: number
}

/** What must be answered. `conclude` makes it so in the model, and tells what the resource is then. */
export type Expected =
  | { readonly refusals: ReadonlyArray<Refusal> }
  | {
      readonly status: 200 | 201 | 204
      /** Undefined: a new resource with a new id. */
      readonly id: string | undefined
      readonly conclude: (given: Given) => Person | Group | undefined
    }

const refused = (...refusals: ReadonlyArray<Refusal>): Expected => ({ refusals })

const emptySent: Sent = {
  userName: "",
  email: undefined,
  isPrimary: false,
  title: undefined,
  employeeNumber: undefined,
  active: true,
  startDate: undefined,
  terminationDate: undefined,
  manager: undefined
}

const over = (stored: Sent, fields: Fields, atPath: boolean): Sent => {
  const text = (name: "title" | "employeeNumber" | "startDate" | "terminationDate" | "manager") =>
    fields[name] === undefined ? stored[name] : (fields[name] ?? undefined)
  const { active = stored.active, email, userName = stored.userName } = fields
  const isPrimary = email === undefined ? stored.isPrimary : email !== null && (atPath ? stored.isPrimary : true)
  return {
    userName,
    email: email === undefined ? stored.email : (email ?? undefined),
    isPrimary,
    title: text("title"),
    employeeNumber: text("employeeNumber"),
    active,
    startDate: text("startDate"),
    terminationDate: text("terminationDate"),
    manager: text("manager")
  }
}

const createPerson = (world: World, fields: Fields): Expected => {
  const asked = over(emptySent, fields, false)
  const email = emailOf(asked)
  // R-USER-8: of several who had it, the last deleted.
  const revived = world.people
    .filter((one) => one.deletedAt !== undefined && same(emailOf(one.sent), email))
    .sort((left, right) => (right.deletedAt ?? 0) - (left.deletedAt ?? 0))[0]
  const next = revived === undefined ? asked : { ...over(revived.sent, fields, false), active: asked.active }
  const refusals = refusalsOf(world, undefined, revived?.sent, next, false)
  if (refusals.length > 0) return { refusals }
  return {
    status: 201,
    id: revived?.id,
    conclude: ({ id, number }) => {
      const person: Person = revived ?? {
        id,
        number,
        sent: next,
        started: false,
        lastDay: undefined,
        deletedAt: undefined,
        reviewer: undefined,
        followed: undefined,
        why: undefined,
        password: undefined,
        changes: 0
      }
      if (revived === undefined) world.people.push(person)
      const stored = revived?.sent
      person.deletedAt = undefined
      writePerson(world, person, stored, false, next)
      return person
    }
  }
}

/** R-MAIL-2: whether a password in an update counts; one that was sent last is no news. */
const takesPassword = ({ settings, singleSignOn }: World, person: Person, password: string | undefined): boolean =>
  password !== undefined && !singleSignOn && settings.syncPasswords && person.password !== password

const updatePerson = (world: World, person: Person, fields: Fields, next: Sent): Expected => {
  const stored = person.sent
  const refusals = refusalsOf(world, person.id, stored, next, true)
  if (refusals.length > 0) return { refusals }
  return {
    status: 200,
    id: person.id,
    conclude: () => {
      const isChanged = writePerson(world, person, stored, true, next)
      if (takesPassword(world, person, fields.password)) {
        person.password = fields.password
        if (!isChanged) person.changes++
        if (person.started && next.active) owe(world, person, "passwordReset")
      }
      return person
    }
  }
}

/** R-GROUP-2: who has a name already, by the setting. */
const nameHolder = (world: World, name: string, except: Group | undefined): Group | undefined =>
  world.groups.find(
    (group) =>
      group !== except &&
      (world.settings.existingGroupName === "conflict" ? same(group.displayName, name) : group.displayName === name)
  )

const memberRefusals = (world: World, ids: ReadonlyArray<string>): ReadonlyArray<Refusal> =>
  ids.every((id) => livingPerson(world, id) !== undefined) ? [] : [strangers]

const setMembers = (group: Group, name: string, members: ReadonlyArray<string>): Group => {
  const before = group.members
  const isSame = before.length === members.length && before.every((id) => members.includes(id))
  if (!isSame || group.displayName !== name) group.changes++
  group.displayName = name
  group.members = [...members]
  return group
}

const createGroup = (world: World, name: string, ids: ReadonlyArray<string>): Expected => {
  const members = [...new Set(ids)]
  const holder = nameHolder(world, name, undefined)
  const isConflict = holder !== undefined && world.settings.existingGroupName === "conflict"
  const refusals = [
    ...(name === "" ? [nameless] : []),
    ...(isConflict ? [uniqueness] : []),
    ...memberRefusals(world, ids)
  ]
  if (refusals.length > 0) return { refusals }
  return {
    status: 201,
    id: holder?.id,
    conclude: ({ id }) => {
      if (holder !== undefined) return setMembers(holder, name, members)
      const group: Group = { id, displayName: name, members, changes: 1 }
      world.groups.push(group)
      return group
    }
  }
}

const updateGroup = (
  world: World,
  group: Group,
  status: 200 | 204,
  name: string,
  steps: ReadonlyArray<MemberStep>
): Expected => {
  let members = new Set(group.members)
  for (const { ids, op } of steps) {
    if (op === "replace") members = new Set()
    for (const id of ids) {
      if (op === "remove") members.delete(id)
      else members.add(id)
    }
  }
  const isTaken = name !== group.displayName && nameHolder(world, name, group) !== undefined
  const named = steps.flatMap(({ ids, op }) => (op === "remove" ? [] : ids))
  const refusals = [
    ...(name === "" ? [nameless] : []),
    ...(isTaken ? [uniqueness] : []),
    ...memberRefusals(world, named)
  ]
  if (refusals.length > 0) return { refusals }
  return { status, id: group.id, conclude: () => setMembers(group, name, [...members]) }
}

/** What must be answered to a request. */
export const expected = (world: World, ask: Ask): Expected => {
  const person = "id" in ask ? livingPerson(world, ask.id) : undefined
  const group = "id" in ask ? world.groups.find(({ id }) => id === ask.id) : undefined
  switch (ask.what) {
    case "create person":
      return createPerson(world, ask.fields)
    case "replace person":
      return person === undefined
        ? refused(notFound)
        : updatePerson(world, person, ask.fields, over({ ...emptySent, active: person.sent.active }, ask.fields, false))
    case "change person":
      return person === undefined
        ? refused(notFound)
        : updatePerson(world, person, ask.fields, over(person.sent, ask.fields, ask.atPath))
    case "delete person":
      if (person === undefined) return refused(notFound)
      return {
        status: 204,
        id: person.id,
        conclude: () => {
          deletePerson(world, person)
          return undefined
        }
      }
    case "read person":
      return person === undefined ? refused(notFound) : { status: 200, id: person.id, conclude: () => person }
    case "create group":
      return createGroup(world, ask.name, ask.members)
    case "replace group":
      return group === undefined
        ? refused(notFound)
        : updateGroup(world, group, 200, ask.name, [{ op: "replace", ids: ask.members }])
    case "change group":
      return group === undefined
        ? refused(notFound)
        : updateGroup(world, group, 204, ask.name ?? group.displayName, ask.steps)
    case "delete group":
      if (group === undefined) return refused(notFound)
      return {
        status: 204,
        id: group.id,
        conclude: () => {
          world.groups.splice(world.groups.indexOf(group), 1)
          return undefined
        }
      }
    case "read group":
      return group === undefined ? refused(notFound) : { status: 200, id: group.id, conclude: () => group }
  }
}
