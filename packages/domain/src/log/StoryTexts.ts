import type { Occasion } from "../mail/Occasion.ts"
import type { PendingReason } from "../user/ManagerLink.ts"
import type { MatchingRule } from "../user/MatchingRule.ts"
import type { LogNote, Outcome, Subject } from "./LogEntry.ts"

/** What kinds of things requests are about, as people call them. */
export const nouns: Readonly<Record<Subject["type"], string>> = {
  User: "person",
  Group: "group",
  GroupType: "group type",
  Organization: "organisation",
  ReviewWindow: "review window",
  AccessKey: "token or key"
}

/** What was done, between who did it and to whom. */
export const verbs: Readonly<Record<Exclude<Outcome, "refused">, string>> = {
  created: "created",
  revived: "brought back",
  overwritten: "overwrote the members of",
  updated: "changed",
  unchanged: "sent what is stored already for",
  deleted: "deleted"
}

/** What an outcome means for those who do not know the rules; undefined where the verb says all. */
export const meanings: Readonly<Record<Outcome, string | undefined>> = {
  created: undefined,
  revived:
    "Somebody with this e-mail was deleted before: the old record came back with its SCIM ID, its User ID and its data, " +
    "and what was sent was laid over it.",
  overwritten:
    "A group of exactly this name was there: it kept its id, its type and its admins, and got these members.",
  updated: undefined,
  unchanged: "Nothing was changed, and nobody was written to.",
  deleted: undefined,
  refused: "Nothing was changed."
}

/** How the rules of matching are called, in the order in which they are tried (R-MATCH-1). */
export const ruleNames: Readonly<Record<MatchingRule, string>> = {
  scimId: "SCIM ID",
  userId: "User ID",
  email: "e-mail",
  employeeNumber: "employee number"
}

/** What a person is written to for. */
export const mailNames: Readonly<Record<Occasion, string>> = {
  welcome: "welcome e-mail",
  startDay: "start-day e-mail, which says that they can sign in from now on,",
  welcomeBack: "Welcome Back e-mail",
  passwordReset: "e-mail with a link to reset the password"
}

/** Why a manager that was sent is not the directory's, and what helps (R-MGR, R-HELP). */
export const managerReasons: Readonly<Record<PendingReason, string>> = {
  unmatched:
    "nobody here has it as SCIM ID, User ID, e-mail or employee number. The manager is filled in as soon as such a person " +
    "appears: assign the manager to this application in the identity provider, or send a reference that somebody here has.",
  ambiguous: "several people have that employee number. Send the manager's e-mail or SCIM ID instead.",
  self: "it is the person themselves. Correct the manager in the identity provider.",
  switchedOff:
    "Sync managers is off. Switch it on in the integration settings, and let the identity provider send the person again.",
  reviewWindow: "a review window is open, in which managers stay who they are. It is applied when the window closes."
}

/** What each habit of identity providers is, for who has to explain a note of it. */
export const habitMeanings: Readonly<Record<LogNote["habit"], string>> = {
  "array-for-single-value": "A list came where one value belongs; with one element in it, that is the value.",
  "bare-extension-date":
    "A date came for the whole schema of the extension, as the product's own instructions have it; it is the start date.",
  "bare-value": 'A value came bare where an object with a "value" belongs.',
  "create-on-absent":
    "The element that was to be changed was not there, so it was made, as this identity provider expects.",
  "empty-add": "Nothing was to be added, which changes nothing.",
  "empty-clears": "An empty value clears the attribute.",
  "manager-form": "The manager came in a form of the provider's own, which is understood like the standard's.",
  "manager-name-only": "A name identifies nobody: map the manager's e-mail or id in the identity provider.",
  "message-schemas-missing": "The line that says what kind of message it is was missing.",
  "number-as-text": "A number came where a text belongs; its digits were taken.",
  "qualified-key": "Attributes were named by paths within a value, which is understood.",
  "reference-as-value": "A person was referred to by address instead of by id; the id was taken from the address.",
  "remove-listed": "Elements to be removed were listed in the value; only these were removed.",
  "remove-nothing-listed": "A removal listed nobody, so nobody was removed.",
  "repeated-name": "An attribute came twice in one request; the last counts.",
  rule: "This is a rule of the product.",
  "schemas-missing": "The list of schemas was missing; the endpoint tells what is meant.",
  "schemas-spelling": "A schema was spelled in an unusual way, which is understood.",
  "schemas-unknown": "A schema was named that is not known here; what belongs to it is ignored.",
  "several-primaries": "More than one value was called the primary one; the first is.",
  "single-value-for-array": "A single value came where a list belongs; it is a list of one.",
  "string-boolean": "True or false came as a text, as some identity providers send it.",
  "text-as-number": "A number came as a text, which is understood.",
  "too-many-notes": "The request had more peculiarities than the log lists.",
  "unknown-attribute":
    "No schema here has the attribute, so it is not kept: remove it from the mapping in the identity provider, or leave it.",
  "urn-dot": "An attribute of an extension was separated by a dot instead of a colon, which is understood.",
  "urn-white-space":
    "The name of a schema had blanks in it, as the product's own instructions print it; it is understood."
}

/** What helps after a refusal, besides what its text says, by what was answered (R-LOG-4, R-HELP). */
export const remedyOf = (status: number, scimType: string | undefined): string => {
  if (scimType === "uniqueness") {
    return "Import the people of this organisation into the identity provider, or let it match on e-mail, so that it takes over the account that is there."
  }
  switch (status) {
    case 403:
      return "Check in the console whether SCIM is switched on for this organisation, and whether the key may do this."
    case 404:
      return "The identity provider remembers somebody who is not here any more: import again, or remove the assignment there and make it anew."
    case 409:
      return "Look at who is in the way, named in the answer, and decide which of the two is to stay."
    case 412:
      return "Somebody else changed it in between. The identity provider reads it again and repeats the change by itself."
    case 413:
      return "Send fewer operations or members at a time."
    case 415:
      return "Send application/scim+json."
    case 429:
    case 503:
      return "Nothing needs to be done: the identity provider tries again by itself."
    case 501:
      return "This part of the protocol is not offered; the identity provider need not use it."
    default:
      return "Correct the value in the identity provider; its next attempt then succeeds by itself."
  }
}
