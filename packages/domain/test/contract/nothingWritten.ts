import type { BatchWrites } from "@rollcall/domain/directory/BatchWrites"

/** What a batch writes that changes nothing: tests and benchmarks say only what theirs changes. */
export const nothingWritten: BatchWrites = {
  users: [],
  passwords: [],
  groups: [],
  deletedGroups: [],
  memberships: [],
  customAttributes: undefined,
  counters: { eventSequence: 0, logSequence: 0, groupSequence: 0, groupCount: 0, userSequence: 0, userCount: 0 },
  events: [],
  log: []
}
