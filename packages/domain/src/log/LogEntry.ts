import { Schema } from "effect"
import type { Note } from "../dialect/Note.ts"
import type { Occasion } from "../mail/Occasion.ts"
import type { Json } from "../scim/Json.ts"
import type { MatchingRule } from "../user/MatchingRule.ts"
import type { Source } from "../user/User.ts"

/** What a request came to. */
export const Outcome = Schema.Literals([
  "created",
  "revived",
  "overwritten",
  "updated",
  "unchanged",
  "deleted",
  "refused"
])
export type Outcome = typeof Outcome.Type

/** Who asked: the key of the organisation that the request carried, and the client's own name for itself. */
export interface Actor {
  readonly keyId: string
  readonly keyLabel: string
  /** The `User-Agent`, cut to 200 characters. */
  readonly client: string
  /** Where the request came from, where that was not SCIM. */
  readonly via?: Exclude<Source, "scim">
}

/** One attribute's value before and after a change; secrets never come here. */
export interface AttributeChange {
  readonly attribute: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/**
 * One entry of the provisioning log (R-LOG-1): every write and every refusal of an authenticated request leaves one,
 * in the change's own transaction.
 */
export interface LogEntry {
  readonly at: number
  readonly requestId: string
  readonly actor: Actor
  /** The request line without the query: `PATCH /Users/7c9e…`. */
  readonly request: string
  readonly outcome: Outcome
  /** The HTTP status that was answered. */
  readonly status: number
  readonly subject: Subject | undefined
  readonly changes: ReadonlyArray<AttributeChange>
  /** What was tolerated or ignored, and why. */
  readonly notes: ReadonlyArray<LogNote>
  readonly error: { readonly scimType: string | undefined; readonly detail: string } | undefined
  /** The references to people that the request brought, and what they matched; absent where there were none. */
  readonly matched?: ReadonlyArray<MatchedReference>
  /** What the person is written to for because of this; absent where nothing. */
  readonly mails?: ReadonlyArray<Occasion>
  /** The numbers of the events that this brought about, which give their ids (`eventId`); absent where none. */
  readonly events?: { readonly first: number; readonly last: number }
  /** The case code of the entry of the write that brought this about, where that was about somebody else. */
  readonly cause?: string
  /** Milliseconds from the receipt of the request to the decision. */
  readonly duration: number
}

/** Whom or what the request was about. */
export interface Subject {
  readonly type: "User" | "Group" | "GroupType" | "Organization" | "ReviewWindow" | "AccessKey"
  readonly id: string
  /** The userName or the group's name at that time. */
  readonly name: string | undefined
}

/** A note of the reader of requests, or one of a rule. */
export type LogNote =
  | Note
  | { readonly kind: "ignored" | "told"; readonly habit: "rule"; readonly attribute: string; readonly text: string }

/** What a reference to a person matched (R-MATCH-1). */
export interface MatchedReference {
  readonly attribute: string
  readonly reference: string
  /** The rule and the person, where it matched one. */
  readonly rule: MatchingRule | undefined
  readonly user: string | undefined
  /** A later rule that would have found somebody else. */
  readonly alsoBy: MatchingRule | undefined
}

/** Who asks from outside the organisation, above it: whoever runs the installation, by its command line. */
export const operatorActor: Actor = { keyId: "operator", keyLabel: "the operator", client: "rollcall", via: "hand" }

/** Who a change comes from that no request asked for: time has come. */
export const clockActor: Actor = { keyId: "clock", keyLabel: "the clock", client: "Rollcall" }

/** Who sets a password by the link in an e-mail: the person themself, whom the entry is about. */
export const personActor: Actor = { keyId: "person", keyLabel: "the person", client: "password page", via: "hand" }
