import { Schema } from "effect"

/** The integration settings of an organisation (R-ORG-8). */
export const Settings = Schema.Struct({
  /** Whether managers in requests count (R-MGR-3). */
  syncManagers: Schema.Boolean,
  /** Whether start dates have an effect (R-START-2). */
  startDates: Schema.Boolean,
  /** What a new start date in the past does (R-START-5). */
  pastStartDates: Schema.Literals(["refuse", "startNow"]),
  /** Whether passwords in updates count (R-MAIL-2). */
  syncPasswords: Schema.Boolean,
  /** Whether a userName and an e-mail that are equal must stay equal (R-USER-5). */
  userNameAndEmail: Schema.Literals(["linked", "free"]),
  /** What a POST of a group does whose name exists (R-GROUP-2). */
  existingGroupName: Schema.Literals(["overwrite", "conflict"]),
  /** Whether a termination date deactivates (R-START-9). */
  deactivateOnTerminationDate: Schema.Boolean
})
export type Settings = typeof Settings.Type

export const Preset = Schema.Literals(["product", "rfc"])
export type Preset = typeof Preset.Type

const product: Settings = {
  syncManagers: true,
  startDates: true,
  pastStartDates: "refuse",
  syncPasswords: true,
  userNameAndEmail: "linked",
  existingGroupName: "overwrite",
  deactivateOnTerminationDate: false
}

/** `product` has the defaults; `rfc` is what the conformance tools of vendors expect (R-ORG-8). */
export const presets: Readonly<Record<Preset, Settings>> = {
  product,
  rfc: { ...product, pastStartDates: "startNow", userNameAndEmail: "free", existingGroupName: "conflict" }
}
