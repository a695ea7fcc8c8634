import { randomUUID } from "node:crypto"
import pg from "pg"
import { event, logEntry, schema, storedUser } from "./Floor.ts"
import { personJson, userName } from "./Person.ts"
import { crowdSize, largeSize, type Plan, smallGroupCount } from "./Plan.ts"
import { type Directory, smallGroupStart, smallSize, type Target } from "./Target.ts"

const chunk = 2_000

/** Calls `step` for each stretch of at most `chunk` numbers below `count`. */
const inChunks = async (count: number, step: (from: number, to: number) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < count; from += chunk) await step(from, Math.min(count, from + chunk))
}

const seedPeople = async (client: pg.Client, series: string, count: number): Promise<Directory> => {
  const organization = randomUUID()
  const ids = Array.from({ length: count }, () => randomUUID())
  await inChunks(count, async (from, to) => {
    const some = ids.slice(from, to)
    const texts = some.map((_, i) => personJson(series, from + i))
    const names = some.map((_, i) => userName(series, from + i))
    await client.query(
      `WITH given AS (
         SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[]) AS t (id, name, body, entry, event)
       ), log AS (
         INSERT INTO floor_log (organization, entry) SELECT $1, entry FROM given
       ), event AS (
         INSERT INTO floor_event (organization, event) SELECT $1, event FROM given
       )
       INSERT INTO floor_user (organization, id, user_name, version, body) SELECT $1, id, name, 1, body FROM given`,
      [
        organization,
        some,
        names,
        some.map((id, i) => storedUser(id, texts[i] ?? "")),
        some.map((id, i) => logEntry("create", id, texts[i] ?? "")),
        some.map((id, i) => event("user.created", id, `{"userName":"${names[i]}","active":true}`))
      ]
    )
  })
  return { token: organization, ids }
}

const seedMembers = (
  client: pg.Client,
  organization: string,
  groups: ReadonlyArray<string>,
  users: ReadonlyArray<string>
): Promise<unknown> =>
  client.query(
    "INSERT INTO floor_member (organization, group_id, user_id) SELECT $1, * FROM unnest($2::uuid[], $3::uuid[])",
    [organization, groups, users]
  )

/** Fills the floor's tables by SQL, with a log entry and an event for each person, as writing them one by one would. */
export const seedFloor = async (url: string, port: number, plan: Plan): Promise<Target> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(schema)
    const people = await seedPeople(client, "people", plan.people)
    const intake = await seedPeople(client, "intake", 0)
    const crowd = await seedPeople(client, "crowd", crowdSize(plan))
    const smallGroups = Array.from({ length: smallGroupCount(plan) }, () => randomUUID())
    const largeGroup = randomUUID()
    await client.query(
      "INSERT INTO floor_group (organization, id, version, body) SELECT $1, id, 1, '{}' FROM unnest($2::uuid[]) AS id",
      [crowd.token, [...smallGroups, largeGroup]]
    )
    await inChunks(largeSize(plan), (from, to) => {
      const users = crowd.ids.slice(from, to)
      return seedMembers(
        client,
        crowd.token,
        users.map(() => largeGroup),
        users
      )
    })
    await inChunks(smallGroups.length, (from, to) => {
      const members = smallGroups.slice(from, to).map((id, i) => {
        const start = smallGroupStart(from + i)
        return { id, users: crowd.ids.slice(start, start + smallSize) }
      })
      return seedMembers(
        client,
        crowd.token,
        members.flatMap(({ id, users }) => users.map(() => id)),
        members.flatMap(({ users }) => users)
      )
    })
    return { port, people, intake, crowd: { ...crowd, smallGroups, largeGroup }, largeSize: largeSize(plan) }
  } finally {
    await client.end()
  }
}

/** What the floor holds after the runs, to be compared with what it acknowledged. */
export const countFloor = async (url: string, target: Target): Promise<{ intake: number; largeGroup: number }> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const counted = await client.query<{ intake: number; large: number }>(
      `SELECT (SELECT count(*)::int FROM floor_user WHERE organization = $1) AS intake,
              (SELECT count(*)::int FROM floor_member WHERE organization = $2 AND group_id = $3) AS large`,
      [target.intake.token, target.crowd.token, target.crowd.largeGroup]
    )
    const [row] = counted.rows
    return { intake: row?.intake ?? 0, largeGroup: row?.large ?? 0 }
  } finally {
    await client.end()
  }
}
