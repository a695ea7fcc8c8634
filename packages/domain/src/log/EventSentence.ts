import type { DomainEvent } from "../events/DomainEvent.ts"
import { dayText } from "./Moment.ts"
import { plainText } from "./ShownValue.ts"
import { attributeName, type Reader } from "./Story.ts"
import { mailNames } from "./StoryTexts.ts"

/** What an event says, as one sentence for support people. */
export const eventSentence = (event: DomainEvent, reader: Reader): string => {
  const name = (id: string) => plainText(reader.nameOf(id) ?? id)
  const names = (ids: ReadonlyArray<string>) =>
    ids.length > 10 ? `${ids.slice(0, 10).map(name).join(", ")} and ${ids.length - 10} more` : ids.map(name).join(", ")
  const mail = "mail" in event && event.mail !== undefined ? `; the ${mailNames[event.mail]} follows` : ""
  switch (event.type) {
    case "user.created":
      return `${name(event.user)} ${event.revived ? "came back with the record that was there" : "was added"}${mail}.`
    case "user.updated":
      return `${name(event.user)} was changed: ${event.attributes.map(attributeName).join(", ")}${mail}.`
    case "user.started":
      return `${name(event.user)} may sign in from now on, for the first time${mail}.`
    case "user.scheduled":
      return `${name(event.user)} starts on ${dayText(event.on)}${mail}.`
    case "user.deactivated":
      return `${name(event.user)} may not sign in any more${mail}.`
    case "user.reactivated":
      return `${name(event.user)} is active again${mail}.`
    case "user.deleted":
      return `${name(event.user)} left SCIM; the record is kept${mail}.`
    case "user.managerChanged":
      return `${name(event.user)} has ${event.manager === undefined ? "no manager" : `the manager ${name(event.manager)}`} from now on${mail}.`
    case "user.passwordChanged":
      return `A password for ${name(event.user)} came from the identity provider${mail}.`
    case "group.created":
      return `The group ${name(event.group)} was made.`
    case "group.updated":
      return `The group ${name(event.group)} was changed: ${event.attributes.map(attributeName).join(", ")}.`
    case "group.deleted":
      return `The group ${name(event.group)} was deleted; its members stay people.`
    case "group.moved":
      return `The group ${name(event.group)} was moved to another group type.`
    case "group.adminsChanged":
      return `The admins of the group ${name(event.group)} changed${delta(names, event.added, event.removed)}.`
    case "group.membershipChanged":
      return `The members of the group ${name(event.group)} changed${delta(names, event.added, event.removed)}.`
    case "groupTypes.changed":
      return `The group types are ${event.types.map((type) => plainText(type.name)).join(", ")} from now on.`
  }
}

const delta = (
  names: (ids: ReadonlyArray<string>) => string,
  added: ReadonlyArray<string>,
  removed: ReadonlyArray<string>
): string =>
  [
    ...(added.length === 0 ? [] : [`; added: ${names(added)}`]),
    ...(removed.length === 0 ? [] : [`; removed: ${names(removed)}`])
  ].join("")
