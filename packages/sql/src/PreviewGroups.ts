import type { NeedsUnion } from "@rollcall/domain/directory/Needs"
import { type Group, type GroupId, groupNameKey, groupNearKey } from "@rollcall/domain/group/Group"

/** So many groups whose name nearly is another's are told of each. */
const nearest = 100

/** Groups by a key of their name, those of a key in the order in which they came. */
class GroupsByKey {
  private readonly groups = new Map<string, Set<GroupId>>()

  add(key: string, id: GroupId): void {
    const held = this.groups.get(key)
    if (held === undefined) this.groups.set(key, new Set([id]))
    else held.add(id)
  }

  remove(key: string, id: GroupId): void {
    this.groups.get(key)?.delete(id)
  }

  *find(keys: Iterable<string>, limit = Number.POSITIVE_INFINITY): Iterable<GroupId> {
    for (const key of keys) {
      let found = 0
      for (const id of this.groups.get(key) ?? []) {
        if (found++ === limit) break
        yield id
      }
    }
  }
}

/**
 * What a dry run would have made of groups, in memory, found by everything that groups are asked for by: the work for a batch is
 * that for the groups it names, however many there are.
 */
export class PreviewGroups {
  private readonly groups = new Map<GroupId, { readonly group: Group; readonly at: number }>()
  private readonly byName = new GroupsByKey()
  private readonly byNameKey = new GroupsByKey()
  private readonly byNearKey = new GroupsByKey()

  remember(group: Group): void {
    const { displayName, id } = group
    const before = this.groups.get(id)
    this.groups.set(id, { group, at: before?.at ?? this.groups.size })
    if (before?.group.displayName === displayName) return
    if (before !== undefined) {
      const old = before.group.displayName
      this.byName.remove(old, id)
      this.byNameKey.remove(groupNameKey(old), id)
      this.byNearKey.remove(groupNearKey(old), id)
    }
    this.byName.add(displayName, id)
    this.byNameKey.add(groupNameKey(displayName), id)
    this.byNearKey.add(groupNearKey(displayName), id)
  }

  /** Those that are asked for, and those that take the place of a standing one, in the order in which they came. */
  asked(needs: NeedsUnion, standing: Iterable<GroupId>): ReadonlyArray<Group> {
    const ids = new Set<GroupId>(standing)
    for (const id of needs.groups) ids.add(id)
    for (const id of this.byName.find(needs.groupNames)) ids.add(id)
    for (const id of this.byNameKey.find(needs.groupNameKeys)) ids.add(id)
    for (const id of this.byNearKey.find(needs.groupNearKeys, nearest)) ids.add(id)
    return [...ids]
      .flatMap((id) => this.groups.get(id) ?? [])
      .sort((one, other) => one.at - other.at)
      .map(({ group }) => group)
  }
}
