import { Clock, Effect, Layer } from "effect"
import { MemoryStore } from "../directory/MemoryStore.ts"
import { attributesText } from "../directory/Representation.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import { compareCodePoints } from "../scim/Comparison.ts"
import {
  type DueMail,
  type MailClaim,
  type MailOrganization,
  mailPosition,
  mostSettled,
  Outbox,
  readMailPosition
} from "./Outbox.ts"
import { claimed, newMail, type OutboxMail, owedBy, released, resent } from "./OutboxMail.ts"

interface Held {
  mail: OutboxMail
  token: string | undefined
}

interface MemoryOutbox {
  position: number
  readonly mails: Map<string, Held>
}

/** The reference implementation of {@link Outbox}, over the events in memory; `describe` tells of an organisation. */
export const layerMemoryOutbox = (
  describe: (organization: OrganizationId) => Omit<MailOrganization, "id">
): Layer.Layer<Outbox, never, MemoryStore> =>
  Layer.effect(
    Outbox,
    Effect.gen(function* () {
      const store = yield* MemoryStore
      const outboxes = new Map<OrganizationId, MemoryOutbox>()
      let tokens = 0

      const outboxOf = (organization: OrganizationId): MemoryOutbox => {
        const outbox = outboxes.get(organization) ?? { position: 0, mails: new Map() }
        outboxes.set(organization, outbox)
        return outbox
      }
      const eventsAfter = (organization: OrganizationId, position: number) =>
        (store.get(organization)?.events ?? []).filter(({ sequence }) => sequence > position)
      const now = <A>(f: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, f)
      /** What a claim still holds on to. */
      const heldBy = (organization: OrganizationId, key: string, token: string): Held | undefined => {
        const held = outboxOf(organization).mails.get(key)
        return held?.token === token ? held : undefined
      }
      const setPending = (held: Held, at: number): void => {
        if (held.mail.state === "pending") return
        held.mail = resent(held.mail, at)
        held.token = undefined
      }

      const dueAt = (organization: OrganizationId, at: number, most: number): ReadonlyArray<Held> =>
        [...outboxOf(organization).mails.values()]
          .filter(({ mail }) => mail.dueAt !== undefined && mail.dueAt <= at)
          .sort(({ mail: left }, { mail: right }) => (left.dueAt ?? 0) - (right.dueAt ?? 0) || inOrder(left, right))
          .slice(0, most)
      const dueMail = (organization: OrganizationId, mail: OutboxMail): DueMail => {
        const user = store.get(organization)?.users.get(mail.user)
        return {
          organization: { id: organization, ...describe(organization) },
          mail,
          person: user === undefined || user.deletedAt !== undefined ? undefined : attributesText(user.attributes)
        }
      }
      const end = ({ mail: { key }, organization: { id }, token }: MailClaim, outcome: OutboxMail): boolean => {
        const held = heldBy(id, key, token)
        if (held === undefined) return false
        held.mail = outcome
        held.token = undefined
        return true
      }

      return Outbox.of({
        work: now((at) =>
          [...store.keys()].flatMap((organization) => {
            const { mails, position } = outboxOf(organization)
            const hasEvents = eventsAfter(organization, position).length > 0
            const isDue = [...mails.values()].some(({ mail }) => mail.dueAt !== undefined && mail.dueAt <= at)
            return hasEvents || isDue ? [{ organization, hasEvents }] : []
          })
        ),
        consume: Effect.fnUntraced(function* (organization, domain, settle) {
          const at = yield* Clock.currentTimeMillis
          const outbox = outboxOf(organization)
          const events = eventsAfter(organization, outbox.position)
          const owed = new Map<string, OutboxMail>()
          for (const { event, sequence } of events) {
            const mail = owedBy(event, sequence)
            if (mail !== undefined && !outbox.mails.has(mail.key) && !owed.has(mail.key)) {
              owed.set(mail.key, newMail(mail, at, domain))
            }
          }
          const mails = [...owed.values()]
          const noted =
            settle === undefined
              ? mails
              : yield* settle(mails.map((mail) => dueMail(organization, claimed(mail, at, at))))
          for (const mail of noted)
            if (!outbox.mails.has(mail.key)) outbox.mails.set(mail.key, { mail, token: undefined })
          outbox.position = Math.max(outbox.position, events.at(-1)?.sequence ?? 0)
          return false
        }),
        claim: (organization, lease) =>
          now((at) => {
            const [held] = dueAt(organization, at, 1)
            if (held === undefined) return undefined
            held.mail = claimed(held.mail, at, at + lease)
            held.token = String(++tokens)
            return { ...dueMail(organization, held.mail), token: held.token }
          }),
        complete: (claim, outcome) => Effect.sync(() => end(claim, outcome)),
        settleSeveral: Effect.fnUntraced(function* (organization, most, settle) {
          const at = yield* Clock.currentTimeMillis
          const due = dueAt(organization, at, Math.min(most, mostSettled))
          const settled = yield* settle(due.map(({ mail }) => dueMail(organization, claimed(mail, at, at))))
          due.forEach((held, i) => {
            held.mail = settled[i] ?? held.mail
            held.token = undefined
          })
          return due.length
        }),
        release: ({ mail: { key }, organization: { id }, token }) =>
          now((at) => {
            const held = heldBy(id, key, token)
            if (held === undefined) return
            held.mail = released(held.mail, at)
            held.token = undefined
          }),
        find: (organization, key) => Effect.sync(() => outboxOf(organization).mails.get(key)?.mail),
        list: (organization, { after, count, state, user }) =>
          Effect.sync(() => {
            const position = after === undefined ? undefined : readMailPosition(after)
            if (after !== undefined && position === undefined) return { mails: [], next: undefined }
            const found = [...outboxOf(organization).mails.values()]
              .map(({ mail }) => mail)
              .filter((mail) => state === undefined || mail.state === state)
              .filter((mail) => user === undefined || mail.user === user)
              .filter((mail) => position === undefined || inOrder(mail, position) < 0)
              .sort((left, right) => inOrder(right, left))
            const mails = found.slice(0, count)
            const last = mails.at(-1)
            return { mails, next: last === undefined || found.length <= count ? undefined : mailPosition(last) }
          }),
        resend: (organization, key) =>
          now((at) => {
            const held = outboxOf(organization).mails.get(key)
            if (held !== undefined) setPending(held, at)
            return held?.mail
          }),
        count: (organization, state) =>
          Effect.sync(
            () => [...outboxOf(organization).mails.values()].filter(({ mail }) => mail.state === state).length
          ),
        resendAll: (organization, state) =>
          now((at) => {
            const all = [...outboxOf(organization).mails.values()].filter(({ mail }) => mail.state === state)
            for (const held of all) setPending(held, at)
            return all.length
          })
      })
    })
  )

type Ordered = Pick<OutboxMail, "owedAt" | "key">

const inOrder = (left: Ordered, right: Ordered): number =>
  left.owedAt - right.owedAt || compareCodePoints(left.key, right.key)
