import { Context, type Effect } from "effect"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { UserId } from "../user/UserId.ts"
import { isMailKey, type MailState, type OutboxMail } from "./OutboxMail.ts"

/** The name under which the e-mails remember how far they have read an organisation's events. */
export const mailConsumer = "mail"

/** An organisation in which there is something to do. */
export interface MailWork {
  readonly organization: OrganizationId
  /** Whether there are events that were not read yet. */
  readonly hasEvents: boolean
}

/** What an e-mail says of the organisation. */
export type MailOrganization = Pick<Organization, "id" | "name" | "subdomain" | "singleSignOn">

/** An e-mail that is due, and what stands at this moment of those it is about. */
export interface DueMail {
  readonly organization: MailOrganization
  /** The e-mail with the attempt that is to be made. */
  readonly mail: OutboxMail
  /** The JSON text of the person's `User.attributes`; undefined where they are deleted. */
  readonly person: string | undefined
}

/** The right to make one attempt. */
export interface MailClaim extends DueMail {
  /** What the outcome is accepted by, until somebody else claims the e-mail. */
  readonly token: string
}

/** Makes of each e-mail that nobody is to be sent what it is afterwards, in their order, at once and without asking storage. */
export type SettleMails = (due: ReadonlyArray<DueMail>) => Effect.Effect<ReadonlyArray<OutboxMail>>

/** So many e-mails are settled at once at most. */
export const mostSettled = 200

/** Which e-mails are listed. */
export interface MailQuery {
  readonly state?: MailState
  readonly user?: UserId
  /** `next` of the page before. */
  readonly after?: string
  readonly count: number
}

/** A page of e-mails, the latest first. */
export interface MailPage {
  readonly mails: ReadonlyArray<OutboxMail>
  /** Undefined on the last page. */
  readonly next: string | undefined
}

/** What can be resent at one stroke; what was sent or withdrawn only one by one. */
export type ResendableState = Extract<MailState, "failed" | "givenUp" | "kept">

/**
 * The e-mails that an organisation's events have made owed (port).
 *
 * Reading events and remembering how far is atomic, and a key has one e-mail for ever, so any number of workers may
 * read and send at once: no e-mail is lost, none is there twice (R-MAIL-3). Nothing is locked while one is being sent:
 * a claim ends by itself after its lease.
 */
export class Outbox extends Context.Service<
  Outbox,
  {
    /** Where there is something to do now. */
    readonly work: Effect.Effect<ReadonlyArray<MailWork>, StoreUnavailable>
    /**
     * Reads the next events, some thousand at most, and notes what is owed: as what `settle` makes of it, or to be sent
     * where there is none. `domain` is for the Message-IDs. True where there are more.
     */
    consume(
      organization: OrganizationId,
      domain: string,
      settle?: SettleMails
    ): Effect.Effect<boolean, StoreUnavailable>
    /** Claims the e-mail that has been due for longest, for `lease` milliseconds; undefined where none is. */
    claim(organization: OrganizationId, lease: number): Effect.Effect<MailClaim | undefined, StoreUnavailable>
    /**
     * Stores what an attempt made of the e-mail. False, and nothing stored, where the claim does not hold any more,
     * because its lease ended and somebody else claimed the e-mail (ABUSE-37).
     */
    complete(claim: MailClaim, outcome: OutboxMail): Effect.Effect<boolean, StoreUnavailable>
    /**
     * Settles up to `most` due e-mails, at most {@link mostSettled}, which nobody is to be sent. They are locked meanwhile
     * and written once; where `settle` dies they stay as they were. Tells how many there were.
     */
    settleSeveral(
      organization: OrganizationId,
      most: number,
      settle: SettleMails
    ): Effect.Effect<number, StoreUnavailable>
    /** Gives a claim back that no attempt was made with. */
    release(claim: MailClaim): Effect.Effect<void, StoreUnavailable>
    find(organization: OrganizationId, key: string): Effect.Effect<OutboxMail | undefined, StoreUnavailable>
    /** A cursor that was not made for this query leads nowhere: an empty page. */
    list(organization: OrganizationId, query: MailQuery): Effect.Effect<MailPage, StoreUnavailable>
    /** Makes one pending again, and tells how it is now; undefined where there is no such e-mail. */
    resend(organization: OrganizationId, key: string): Effect.Effect<OutboxMail | undefined, StoreUnavailable>
    /** How many there are of a state. */
    count(organization: OrganizationId, state: MailState): Effect.Effect<number, StoreUnavailable>
    /** Makes all of a state pending again, and tells how many. */
    resendAll(organization: OrganizationId, state: ResendableState): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/mail/Outbox") {}

/** The position after an e-mail in a list, and what it says; undefined where it says nothing. */
export const mailPosition = ({ key, owedAt }: OutboxMail): string => `${owedAt}.${key}`

export const readMailPosition = (text: string): Pick<OutboxMail, "owedAt" | "key"> | undefined => {
  const dot = text.indexOf(".")
  const owedAt = dot < 1 || dot > 16 ? Number.NaN : Number(text.slice(0, dot))
  const key = text.slice(dot + 1)
  return Number.isSafeInteger(owedAt) && owedAt >= 0 && isMailKey(key) ? { owedAt, key } : undefined
}
