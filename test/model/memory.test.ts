import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { pick } from "../../packages/domain/test/scim/Vocabulary.ts"
import { administer, hour } from "./Administration.ts"
import { checkAnswer, checkDirectory, Versions } from "./Agreement.ts"
import { checkAfterClock, checkInvariants } from "./Invariants.ts"
import { noteMails, outcomeNow } from "./MailRules.ts"
import { type MemoryServer, withMemoryServer } from "./MemoryServer.ts"
import { expected } from "./Model.ts"
import { tick } from "./PeopleRules.ts"
import { beginning, type RequestStep, type Step, sequence } from "./Steps.ts"
import { askOf, echoOver, wireOf } from "./Wire.ts"
import { newWorld, type World } from "./World.ts"

const request = Effect.fnUntraced(function* (
  server: MemoryServer,
  world: World,
  versions: Versions,
  step: RequestStep
) {
  const ask = askOf(world, step)
  let wire = wireOf(ask, "form" in step ? step.form : 0)
  if (wire.over !== undefined) {
    const read = yield* server.answer({ ...wire, method: "GET" })
    wire = { ...wire, body: echoOver(read.status === 200 ? (read.body ?? {}) : {}, wire.over) }
  }
  checkAnswer(world, versions, expected(world, ask), yield* server.answer(wire))
})

/** Sees that the e-mails that events made owed are the model's, whether they have been sent or not. */
const checkOwed = Effect.fnUntraced(function* (server: MemoryServer, world: World) {
  while (yield* server.outbox.consume(server.organization.id, "halden.example")) yield* Effect.yieldNow
  const { mails } = yield* server.outbox.list(server.organization.id, { count: 500 })
  const named = ({ occasion, user }: { readonly occasion: string; readonly user: string }) => `${occasion} ${user}`
  assert.deepStrictEqual(mails.map(named).toSorted(), world.mails.map(named).toSorted())
  return mails
})

/** Sends what is due, and sees that the mail server took what it must, at the right address. */
const send = Effect.fnUntraced(function* (server: MemoryServer, world: World) {
  const open = world.mails.filter((mail) => !mail.isOver)
  const due = open.flatMap((mail) => {
    const outcome = outcomeNow(world, mail)
    mail.isOver = true
    return outcome.state === "sent" ? [`${mail.occasion} ${mail.user} ${outcome.to}`] : []
  })
  const sent = yield* server.send
  const owed = new Map((yield* checkOwed(server, world)).map((mail) => [mail.messageId, mail]))
  assert.deepStrictEqual(
    sent
      .map(({ messageId, to }) => `${owed.get(messageId)?.occasion} ${owed.get(messageId)?.user} ${to.address}`)
      .toSorted(),
    due.toSorted()
  )
})

const take = Effect.fnUntraced(function* (
  server: MemoryServer,
  world: World,
  versions: Versions,
  step: Step,
  isMailed: boolean
) {
  switch (step.do) {
    case "pass":
      world.now += step.hours * hour
      yield* TestClock.adjust(step.hours * hour)
      break
    case "clock":
      tick(world)
      yield* server.tick
      break
    case "everybody":
      tick(world)
      yield* server.tickEverybody(world.people.map(({ id }) => id))
      break
    case "send":
      yield* isMailed ? send(server, world) : checkOwed(server, world)
      break
    case "settings":
    case "single sign-on":
    case "time zone":
    case "open review":
    case "close review":
      yield* administer(server.administration, server.organization, world, step)
      break
    default:
      yield* request(server, world, versions, step)
  }
  noteMails(world)
  checkInvariants(world)
  if (step.do === "clock" || step.do === "everybody") checkAfterClock(world)
  // No two things happen in the same moment.
  world.now += 1_000
  yield* TestClock.adjust("1 second")
})

const checkAll = Effect.fnUntraced(function* (server: MemoryServer, world: World, versions: Versions) {
  const [people, groups] = [yield* server.list("User"), yield* server.list("Group")]
  checkDirectory(world, versions, people, groups, yield* server.users(world.people.map(({ id }) => id)))
})

// Writing e-mails costs more than all the rest, so only in some of the sequences they are written and sent.
/** `PROPERTY_RUNS` and `PROPERTY_SEED` go looking for more. */
const runs = Number(process.env.PROPERTY_RUNS ?? 300)

// R-USER-5, R-USER-6, R-USER-7, R-USER-8, R-USER-10, R-USER-12, R-MATCH-1, R-MATCH-2, R-MGR-1, R-MGR-2, R-MGR-3, R-MGR-4,
// R-MGR-5, R-MGR-6, R-START-1, R-START-2, R-START-3, R-START-4, R-START-5, R-START-6, R-START-7, R-START-8, R-START-9,
// R-MAIL-1, R-MAIL-2, R-MAIL-3, R-GROUP-2, R-GROUP-4, R-GROUP-6
describe("the rules as a simple model has them, in memory", () => {
  it.effect.prop(
    "random requests, settings and midnights: every answer, the whole directory and all e-mails agree",
    [sequence(30), pick([false, false, true])],
    ([steps, isMailed]) =>
      withMemoryServer((server) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(beginning)
          const world = newWorld(beginning)
          const versions = new Versions()
          for (const step of steps) yield* take(server, world, versions, step, isMailed)
          yield* checkAll(server, world, versions)
          yield* take(server, world, versions, { do: "clock" }, isMailed)
          yield* take(server, world, versions, { do: "send" }, isMailed)
          yield* checkAll(server, world, versions)
        })
      ),
    { timeout: 60_000 + 200 * runs, arbitrary: { runs } }
  )
})
