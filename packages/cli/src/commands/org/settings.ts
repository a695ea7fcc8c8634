import { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import { PlainName } from "@rollcall/domain/organization/PlainName"
import { Preset, type Settings } from "@rollcall/domain/organization/Settings"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { answer, table } from "../../Answer.ts"
import { asOperator } from "../../Operator.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"
import { settingFlags } from "../../OrganizationView.ts"
import { TimeZone } from "../../TimeZone.ts"

const choice = <const Values extends ReadonlyArray<string>>(name: string, values: Values, description: string) =>
  Flag.Literals(name, values).pipe(Flag.optional, Flag.withDescription(description))

const onOff = ["on", "off"] as const

const isOn = (value: Option.Option<"on" | "off">) => Option.map(value, (text) => text === "on")

/** The members that are there. */
const given = <Values extends Readonly<Record<string, Option.Option<unknown>>>>(
  values: Values
): { readonly [Name in keyof Values]?: Option.Option.Value<Values[Name]> } => {
  const some: { [Name in keyof Values]?: Option.Option.Value<Values[Name]> } = {}
  for (const name of Object.keys(values) as ReadonlyArray<keyof Values>) {
    const value = values[name]
    if (value !== undefined && Option.isSome(value)) some[name] = value.value as Option.Option.Value<typeof value>
  }
  return some
}

/** `rollcall org settings`: shows the settings of an organisation, or changes those whose flags are given (R-ORG-8). */
export const settings = Command.make(
  "settings",
  {
    subdomain: organizationArgument,
    preset: choice("preset", Preset.literals, "Begin from these settings: product, or rfc as conformance tools expect"),
    syncManagers: choice("sync-managers", onOff, "Whether managers in requests count"),
    startDates: choice("start-dates", onOff, "Whether a start date lets somebody in on that day only"),
    pastStartDates: choice("past-start-dates", ["refuse", "start-now"], "What a new start date in the past does"),
    syncPasswords: choice("sync-passwords", onOff, "Whether a password in an update is stored"),
    userNameAndEmail: choice(
      "user-name-and-email",
      ["linked", "free"],
      "Whether a userName and an email that are equal must stay equal"
    ),
    existingGroupName: choice(
      "existing-group-name",
      ["overwrite", "conflict"],
      "What a POST of a group does whose name exists: overwrite its members, or answer 409"
    ),
    deactivateOnTerminationDate: choice(
      "deactivate-on-termination-date",
      onOff,
      "Whether people are deactivated when their termination date is over"
    ),
    timeZone: Flag.String("time-zone").pipe(
      Flag.withSchema(TimeZone),
      Flag.optional,
      Flag.withDescription("IANA time zone by which its days begin"),
      Flag.withMetavar("ZONE")
    ),
    name: Flag.String("name").pipe(
      Flag.withSchema(PlainName),
      Flag.optional,
      Flag.withDescription("Its name, at most 200 characters"),
      Flag.withMetavar("NAME")
    )
  },
  Effect.fnUntraced(function* (flags) {
    const organization = yield* findOrganization(flags.subdomain)
    const changes: Partial<Settings> = {
      ...given({
        syncManagers: isOn(flags.syncManagers),
        startDates: isOn(flags.startDates),
        pastStartDates: Option.map(flags.pastStartDates, (value) => (value === "start-now" ? "startNow" : value)),
        syncPasswords: isOn(flags.syncPasswords),
        userNameAndEmail: flags.userNameAndEmail,
        existingGroupName: flags.existingGroupName,
        deactivateOnTerminationDate: isOn(flags.deactivateOnTerminationDate)
      })
    }
    const patch = {
      ...given({ name: flags.name, timeZone: flags.timeZone, preset: flags.preset }),
      ...(Object.keys(changes).length === 0 ? {} : { settings: changes })
    }
    const caller = yield* asOperator(organization, "org settings")
    const { name, settings, timeZone } =
      Object.keys(patch).length === 0
        ? organization
        : yield* (yield* OrganizationAdministration).configure(caller, patch)
    const { subdomain } = organization
    yield* answer(
      { subdomain, name, timeZone, settings },
      table([["name", name], ["time-zone", timeZone], ...settingFlags(settings)])
    )
  })
).pipe(
  Command.withDescription("Show the settings of an organisation, or change those whose flags are given"),
  Command.withExamples([
    { command: "rollcall org settings acme", description: "Shows them" },
    {
      command: "rollcall org settings acme --past-start-dates start-now --time-zone Europe/Berlin",
      description: "Changes two and leaves the others"
    },
    { command: "rollcall org settings acme --preset rfc --json", description: "For a vendor's conformance tool" }
  ])
)
