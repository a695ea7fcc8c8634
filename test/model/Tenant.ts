import { assert } from "@effect/vitest"
import { NeedsUnion } from "@rollcall/domain/directory/Needs"
import type { OutboxMail } from "@rollcall/domain/mail/OutboxMail"
import type { Organization, OrganizationId } from "@rollcall/domain/organization/Organization"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Redacted } from "effect"
import type { ScimClient } from "../support/ScimClient.ts"
import { type Answer, checkAnswer, checkDirectory, Versions } from "./Agreement.ts"
import type { Cluster } from "./Cluster.ts"
import type { Dice } from "./Dice.ts"
import { noteMails } from "./MailRules.ts"
import { type Ask, expected } from "./Model.ts"
import { type AdminStep, beginning, type RequestStep } from "./Steps.ts"
import { askOf, echoOver, type WireRequest, wireOf } from "./Wire.ts"
import { isReviewing, living, newWorld, today, type World } from "./World.ts"

/** An organisation on the cluster, what it is to do, and its model. */
export interface Tenant {
  readonly name: string
  readonly id: OrganizationId
  readonly organization: Organization
  readonly clients: ReadonlyArray<ScimClient>
  readonly world: World
  readonly versions: Versions
  readonly steps: ReadonlyArray<RequestStep | AdminStep>
  /** How many of the steps are done. */
  done: number
  /** What was done, for whoever reads a failure. */
  readonly trace: Array<string>
}

export const makeTenant = Effect.fnUntraced(function* (
  cluster: Cluster,
  name: string,
  steps: ReadonlyArray<RequestStep | AdminStep>
) {
  const organization = yield* cluster.organizations.create({
    subdomain: Subdomain.make(name),
    name: "Halden Robotics",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
  const { id } = organization
  const caller = operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })
  const { secret } = yield* cluster.administration.issueKey(caller, { kind: "scim", label: "IdP" })
  const tenant: Tenant = {
    name,
    id,
    organization,
    clients: cluster.servers.map((server) => server.client(Redacted.value(secret))),
    world: newWorld(beginning),
    versions: new Versions(),
    steps,
    done: 0,
    trace: []
  }
  return tenant
}, Effect.orDie)

/** How requests get through: to either server, and to the other where one is lost in the middle. */
export interface Way {
  readonly cluster: Cluster
  readonly dice: Dice
  /** Called after every answer. */
  readonly onAnswer: () => void
}

interface Got {
  readonly answer: Answer
  /** A server was lost under the request: it may have been carried out before. */
  readonly isRepeated: boolean
}

const send = async (way: Way, tenant: Tenant, { body, method, path }: WireRequest): Promise<Got> => {
  const [first, second] = way.dice.roll(2) === 0 ? [0, 1] : [1, 0]
  const order = [first, second].filter((at) => way.cluster.servers[at]?.isRunning())
  for (const [tries, at] of order.entries()) {
    try {
      const client = tenant.clients[at]
      if (client === undefined) break
      const { body: said, status } = await client.request({ method, path, ...(body === undefined ? {} : { body }) })
      way.onAnswer()
      return { answer: { status, body: said as JsonObject | undefined }, isRepeated: tries > 0 }
    } catch (error) {
      if (tries + 1 === order.length) throw error
    }
  }
  throw new Error("no server is running")
}

/** The answer to a request that was carried out before its server was lost, as it would have been given. */
const firstAnswer = async (way: Way, tenant: Tenant, ask: Ask, got: Got): Promise<Answer> => {
  const { answer, isRepeated } = got
  if (!isRepeated || "refusals" in expected(tenant.world, ask)) return answer
  const isDelete = ask.what === "delete person" || ask.what === "delete group"
  if (isDelete && answer.status === 404) return { status: 204, body: undefined }
  const isCreate = ask.what === "create person" || ask.what === "create group"
  if (!isCreate || answer.status !== 409) return answer
  const filter =
    ask.what === "create person"
      ? `/Users?filter=userName eq "${ask.fields.userName}"`
      : `/Groups?filter=displayName eq "${ask.name}"`
  const { answer: list } = await send(way, tenant, {
    method: "GET",
    path: encodeURI(filter),
    body: undefined,
    over: undefined
  })
  const resources = (list.body?.Resources ?? []) as ReadonlyArray<JsonObject>
  const known = [...tenant.world.people, ...tenant.world.groups].map(({ id }) => id)
  const made = resources.find(({ id }) => !known.includes(String(id)))
  return made === undefined ? answer : { status: 201, body: made }
}

const gotRaw = async (way: Way, tenant: Tenant, ask: Ask, form: number): Promise<Got> => {
  let wire = wireOf(ask, form)
  if (wire.over !== undefined) {
    const { answer } = await send(way, tenant, { ...wire, method: "GET" })
    wire = { ...wire, body: echoOver(answer.status === 200 ? (answer.body ?? {}) : {}, wire.over) }
  }
  return send(way, tenant, wire)
}

const got = async (way: Way, tenant: Tenant, ask: Ask, form: number): Promise<Answer> =>
  firstAnswer(way, tenant, ask, await gotRaw(way, tenant, ask, form))

/** Sends a request and sees that the answer is the model's. */
export const request = async (way: Way, tenant: Tenant, step: RequestStep): Promise<void> => {
  const ask = askOf(tenant.world, step)
  tenant.trace.push(JSON.stringify(step))
  const answer = await got(way, tenant, ask, "form" in step ? step.form : 0)
  checkAnswer(tenant.world, tenant.versions, expected(tenant.world, ask), answer)
  noteMails(tenant.world)
}

/** Sends requests at once whose answers do not depend on their order, but for which of equal ones comes first. */
const together = async (way: Way, tenant: Tenant, asks: ReadonlyArray<Ask>): Promise<void> => {
  tenant.trace.push(`together ${JSON.stringify(asks)}`)
  const raw = await Promise.all(asks.map(async (ask) => [ask, await gotRaw(way, tenant, ask, 0)] as const))
  // Of equal requests that make something, one that was lost may be the one that made it, where no other was.
  const isMade = raw.some(([, { answer }]) => answer.status === 201)
  const answers: Array<readonly [Ask, Answer]> = []
  for (const [ask, one] of raw) {
    const isFirst = !isMade && answers.every(([, answer]) => answer.status !== 201)
    answers.push([ask, isFirst ? await firstAnswer(way, tenant, ask, one) : one.answer])
  }
  for (const [ask, answer] of answers.toSorted(([, left], [, right]) => left.status - right.status)) {
    checkAnswer(tenant.world, tenant.versions, expected(tenant.world, ask), answer)
  }
  noteMails(tenant.world)
}

/** A few requests at once: one person made thrice (ABUSE-6), one group made thrice, or many people and a group changed. */
export const burst = async (way: Way, tenant: Tenant): Promise<void> => {
  const { dice } = way
  const { world } = tenant
  const people = living(world).slice(0, 4)
  const kind = dice.roll(3)
  if (kind === 0) {
    const address = `${dice.pick(["gus", "hal", "ivy", "ada"])}@halden.example`
    const ask: Ask = { what: "create person", fields: { userName: address, email: address } }
    await together(way, tenant, [ask, ask, ask])
  } else if (kind === 1) {
    const ask: Ask = {
      what: "create group",
      name: dice.pick(["Robotics", "Sales", "Night shift"]),
      members: people.map(({ id }) => id)
    }
    await together(way, tenant, [ask, ask, ask])
  } else {
    const group = world.groups[0]
    const title = dice.pick(["Engineer", "Lead", "Chief"])
    await together(way, tenant, [
      ...people.map(({ id }): Ask => ({ what: "change person", id, fields: { title }, atPath: true })),
      ...(group === undefined
        ? []
        : people.map(
            ({ id }): Ask => ({
              what: "change group",
              id: group.id,
              name: undefined,
              steps: [{ op: "add", ids: [id] }]
            })
          ))
    ])
  }
}

/** Whether the clock has nothing to do any more in the organisation. */
export const isClockDone = ({ due }: Cluster, { id, world }: Tenant) =>
  due
    .users(id, {
      today: today(world),
      startDatesOff: !world.settings.startDates,
      endings: world.settings.deactivateOnTerminationDate,
      heldManagers: !isReviewing(world),
      after: undefined,
      limit: 1
    })
    .pipe(
      Effect.map((ids) => ids.length === 0),
      Effect.orDie
    )

/** Sees that the whole directory is the model's. */
export const checkTenant = Effect.fnUntraced(function* (way: Way, tenant: Tenant) {
  const list = (path: string) =>
    Effect.promise(async () => {
      const { answer } = await send(way, tenant, { method: "GET", path, body: undefined, over: undefined })
      assert.strictEqual(answer.status, 200)
      return answer.body?.Resources as ReadonlyArray<JsonObject>
    })
  const [people, groups] = [yield* list("/Users?count=200"), yield* list("/Groups?count=200")]
  const needs = new NeedsUnion()
  needs.add({ users: tenant.world.people.map(({ id }) => UserId.make(id)) })
  const { users = [] } = needs.isEmpty ? {} : yield* way.cluster.lookup.find(tenant.id, needs)
  checkDirectory(tenant.world, tenant.versions, people, groups, users)
}, Effect.orDie)

/** Sees that the e-mails are those that are owed, each once, and came to what they may; the Message-IDs of those sent. */
export const checkMails = ({ world }: Tenant, mails: ReadonlyArray<OutboxMail>): ReadonlyArray<string> => {
  const named = ({ occasion, user }: { readonly occasion: string; readonly user: string }) => `${occasion} ${user}`
  assert.deepStrictEqual(mails.map(named).toSorted(), world.mails.map(named).toSorted())
  const inOrder = mails.toSorted((left, right) => left.owedAt - right.owedAt)
  for (const owed of world.mails) {
    const at = inOrder.findIndex((mail) => named(mail) === named(owed))
    const [mail] = inOrder.splice(at, 1)
    const { addresses, mayBeGivenUp, mayBeWithdrawn } = owed
    const isRight =
      (mail?.state === "sent" && addresses.has(mail.recipient?.toLowerCase() ?? "")) ||
      (mail?.state === "withdrawn" && mayBeWithdrawn) ||
      (mail?.state === "givenUp" && mayBeGivenUp)
    assert.isTrue(isRight, `${JSON.stringify(mail)} of ${JSON.stringify({ ...owed, addresses: [...addresses] })}`)
  }
  return mails.filter(({ state }) => state === "sent").map(({ messageId }) => messageId)
}
