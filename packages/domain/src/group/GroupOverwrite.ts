import { Context, Effect, Layer } from "effect"
import type { Needs } from "../directory/Needs.ts"
import type { LogNote } from "../log/LogEntry.ts"
import type { Settings } from "../organization/Settings.ts"
import { type Group, type GroupId, groupNameKey, groupNearKey } from "./Group.ts"

/**
 * What the name of a group meets in its organisation (R-GROUP-2): nobody has it, a group of that very name is overwritten
 * by a POST, or the setting `conflict` lets no two names differ in case only.
 */
export type NameVerdict =
  | { readonly _tag: "Free"; readonly near: ReadonlyArray<Group> }
  | { readonly _tag: "Exact"; readonly holder: Group; readonly near: ReadonlyArray<Group> }
  | { readonly _tag: "Conflict"; readonly holder: Group }

/** What is asked of the groups that stand; `except` is the group whose own name it is. */
export interface GroupNames {
  groupNamed(displayName: string): Group | undefined
  groupNamedLike(nameKey: string, except: GroupId | undefined): Group | undefined
  /** By number. */
  groupsNear(nearKey: string, except: GroupId | undefined): ReadonlyArray<Group>
}

type NameSetting = Settings["existingGroupName"]

/** What must be loaded before {@link judgeGroupName}: one look into the database. */
export const groupNameNeeds = (setting: NameSetting, name: string): Needs => ({
  ...(setting === "conflict" ? { groupNameKeys: [groupNameKey(name)] } : { groupNames: [name] }),
  groupNearKeys: [groupNearKey(name)]
})

/** The rule of R-GROUP-2: exact names overwrite; with the setting `conflict` names meet without regard to case. */
export const judgeGroupName = (
  names: GroupNames,
  setting: NameSetting,
  name: string,
  except: GroupId | undefined
): NameVerdict => {
  const holder = setting === "conflict" ? names.groupNamedLike(groupNameKey(name), except) : names.groupNamed(name)
  if (holder !== undefined && setting === "conflict") return { _tag: "Conflict", holder }
  const near = names.groupsNear(groupNearKey(name), except).filter((group) => group.displayName !== name)
  return holder === undefined ? { _tag: "Free", near } : { _tag: "Exact", holder, near }
}

/** So many groups of nearly one name, those made first, are looked at by a write. */
export const nearGroupsLooked = 100

/** So many groups of nearly the same name a note spells out. */
const namedNear = 3

/** Points out the groups whose name is the same but for case, spaces or hyphens (R-GROUP-2, R-HELP). */
export const nearMissNotes = (near: ReadonlyArray<Group>): ReadonlyArray<LogNote> => {
  if (near.length === 0) return []
  const some = near.slice(0, namedNear).map((group) => `${JSON.stringify(group.displayName)} (${group.id})`)
  const more = near.length > namedNear ? ` and ${near.length - namedNear} more` : ""
  return [
    {
      kind: "told",
      habit: "rule",
      attribute: "displayName",
      text:
        `Nearly the same name has ${some.join(", ")}${more}. A group is overwritten only by its exact name, case and ` +
        "spaces included: if the same group was meant, give it that name in the identity provider."
    }
  ]
}

/**
 * The rule of names as a service, under one setting: for those who tell beforehand what a POST of a name would come to,
 * by what the reducer itself decides with.
 */
export class GroupOverwrite extends Context.Service<
  GroupOverwrite,
  {
    needs(name: string): Needs
    judge(names: GroupNames, name: string, except: GroupId | undefined): NameVerdict
  }
>()("@rollcall/domain/group/GroupOverwrite") {
  static readonly layer = (settings: Pick<Settings, "existingGroupName">): Layer.Layer<GroupOverwrite> =>
    Layer.effect(
      GroupOverwrite,
      Effect.sync(() =>
        GroupOverwrite.of({
          needs: (name) => groupNameNeeds(settings.existingGroupName, name),
          judge: (names, name, except) => judgeGroupName(names, settings.existingGroupName, name, except)
        })
      )
    )
}
