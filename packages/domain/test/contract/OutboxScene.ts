import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { afterAttempt } from "@rollcall/domain/mail/MailAttempt"
import type { Occasion } from "@rollcall/domain/mail/Occasion"
import { type MailClaim, Outbox } from "@rollcall/domain/mail/Outbox"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Effect } from "effect"
import { newOrganization, newPerson, OutboxProbe } from "./OutboxProbe.ts"

export const domain = "mail.halden.example"
export const lease = 60_000

export const started = (user: UserId, mail?: Occasion): DomainEvent => ({
  type: "user.started",
  user,
  version: 1,
  ...(mail === undefined ? {} : { mail })
})
export const happened = (user: UserId, mail: Occasion): DomainEvent => ({
  type: "user.reactivated",
  user,
  version: 2,
  mail
})

/** An organisation in which so many people are owed a welcome that was noted already. */
export const withWelcomes = Effect.fnUntraced(function* (count: number) {
  const outbox = yield* Outbox
  const probe = yield* OutboxProbe
  const organization = yield* newOrganization()
  const users: Array<UserId> = []
  for (let i = 0; i < count; i++) {
    const user = yield* newPerson(organization.id, `person-${i}`)
    users.push(user)
    yield* probe.happen(organization.id, [started(user, "welcome")])
  }
  yield* outbox.consume(organization.id, domain)
  return { id: organization.id, organization, outbox, probe, users, user: users[0] as UserId }
})

export const claimed = Effect.fnUntraced(function* (organization: OrganizationId) {
  const claim = yield* (yield* Outbox).claim(organization, lease)
  if (claim === undefined) throw new Error("nothing is due")
  return claim
})

export const complete = Effect.fnUntraced(function* (claim: MailClaim, attempt: Parameters<typeof afterAttempt>[1]) {
  const now = yield* Clock.currentTimeMillis
  return yield* (yield* Outbox).complete(claim, afterAttempt(claim.mail, attempt, now, 0.5))
})

export const sent = { _tag: "Sent", recipient: "person-0@halden.example" } as const
export const failed = { _tag: "Failed", recipient: "person-0@halden.example", error: "451 later" } as const

/** What there is to do in an organisation: whether there are events, once where something is due. */
export const workIn = (organization: OrganizationId) =>
  Effect.map(
    Effect.flatMap(Outbox, (outbox) => outbox.work),
    (work) => work.filter((one) => one.organization === organization).map(({ hasEvents }) => hasEvents)
  )
