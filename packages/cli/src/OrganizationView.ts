import type { Organization } from "@rollcall/domain/organization/Organization"
import { openWindow, type ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
import type { Settings } from "@rollcall/domain/organization/Settings"
import { isoTime } from "./Answer.ts"

/** The flag of each setting with its value as the flag takes it; the order is the one in which they are shown. */
export const settingFlags = (settings: Settings): ReadonlyArray<readonly [flag: string, value: string]> => [
  ["sync-managers", onOff(settings.syncManagers)],
  ["start-dates", onOff(settings.startDates)],
  ["past-start-dates", settings.pastStartDates === "startNow" ? "start-now" : "refuse"],
  ["sync-passwords", onOff(settings.syncPasswords)],
  ["user-name-and-email", settings.userNameAndEmail],
  ["existing-group-name", settings.existingGroupName],
  ["deactivate-on-termination-date", onOff(settings.deactivateOnTerminationDate)]
]

export const onOff = (value: boolean): string => (value ? "on" : "off")

/** A review window as it is printed with `--json`. */
export const windowView = ({ closesAt, id, name, opensAt }: ReviewWindow) => ({
  id,
  name,
  opensAt: isoTime(opensAt),
  closesAt: isoTime(closesAt)
})

/** Single sign-on in a few words. */
export const singleSignOnText = ({ enabled, signInUrl }: Organization["singleSignOn"]): string =>
  enabled ? `on, ${signInUrl}` : "off"

/** The review window that is open at a time, in a few words. */
export const reviewText = (windows: ReadonlyArray<ReviewWindow>, now: number): string => {
  const open = openWindow(windows, now)
  return open === undefined ? "no window is open" : `${open.name}, until ${isoTime(open.closesAt)}`
}
