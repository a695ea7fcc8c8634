import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import type { Ask, Fields, MemberStep } from "./Model.ts"
import type { PersonRef, RequestStep, Sayings } from "./Steps.ts"
import { emailOf, type Person, type World } from "./World.ts"

const USER = "urn:ietf:params:scim:schemas:core:2.0:User"
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
export const EXTENSION = "urn:ietf:params:scim:schemas:extension:15Five:2.0:User"

/** Nobody has it. */
const stranger = "5d0f9a44-8d3b-4e17-b6a0-5d9e2f7c0b02"

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly body: JsonObject | undefined
  /** What is written over the person's own representation, which is read first (Okta). */
  readonly over: Fields | undefined
}

const personAt = (world: World, at: number): Person | undefined =>
  at === 9 || world.people.length === 0 ? undefined : world.people[at % world.people.length]

const idAt = (world: World, at: number): string => personAt(world, at)?.id ?? stranger

const groupIdAt = (world: World, at: number): string =>
  at === 9 || world.groups.length === 0 ? stranger : (world.groups[at % world.groups.length]?.id ?? stranger)

/** The text that is sent for a manager. */
const textOf = (world: World, ref: PersonRef): string => {
  if (ref.by === "text") return ref.text
  const person = personAt(world, ref.at)
  if (person === undefined) return "nobody"
  switch (ref.by) {
    case "id":
      return person.id
    case "ID":
      return person.id.toUpperCase()
    case "number":
      return String(person.number)
    case "email":
      return emailOf(person.sent) ?? "nobody"
    case "employeeNumber":
      return person.sent.employeeNumber ?? "nobody"
  }
}

const fieldsOf = (world: World, { manager, ...says }: Sayings): Fields => ({
  ...says,
  ...(manager === undefined ? {} : { manager: manager === null ? null : textOf(world, manager) })
})

/** What a step asks for in the world as it is. */
export const askOf = (world: World, step: RequestStep): Ask => {
  switch (step.do) {
    case "create person":
      return { what: step.do, fields: fieldsOf(world, step.says) }
    case "replace person":
      return { what: step.do, id: idAt(world, step.at), fields: fieldsOf(world, step.says) }
    case "change person":
      return {
        what: step.do,
        id: idAt(world, step.at),
        fields: fieldsOf(world, step.says),
        atPath: isByPath(step.form)
      }
    case "delete person":
    case "read person":
      return { what: step.do, id: idAt(world, step.at) }
    case "create group":
      return { what: step.do, name: step.name, members: step.members.map((at) => idAt(world, at)) }
    case "replace group":
      return {
        what: step.do,
        id: groupIdAt(world, step.at),
        name: step.name,
        members: step.members.map((at) => idAt(world, at))
      }
    case "change group":
      return {
        what: step.do,
        id: groupIdAt(world, step.at),
        name: step.name,
        steps: step.steps.map(({ members, op }) => ({ op, ids: members.map((at) => idAt(world, at)) }))
      }
    case "delete group":
    case "read group":
      return { what: step.do, id: groupIdAt(world, step.at) }
  }
}

/** The forms of a change that name an e-mail by its path; the others send all e-mails. */
const isByPath = (form: number): boolean => form === 0 || form === 2 || form === 3

/** A manager in the forms of WIRE A.14 and B.8. */
const managerForm = (reference: string, form: number): Json => {
  switch (form % 4) {
    case 0:
      return { value: reference }
    case 1:
      return reference
    case 2:
      return { managerId: reference }
    default:
      return { Email: reference }
  }
}

const emails = (email: string): Json => [{ value: email, type: "work", primary: true }]

/** The fields as members of a resource. */
const bodyOf = (fields: Fields, form: number): JsonObject => {
  const { active, email, employeeNumber, manager, password, startDate, terminationDate, title, userName } = fields
  const enterprise: JsonObject = {
    ...(employeeNumber === undefined ? {} : { employeeNumber }),
    ...(manager === undefined
      ? {}
      : manager !== null && form === 4
        ? { managerId: manager }
        : { manager: manager === null ? null : managerForm(manager, form) })
  }
  const extension: JsonObject = {
    ...(startDate === undefined ? {} : { startDate }),
    ...(terminationDate === undefined ? {} : { terminationDate })
  }
  return {
    ...(userName === undefined ? {} : { userName }),
    ...(email === undefined ? {} : { emails: email === null ? [] : emails(email) }),
    ...(title === undefined ? {} : { title }),
    ...(active === undefined ? {} : { active: form === 1 ? (active ? "True" : "False") : active }),
    ...(password === undefined ? {} : { password }),
    ...(Object.keys(enterprise).length === 0 ? {} : { [ENTERPRISE]: enterprise }),
    ...(Object.keys(extension).length === 0 ? {} : { [EXTENSION]: extension })
  }
}

/** The person's own representation with fields written over it, as Okta makes a PUT. */
export const echoOver = (read: JsonObject, fields: Fields): JsonObject => {
  const body = bodyOf(fields, 0)
  const merged = (urn: string) => ({
    ...(read[urn] as JsonObject | undefined),
    ...(body[urn] as JsonObject | undefined)
  })
  return { ...read, ...body, [ENTERPRISE]: merged(ENTERPRISE), [EXTENSION]: merged(EXTENSION) }
}

/** Where a field stands, as the path of a PATCH. */
const paths: Readonly<Record<keyof Fields, string>> = {
  userName: "userName",
  email: 'emails[type eq "work"].value',
  title: "title",
  employeeNumber: `${ENTERPRISE}:employeeNumber`,
  active: "active",
  startDate: `${EXTENSION}:startDate`,
  terminationDate: `${EXTENSION}:terminationDate`,
  manager: `${ENTERPRISE}:manager`,
  password: "password"
}

const names = Object.keys(paths) as ReadonlyArray<keyof Fields>

/** One operation a field, with a path: Entra. */
const byPath = (fields: Fields, form: number): ReadonlyArray<Json> =>
  names.flatMap((name): ReadonlyArray<Json> => {
    const value = fields[name]
    if (value === undefined) return []
    if (value === null)
      return [{ op: form === 2 ? "Remove" : "remove", path: name === "email" ? "emails" : paths[name] }]
    const op = form === 2 ? "Replace" : form === 3 ? "add" : "replace"
    if (name === "active")
      return [{ op, path: "active", value: form === 2 ? (value === true ? "True" : "False") : value }]
    // R-START-8: the extension's own path with a bare date, and with an object.
    if (name === "startDate" && form === 2) return [{ op, path: EXTENSION, value }]
    if (name === "startDate" && form === 3) return [{ op, path: EXTENSION, value: { startDate: value } }]
    if (name === "manager" && form === 3) return [{ op, path: paths.manager, value: { value } }]
    return [{ op, path: paths[name], value }]
  })

/** One operation without a path: Okta, and Entra with dotted and qualified keys. */
const pathless = (fields: Fields, form: number): ReadonlyArray<Json> => {
  const removals = names.flatMap((name) =>
    fields[name] === null ? [{ op: "remove", path: name === "email" ? "emails" : paths[name] }] : []
  )
  const kept: Fields = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
  if (Object.keys(kept).length === 0) return removals
  const value: JsonObject =
    form === 1
      ? bodyOf(kept, 0)
      : Object.fromEntries(
          names.flatMap((name): ReadonlyArray<readonly [string, Json]> => {
            const said = kept[name]
            if (said === undefined || said === null) return []
            return [name === "email" ? ["emails", emails(String(said))] : [paths[name], said]]
          })
        )
  return [...removals, { op: "replace", value }]
}

const patch = (path: string, operations: ReadonlyArray<Json>): WireRequest => ({
  method: "PATCH",
  path,
  body: { schemas: [PATCH_OP], Operations: operations },
  over: undefined
})

const plain = (method: WireRequest["method"], path: string, body?: JsonObject): WireRequest => ({
  method,
  path,
  body,
  over: undefined
})

const memberList = (ids: ReadonlyArray<string>): ReadonlyArray<Json> => ids.map((value) => ({ value }))

const memberOperations = ({ ids, op }: MemberStep, form: number): ReadonlyArray<Json> => {
  if (op === "replace") return [{ op, path: "members", value: memberList(ids) }]
  if (op === "add")
    return ids.length === 0 ? [] : [{ op: form === 2 ? "Add" : op, path: "members", value: memberList(ids) }]
  // Okta selects each by a filter, Entra sends the members as the value (WIRE fact 3).
  return form % 2 === 0
    ? ids.map((id) => ({ op, path: `members[value eq "${id}"]` }))
    : ids.length === 0
      ? []
      : [{ op: "Remove", path: "members", value: memberList(ids) }]
}

const groupPatch = (ask: Extract<Ask, { readonly what: "change group" }>, form: number): WireRequest => {
  const renames: ReadonlyArray<Json> =
    ask.name === undefined
      ? []
      : form % 2 === 0
        ? [{ op: "replace", value: { id: ask.id, displayName: ask.name } }]
        : [{ op: "Replace", path: "displayName", value: ask.name }]
  const operations = [...ask.steps.flatMap((step) => memberOperations(step, form)), ...renames]
  // A PATCH has an operation at least.
  const some = operations.length > 0 ? operations : [{ op: "replace", value: { id: ask.id } }]
  return patch(`/Groups/${ask.id}`, some)
}

/** The request in one of the forms that identity providers send. */
export const wireOf = (ask: Ask, form: number): WireRequest => {
  switch (ask.what) {
    case "create person":
      return plain("POST", "/Users", { schemas: [USER, ENTERPRISE, EXTENSION], ...bodyOf(ask.fields, form) })
    case "replace person":
      return plain("PUT", `/Users/${ask.id}`, { schemas: [USER], id: ask.id, ...bodyOf(ask.fields, form) })
    case "change person": {
      const path = `/Users/${ask.id}`
      if (form === 5) return { method: "PUT", path, body: undefined, over: ask.fields }
      return patch(path, isByPath(form) ? byPath(ask.fields, form) : pathless(ask.fields, form))
    }
    case "delete person":
      return plain("DELETE", `/Users/${ask.id}`)
    case "read person":
      return plain("GET", `/Users/${ask.id}`)
    case "create group":
      return plain("POST", "/Groups", { schemas: [GROUP], displayName: ask.name, members: memberList(ask.members) })
    case "replace group":
      return plain("PUT", `/Groups/${ask.id}`, {
        schemas: [GROUP],
        id: ask.id,
        displayName: ask.name,
        members: memberList(ask.members)
      })
    case "change group":
      return groupPatch(ask, form)
    case "delete group":
      return plain("DELETE", `/Groups/${ask.id}`)
    case "read group":
      return plain("GET", `/Groups/${ask.id}`)
  }
}
