import { afterAttempt } from "@rollcall/domain/mail/MailAttempt"
import { type DueMail, type MailClaim, mostSettled, Outbox, type SettleMails } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Clock, Effect, Exit, Random, Schedule } from "effect"
import { type AttemptEnd, type MailSettings, makeMailAttempts } from "./MailAttempts.ts"
import { Mailer } from "./Mailer.ts"
import { smtpConnections } from "./SmtpMailer.ts"

/** How long a claim lasts, in milliseconds: several times what the longest attempt takes. */
export const mailLease = 5 * 60_000

/** After so long a round ends, and who has something to do is looked up again. */
const roundTime = 5_000

/** How often storage is told again what came of attempts. */
const untilTold = { schedule: Schedule.spaced("1 second"), times: 10 }

const shortestRest = 1_000
const longestRest = 60_000

/** What a round came to: whether there may be more to do at once. */
export type MailRound = Effect.Effect<boolean, StoreUnavailable>

/**
 * One round: reads what has happened, and sends what is due, a few at a time, one of each organisation in turn: one with
 * ten thousand e-mails does not keep the others waiting.
 *
 * While the mail server takes nothing, no more than one attempt is made after a rest that grows up to a minute, so that
 * e-mails wait without being spent. `isStopping` ends a round after the attempts under way.
 */
export const makeMailRound = Effect.fnUntraced(function* (
  settings: MailSettings,
  isStopping: () => boolean = () => false
) {
  const outbox = yield* Outbox
  const mailer = yield* Mailer
  const attempt = yield* makeMailAttempts(settings)
  const domain = settings.from.address.slice(settings.from.address.indexOf("@") + 1)
  const aside = new Map<OrganizationId, number>()
  let failures = 0
  let restUntil = 0

  const noteServer = Effect.fnUntraced(function* ({ attempt: made, isServerAway }: AttemptEnd) {
    if (!isServerAway) {
      if (made._tag === "Sent") failures = 0
      return
    }
    failures++
    restUntil = (yield* Clock.currentTimeMillis) + Math.min(longestRest, shortestRest * 2 ** Math.min(failures - 1, 6))
    const said = made._tag === "Failed" ? made.error : ""
    yield* Effect.logWarning(`The mail server takes no e-mails: ${said}`)
  })

  const outcomeOf = Effect.fnUntraced(function* ({ mail }: DueMail, end: AttemptEnd) {
    const outcome = afterAttempt(mail, end.attempt, yield* Clock.currentTimeMillis, yield* Random.next)
    if (outcome.state === "givenUp") {
      // What the server said may name the address: it stands in the outbox.
      yield* Effect.logWarning(`An e-mail was given up (${mail.key})`)
    }
    return outcome
  })

  const complete = Effect.fnUntraced(function* (claim: MailClaim, end: AttemptEnd) {
    const outcome = yield* outcomeOf(claim, end)
    // The mail may be on its way: what came of it is told even if storage needs a while.
    const isTold = yield* Effect.retry(outbox.complete(claim, outcome), untilTold)
    if (!isTold) yield* Effect.logWarning(`An attempt took longer than its claim (${claim.mail.key})`)
  })

  /** What an error of this program makes of an attempt: it is tried again, and told to the operator. */
  const ofDefect =
    ({ mail }: DueMail) =>
    (defect: unknown) =>
      Effect.as(Effect.logError(`An e-mail cannot be made (${mail.key})`, defect), {
        attempt: { _tag: "Failed", recipient: undefined, error: "An error in this program; the server's log has more" },
        isServerAway: false
      } satisfies AttemptEnd)

  /** Makes one attempt in an organisation; false where nothing is due. A claim that came to nothing is given back. */
  const attemptOne = (organization: OrganizationId): Effect.Effect<boolean, StoreUnavailable> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const claim = yield* outbox.claim(organization, mailLease)
        if (claim === undefined) return false
        const exit = yield* Effect.exit(restore(Effect.catchDefect(attempt(claim), ofDefect(claim))))
        if (Exit.isSuccess(exit)) {
          yield* noteServer(exit.value)
          yield* complete(claim, exit.value)
          return true
        }
        yield* Effect.ignore(outbox.release(claim))
        return yield* Effect.failCause(exit.cause)
      })
    )

  /** Decides on e-mails without sending anything. */
  const settle: SettleMails = (mails) =>
    Effect.forEach(mails, (due) =>
      attempt(due).pipe(
        // Where no e-mail is sent no link is made, so nothing is asked of storage that could fail.
        Effect.orDie,
        Effect.catchDefect(ofDefect(due)),
        Effect.flatMap((end) => outcomeOf(due, end))
      )
    )

  /**
   * What becomes of an e-mail when it is noted: it is sent later, or it is settled at once. A first synchronisation owes
   * one for everybody, and where none is sent, their bookkeeping must not cost what writing the people costs.
   */
  const noted = mailer.delivers ? undefined : settle

  /** Settles what waits in an organisation although none is sent, as what an admin resends does; false where nothing is due. */
  const keepSome = (organization: OrganizationId): Effect.Effect<boolean, StoreUnavailable> =>
    Effect.map(outbox.settleSeveral(organization, mostSettled, settle), (settled) => settled > 0)

  const attemptSome = mailer.delivers ? attemptOne : keepSome

  /** Sets an organisation aside for a while, in which this program cannot read what it needs: no other waits for it. */
  const setAside = (organization: OrganizationId) => (defect: unknown) =>
    Effect.gen(function* () {
      aside.set(organization, (yield* Clock.currentTimeMillis) + longestRest)
      yield* Effect.logError(`The e-mails of the organisation ${organization} are set aside for a minute`, defect)
      return false
    })

  const readEvents = Effect.fnUntraced(function* (organization: OrganizationId) {
    while (yield* outbox.consume(organization, domain, noted)) yield* Effect.yieldNow
  })

  return Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const work = (yield* outbox.work).filter(({ organization }) => (aside.get(organization) ?? 0) <= begun)
    for (const { hasEvents, organization } of work) {
      if (hasEvents) yield* Effect.catchDefect(readEvents(organization), setAside(organization))
    }
    const end = (yield* Clock.currentTimeMillis) + roundTime
    const open = work
      .map(({ organization }) => organization)
      .filter((organization) => !((aside.get(organization) ?? 0) > begun))
    let turn = yield* Random.nextIntBetween(0, Math.max(1, open.length))
    let isMore = false
    let isBroken = false

    const worker = Effect.gen(function* () {
      while (open.length > 0 && !isBroken && !isStopping()) {
        const now = yield* Clock.currentTimeMillis
        if (now < restUntil) return
        if (now >= end) {
          isMore = true
          return
        }
        const organization = open[turn++ % open.length]
        if (organization === undefined) return
        if (!(yield* Effect.catchDefect(attemptSome(organization), setAside(organization)))) {
          const place = open.indexOf(organization)
          if (place >= 0) open.splice(place, 1)
        }
      }
    }).pipe(
      Effect.tapCause(() =>
        Effect.sync(() => {
          isBroken = true
        })
      ),
      // One that fails does not break off what the others are sending: they finish, and then all is told.
      Effect.exit
    )
    // After failures one probes whether the server is back.
    const workers = failures === 0 && mailer.delivers ? smtpConnections : 1
    const exits = yield* Effect.all(
      Array.from({ length: workers }, () => worker),
      { concurrency: "unbounded" }
    )
    for (const exit of exits) yield* exit
    return isMore
  }) satisfies MailRound
})
