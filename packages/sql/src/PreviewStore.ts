import { Batch } from "@rollcall/domain/directory/Batch"
import type { BatchWrites, OrganizationState } from "@rollcall/domain/directory/BatchWrites"
import { DirectoryPreview, type Preview } from "@rollcall/domain/directory/DirectoryPreview"
import type { Loaded, NeedsUnion } from "@rollcall/domain/directory/Needs"
import type { GroupId } from "@rollcall/domain/group/Group"
import type { GroupType } from "@rollcall/domain/group/GroupType"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { waitingKey } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import type { UserId } from "@rollcall/domain/user/UserId"
import { userKeys } from "@rollcall/domain/user/UserKeys"
import { Clock, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { texts, uuids } from "./directory/ColumnArrays.ts"
import { loadNeeds } from "./directory/DirectoryLoad.ts"
import { readOrganization, standingOf } from "./directory/OrganizationStanding.ts"
import { PreviewGroups } from "./PreviewGroups.ts"
import { sweepPreview } from "./PreviewSweep.ts"
import { ReadSql } from "./ReadSql.ts"
import { storeFailures } from "./SqlFailure.ts"
import { WriteSql } from "./WriteSql.ts"

/** Everything that a person can be asked for by, as {@link keysAsked} writes it. Keys that they had before stay: they only find too many. */
const keysOf = (user: User): ReadonlyArray<string> => {
  const { email, employeeNumber, userName } = userKeys(user.attributes)
  const waiting = waitingKey(user.manager)
  return [
    `n${userName}`,
    `#${user.number}`,
    ...(email === undefined ? [] : [`e${email}`]),
    ...(employeeNumber === undefined ? [] : [`p${employeeNumber}`]),
    ...(waiting === undefined ? [] : [`w${waiting}`])
  ]
}

const keysAsked = (needs: NeedsUnion): ReadonlyArray<string> => {
  const keys: Array<string> = []
  for (const key of needs.userNames) keys.push(`n${key}`)
  for (const key of needs.emails) keys.push(`e${key}`)
  for (const key of needs.employeeNumbers) keys.push(`p${key}`)
  for (const number of needs.numbers) keys.push(`#${number}`)
  for (const key of needs.waiting) keys.push(`w${key}`)
  const [first, last] = needs.waitingNumbers ?? [1, 0]
  for (let number = first; number <= last; number++) keys.push(`w${number}`)
  return keys
}

/** Who became a member of which group, as one key. */
const memberKey = (group: GroupId, user: UserId): string => `m${group}${user}`

const findMembers = `SELECT found.key FROM unnest($3::text[]) AS asked (key) CROSS JOIN LATERAL (
  SELECT key FROM csv_preview_key WHERE organization_id = $1 AND preview_id = $2 AND key = asked.key OFFSET 0) AS found`

const findPeople = `SELECT found.state FROM (
    SELECT unnest($3::uuid[]) AS user_id UNION
    SELECT by_key.user_id FROM unnest($4::text[]) AS asked (key) CROSS JOIN LATERAL (
      SELECT user_id FROM csv_preview_key WHERE organization_id = $1 AND preview_id = $2 AND key = asked.key OFFSET 0
    ) AS by_key) AS wanted
  CROSS JOIN LATERAL (
    SELECT state FROM csv_preview_user
    WHERE organization_id = $1 AND preview_id = $2 AND user_id = wanted.user_id OFFSET 0) AS found`

const keep = `WITH people AS (
    INSERT INTO csv_preview_user (organization_id, preview_id, user_id, state, made_at)
    SELECT $1::uuid, $2::uuid, user_id, state, to_timestamp($7::float8 / 1000)
    FROM unnest($3::uuid[], $4::text[]) AS line (user_id, state)
    ON CONFLICT (organization_id, preview_id, user_id) DO UPDATE SET state = excluded.state)
  INSERT INTO csv_preview_key (organization_id, preview_id, key, user_id, made_at)
  SELECT $1::uuid, $2::uuid, key, user_id, to_timestamp($7::float8 / 1000)
  FROM unnest($5::text[], $6::uuid[]) AS line (key, user_id) ON CONFLICT DO NOTHING`

/**
 * Previews over PostgreSQL: what stands is read without a lock, what earlier batches would have done is laid over it. That is
 * kept in tables of its own, unlogged and emptied at the end, so that memory does not grow; groups, which are
 * small, in memory. It is no write to the directory, and no reader of the directory sees it.
 */
export const layer = (
  types: ResourceTypes
): Layer.Layer<DirectoryPreview, never, ReadSql | WriteSql | SecureRandom.SecureRandom> =>
  Layer.effect(
    DirectoryPreview,
    Effect.gen(function* () {
      const reading = yield* ReadSql
      const writing = yield* WriteSql
      const random = yield* SecureRandom.SecureRandom

      const open = Effect.fnUntraced(function* (
        organization: OrganizationId,
        given: Partial<Pick<OrganizationState, "csvAllowed">> = {}
      ) {
        const preview = yield* random.uuidV4()
        const [row] = yield* reading.unsafe(readOrganization, [organization])
        let state: OrganizationState = { ...standingOf(row).state, ...given }
        const groups = new PreviewGroups()
        let groupTypes: ReadonlyArray<GroupType> | undefined

        const load = Effect.fnUntraced(function* (needs: NeedsUnion) {
          const standing = yield* loadNeeds(reading, organization, needs)
          const ids = new Set([...needs.users, ...needs.chainsOf])
          for (const { id } of standing.users ?? []) ids.add(id)
          const people = yield* writing.unsafe<{ readonly state: string }>(findPeople, [
            organization,
            preview,
            uuids([...ids]),
            texts(keysAsked(needs))
          ])
          const asked = new Map<string, readonly [GroupId, UserId]>()
          for (const [group, users] of needs.memberships) {
            for (const user of users) asked.set(memberKey(group, user), [group, user])
          }
          const members =
            asked.size === 0
              ? []
              : yield* writing.unsafe<{ readonly key: string }>(findMembers, [
                  organization,
                  preview,
                  texts([...asked.keys()])
                ])
          return overlaid(needs, standing, {
            users: people.map(({ state: text }) => JSON.parse(text) as User),
            memberships: members.flatMap(({ key }) => {
              const membership = asked.get(key)
              return membership === undefined ? [] : [membership]
            }),
            groups,
            groupTypes
          })
        })

        const remember = Effect.fnUntraced(function* (
          { administration, groups: changed, memberships, users }: BatchWrites,
          now: number
        ) {
          for (const group of changed) groups.remember(group)
          groupTypes = administration?.types ?? groupTypes
          const keys = users.flatMap(({ user }) => keysOf(user).map((key) => [key, user.id] as const))
          for (const { added, group } of memberships) {
            for (const id of added) keys.push([memberKey(group, id), id])
          }
          if (keys.length === 0) return
          yield* writing.unsafe(keep, [
            organization,
            preview,
            uuids(users.map(({ user }) => user.id)),
            texts(users.map(({ user }) => JSON.stringify(user))),
            texts(keys.map(([key]) => key)),
            uuids(keys.map(([, id]) => id)),
            now
          ])
        })

        const decide = Effect.fnUntraced(function* (requests: Parameters<Preview["decide"]>[0]) {
          const now = yield* Clock.currentTimeMillis
          const batch = new Batch(requests, state, types, now)
          let decided = batch.decideAll()
          while (!("writes" in decided)) {
            batch.load(decided, yield* load(decided))
            decided = batch.decideAll()
          }
          const { answers, writes } = decided
          yield* remember(writes, now)
          state = {
            ...state,
            counters: writes.counters,
            customAttributes: writes.customAttributes ?? state.customAttributes
          }
          return answers
        })

        yield* Effect.addFinalizer(() =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => sweepPreview(writing, organization, preview, { now })).pipe(
            Effect.catch((error) => Effect.logWarning("What a dry run kept stays until a later one", error))
          )
        )
        return { decide: (requests) => storeFailures("preview", decide(requests)) } satisfies Preview
      })

      return DirectoryPreview.of({
        open: (organization, given) => storeFailures("open preview", open(organization, given))
      })
    })
  )

/** What earlier batches would have done, as far as it is asked for. */
interface Kept {
  readonly users: ReadonlyArray<User>
  readonly memberships: ReadonlyArray<readonly [GroupId, UserId]>
  readonly groups: PreviewGroups
  readonly groupTypes: ReadonlyArray<GroupType> | undefined
}

/** What stands, with what earlier batches would have made of it: their people and groups in place of the standing ones. */
const overlaid = (needs: NeedsUnion, standing: Loaded, kept: Kept): Loaded => {
  const users = new Map((standing.users ?? []).map((user) => [user.id, user] as const))
  for (const user of kept.users) users.set(user.id, user)
  const groups = new Map((standing.groups ?? []).map((group) => [group.id, group] as const))
  for (const group of kept.groups.asked(needs, groups.keys())) groups.set(group.id, group)
  return {
    ...standing,
    users: [...users.values()],
    groups: [...groups.values()],
    memberships: [...(standing.memberships ?? []), ...kept.memberships],
    ...(needs.groupTypes && kept.groupTypes !== undefined ? { groupTypes: kept.groupTypes } : {})
  }
}
