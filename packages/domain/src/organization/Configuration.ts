import { Schema, Struct } from "effect"
import type { Json } from "../scim/Json.ts"
import { Organization, SingleSignOn } from "./Organization.ts"
import { Preset, presets, Settings } from "./Settings.ts"

/** What can be set of an organisation. */
export const Configuration = Organization.mapFields(
  Struct.pick(["name", "timeZone", "singleSignOn", "scimEnabled", "csvAllowed", "settings", "reviewWindows"])
)
export type Configuration = typeof Configuration.Type

/** What is to change; what is not given stays as it is, whoever changes it at the same moment. */
export const ConfigurationPatch = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  /** An IANA time zone. */
  timeZone: Schema.optionalKey(Schema.String),
  scimEnabled: Schema.optionalKey(Schema.Boolean),
  /** The operator's alone (R-ORG-7). */
  csvAllowed: Schema.optionalKey(Schema.Boolean),
  singleSignOn: Schema.optionalKey(SingleSignOn.mapFields(Struct.map(Schema.optionalKey))),
  /** The settings to begin from; those in `settings` go over it. */
  preset: Schema.optionalKey(Preset),
  settings: Schema.optionalKey(Settings.mapFields(Struct.map(Schema.optionalKey)))
})
export type ConfigurationPatch = typeof ConfigurationPatch.Type

/** The configuration of an organisation, and nothing else of it. */
export const configurationOf = (from: Configuration): Configuration => ({
  name: from.name,
  timeZone: from.timeZone,
  singleSignOn: from.singleSignOn,
  scimEnabled: from.scimEnabled,
  csvAllowed: from.csvAllowed,
  settings: from.settings,
  reviewWindows: from.reviewWindows
})

/** The configuration with a patch over it, not yet checked. */
export const patched = (standing: Configuration, patch: ConfigurationPatch): Configuration => ({
  ...standing,
  name: patch.name ?? standing.name,
  timeZone: patch.timeZone ?? standing.timeZone,
  scimEnabled: patch.scimEnabled ?? standing.scimEnabled,
  csvAllowed: patch.csvAllowed ?? standing.csvAllowed,
  singleSignOn: { ...standing.singleSignOn, ...patch.singleSignOn },
  settings: {
    ...standing.settings,
    ...(patch.preset === undefined ? {} : presets[patch.preset]),
    ...patch.settings
  }
})

/** The configuration but for the review windows, which have entries of their own, as the log compares it. */
export const loggedConfiguration = (from: Configuration): { readonly [name: string]: Json } => ({
  name: from.name,
  timeZone: from.timeZone,
  scimEnabled: from.scimEnabled,
  csvAllowed: from.csvAllowed,
  singleSignOn: { ...from.singleSignOn },
  settings: { ...from.settings }
})
