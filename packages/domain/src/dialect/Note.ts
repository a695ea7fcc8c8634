/**
 * What was tolerated or ignored while a request was read, for the provisioning log (R-LOG-1): one sentence that names
 * attributes and habits, and never a value, as secrets hide in odd places.
 */
export interface Note {
  /** `tolerated`: a habit was understood and took effect. `ignored`: what was sent had no effect. */
  readonly kind: "tolerated" | "ignored"
  readonly habit: Habit
  /** The attribute as the reader of the log knows it: `emails.type`, an URN with a name, or a name that no schema has. */
  readonly attribute: string
  readonly text: string
}

/** The habits that {@link Note}s tell of; each is described where it is understood, in this folder. */
export type Habit =
  | "array-for-single-value"
  | "bare-extension-date"
  | "bare-value"
  | "create-on-absent"
  | "empty-add"
  | "empty-clears"
  | "manager-form"
  | "manager-name-only"
  | "message-schemas-missing"
  | "number-as-text"
  | "qualified-key"
  | "reference-as-value"
  | "remove-listed"
  | "remove-nothing-listed"
  | "repeated-name"
  | "schemas-missing"
  | "schemas-spelling"
  | "schemas-unknown"
  | "several-primaries"
  | "single-value-for-array"
  | "string-boolean"
  | "text-as-number"
  | "too-many-notes"
  | "unknown-attribute"
  | "urn-dot"
  | "urn-white-space"
