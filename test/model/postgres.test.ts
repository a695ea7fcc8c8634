import { assert } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { describe, it } from "vitest"
import { administer, hour } from "./Administration.ts"
import { type Cluster, type MailServerState, withCluster } from "./Cluster.ts"
import { makeDice } from "./Dice.ts"
import { endMails, noteMails } from "./MailRules.ts"
import { isSomebodyDue, tick } from "./PeopleRules.ts"
import { beginning, requestsAndSettings } from "./Steps.ts"
import { burst, checkMails, checkTenant, isClockDone, makeTenant, request, type Tenant, type Way } from "./Tenant.ts"

const seed = process.env.PROPERTY_SEED ?? "20261123"

const tenantCount = 6
const sequenceLength = 40
/** A tenant takes so many steps until time passes again, or fewer. */
const stepsARound = 6
/** Every move of time is a multiple of this: far from any midnight, though the test itself takes a minute or two. */
const quarter = hour / 4

/** What happens to all between two rounds. */
interface Turn {
  readonly passes: number
  readonly mailServer?: MailServerState
  /** Server that is killed after so many answers of the round. */
  readonly killedAfter?: readonly [server: 0 | 1, answers: number]
  /** Server that is killed at the very moment when time moves on. */
  readonly killedAtMove?: 0 | 1
  /** Nobody is there while time moves on. */
  readonly isDowntime?: boolean
}

const turns: ReadonlyArray<Turn> = [
  { passes: quarter },
  { passes: 24 * hour, killedAtMove: 1 },
  { passes: quarter, killedAfter: [0, 12], mailServer: "slow" },
  { passes: 24 * hour, mailServer: "later" },
  { passes: quarter, killedAfter: [1, 9] },
  { passes: 24 * hour, mailServer: "up" },
  { passes: 12 * hour, isDowntime: true },
  { passes: 24 * hour, mailServer: "away" },
  { passes: quarter, killedAfter: [0, 15], killedAtMove: 1 },
  { passes: 48 * hour, mailServer: "up" },
  { passes: 24 * hour, isDowntime: true }
]

/** Looks again and again until it is so; a failure after half a minute. */
const until = Effect.fnUntraced(function* (what: string, isSo: Effect.Effect<boolean>) {
  const deadline = performance.now() + 30_000
  while (!(yield* isSo)) {
    if (performance.now() > deadline) return yield* Effect.die(new Error(`not within 30 s: ${what}`))
    yield* Effect.sleep(50)
  }
})

/** Whether no e-mail is being sent or due: what failed may wait for its next attempt. */
const isMailQuiet = ({ outbox }: Cluster, tenants: ReadonlyArray<Tenant>) =>
  Effect.gen(function* () {
    const work = yield* outbox.work
    if (tenants.some(({ id }) => work.some(({ organization }) => organization === id))) return false
    return !(yield* isAny(outbox, tenants, "pending"))
  }).pipe(Effect.orDie)

const isAny = Effect.fnUntraced(function* (
  outbox: Cluster["outbox"],
  tenants: ReadonlyArray<Tenant>,
  state: "pending" | "failed"
) {
  for (const { id } of tenants) {
    if ((yield* outbox.list(id, { state, count: 1 })).mails.length > 0) return true
  }
  return false
}, Effect.orDie)

/** Waits until no e-mail is on its way; those that are over are so in the model. */
const settleMails = Effect.fnUntraced(function* (cluster: Cluster, tenants: ReadonlyArray<Tenant>) {
  yield* until("no e-mail is on its way", isMailQuiet(cluster, tenants))
  const isOver = !(yield* isAny(cluster.outbox, tenants, "failed"))
  if (isOver) for (const { world } of tenants) endMails(world)
  return isOver
})

/** A tenant's part of a round: it ends early where the clock, or a cache of settings, has a say in what comes next. */
const play = Effect.fnUntraced(function* (way: Way, tenant: Tenant) {
  const { cluster } = way
  const { world } = tenant
  if (tenant.done > 0) yield* Effect.promise(() => burst(way, tenant))
  for (let taken = 0; taken < stepsARound && !isSomebodyDue(world); taken++) {
    const step = tenant.steps[tenant.done++]
    if (step === undefined) return
    if ("at" in step || "says" in step || "name" in step) yield* Effect.promise(() => request(way, tenant, step))
    else {
      tenant.trace.push(JSON.stringify(step))
      yield* administer(cluster.administration, tenant.organization, world, step)
      noteMails(world)
      return
    }
  }
})

const told = <A, R>(tenant: Tenant, effect: Effect.Effect<A, never, R>) =>
  Effect.tapDefect(effect, () =>
    Effect.sync(() => console.error(`${tenant.name}, seed ${seed}:\n  ${tenant.trace.slice(-25).join("\n  ")}`))
  )

const moveOn = Effect.fnUntraced(function* (way: Way, tenants: ReadonlyArray<Tenant>, turn: Turn) {
  const { cluster } = way
  const { servers } = cluster
  const kill = (at: 0 | 1) => Effect.promise(() => servers[at].kill())
  const offset = cluster.offset() + turn.passes
  if (turn.mailServer !== undefined) yield* cluster.mailServer.be(turn.mailServer)
  if (turn.isDowntime === true) yield* Effect.all([kill(0), kill(1)])
  const killed = turn.killedAtMove
  yield* Effect.all([cluster.move(offset), ...(killed === undefined ? [] : [kill(killed)])], {
    concurrency: "unbounded"
  })
  for (const server of servers) if (!server.isRunning()) yield* Effect.promise(() => server.start(offset))
  for (const { trace, world } of tenants) {
    trace.push(JSON.stringify(turn))
    world.now += turn.passes
    tick(world)
    noteMails(world)
  }
})

// R-USER-5 to R-USER-8, R-MGR-1 to R-MGR-6, R-START-3, R-START-5, R-START-6, R-START-7, R-START-9, R-MAIL-1, R-MAIL-2,
// R-MAIL-3, R-GROUP-2, R-GROUP-4, R-GROUP-6
describe("the rules as a simple model has them, on two servers with one PostgreSQL 15", () => {
  it("ABUSE-6, ABUSE-36, ABUSE-37: with kills, outages and midnights every answer, the directory and all e-mails agree", async () => {
    const sequences = await Effect.runPromise(
      Arbitrary.sampleEffect(requestsAndSettings(sequenceLength), { count: tenantCount, seed, size: 50 })
    )
    const run = withCluster(beginning - Date.now(), (cluster) =>
      Effect.gen(function* () {
        const { mailServer, outbox, servers } = cluster
        const tenants = yield* Effect.forEach(sequences, (steps, i) => makeTenant(cluster, `model-${i}`, steps))
        const dice = makeDice(seed)
        let kills = 0
        let mail: MailServerState = "up"
        // A server that was killed holds its claims on e-mails until time has passed.
        let areClaimsLost = false
        for (let round = 0; tenants.some(({ done, steps }) => done < steps.length); round++) {
          const turn = turns[round % turns.length] ?? { passes: quarter }
          let answers = 0
          let killing: Promise<void> | undefined
          const way: Way = {
            cluster,
            dice,
            onAnswer: () => {
              answers++
              const [server, after] = turn.killedAfter ?? []
              if (server !== undefined && answers === after) killing = servers[server].kill()
            }
          }
          yield* Effect.forEach(tenants, (tenant) => told(tenant, play(way, tenant)), { concurrency: "unbounded" })
          if (killing !== undefined) {
            yield* Effect.promise(async () => killing)
            areClaimsLost = true
            kills++
          }
          // No attempt is to be in the middle when hours pass, which would be a process that stands still for hours.
          if ((mail === "up" || mail === "slow") && !areClaimsLost) yield* settleMails(cluster, tenants)
          yield* moveOn(way, tenants, turn)
          mail = turn.mailServer ?? mail
          areClaimsLost = turn.killedAtMove !== undefined
          if (areClaimsLost) kills++
          for (const tenant of tenants) {
            yield* told(tenant, until(`the clock of ${tenant.name}`, isClockDone(cluster, tenant)))
            yield* told(tenant, checkTenant(way, tenant))
          }
        }
        // The last e-mails, those included that a killed server had in its hands.
        const way: Way = { cluster, dice, onAnswer: () => undefined }
        if (areClaimsLost || mail !== "up") yield* moveOn(way, tenants, { passes: 2 * hour, mailServer: "up" })
        while (!(yield* settleMails(cluster, tenants))) yield* moveOn(way, tenants, { passes: 2 * hour })
        const ids: Array<string> = []
        for (const tenant of tenants) {
          const { mails } = yield* Effect.orDie(outbox.list(tenant.id, { count: 500 }))
          yield* told(
            tenant,
            Effect.sync(() => ids.push(...checkMails(tenant, mails)))
          )
        }
        // What the mail server took: those that were sent and no others, each once but where a server was killed.
        const received = mailServer.received.map(({ email }) => email.messageId ?? "")
        assert.deepStrictEqual([...new Set(received)].toSorted(), ids.toSorted())
        assert.isAtMost(received.length - ids.length, 5 * kills, "an e-mail came twice without a kill")
      })
    )
    await Effect.runPromise(run)
  }, 600_000)
})
