import pg from "pg"
import { idOf } from "./Company.ts"
import { userName } from "./Person.ts"

/**
 * The floor of matching: the same people found in the same tables by the bare driver. It is told by which key each
 * reference is to be looked for, looks by no other, reads only the id and the resource, and parses neither.
 */

type Kind = "id" | "number" | "email" | "employeeNumber"

/** A reference, by what it is to be found, and whom it names; undefined: nobody. */
export interface Asked {
  readonly reference: string
  readonly kind: Kind
  readonly id: string | undefined
}

/** The id by the reference, undefined where nobody was found. */
export type FloorAnswer = ReadonlyMap<string, string | undefined>

/** One reference in so many names nobody: of every kind some, as there are four of these. */
const unknownEvery = 9
const kinds: ReadonlyArray<Kind> = ["id", "number", "email", "employeeNumber"]

const referenceTo = (series: string, kind: Kind, n: number): string => {
  switch (kind) {
    case "id":
      return idOf(n)
    case "number":
      return String(n + 1)
    case "email":
      return userName(series, n)
    case "employeeNumber":
      return `E${String(n).padStart(6, "0")}`
  }
}

/** Different references of all kinds to people all over the directory, other people in every round. */
export const asked = (series: string, people: number, count: number, round: number): ReadonlyArray<Asked> =>
  Array.from({ length: count }, (_, i) => {
    const n = ((round * count + i) * 7_919) % people
    const kind = kinds[i % kinds.length] ?? "id"
    const isUnknown = i % unknownEvery === 0
    return {
      reference: referenceTo(series, kind, isUnknown ? people + n : n),
      kind,
      id: isUnknown ? undefined : idOf(n)
    }
  })

const conditions: Record<Kind, string> = {
  id: "u.id = $2::uuid",
  number: "u.number = $2::bigint",
  email: "u.email_key = $2::text",
  employeeNumber: "u.employee_number_key = $2::text"
}

const keyOf = ({ kind, reference }: Asked): string =>
  kind === "email" || kind === "employeeNumber" ? reference.toLowerCase() : reference

/** Every value travels as text: the driver parses none of them. */
const types = { getTypeParser: () => (value: string) => value }

/** A connection that has many statements in flight, on a session set up as Rollcall's is. */
export const floorClient = async (connectionString: string): Promise<pg.Client> => {
  const config: pg.ClientConfig & { readonly pipeline: boolean } = {
    connectionString,
    pipeline: true,
    options: "-c random_page_cost=1.1"
  }
  const client = new pg.Client(config)
  await client.connect()
  return client
}

/** A prepared look-up for each reference, all in flight at once. */
export const askOneByOne = async (
  client: pg.Client,
  organization: string,
  wanted: ReadonlyArray<Asked>
): Promise<FloorAnswer> => {
  const answers = await Promise.all(
    wanted.map((one) =>
      client.query<Array<string>>({
        name: one.kind,
        text: `SELECT u.id, u.resource FROM user_account u WHERE u.organization_id = $1 AND u.living AND ${conditions[one.kind]}`,
        values: [organization, keyOf(one)],
        rowMode: "array",
        types
      })
    )
  )
  return new Map(wanted.map(({ reference }, i) => [reference, answers[i]?.rows[0]?.[0]] as const))
}

const branch = (place: number, type: string, condition: string): string =>
  `SELECT asked.key::text, u.id, u.resource FROM unnest($${place}::${type}[]) AS asked (key) CROSS JOIN LATERAL (
     SELECT id, resource FROM user_account WHERE organization_id = $1 AND living AND ${condition} = asked.key OFFSET 0) AS u`

const together = [
  branch(2, "uuid", "id"),
  branch(3, "bigint", "number"),
  branch(4, "text", "email_key"),
  branch(5, "text", "employee_number_key")
].join(" UNION ALL ")

/** One prepared statement for all references. */
export const askTogether = async (
  client: pg.Client,
  organization: string,
  wanted: ReadonlyArray<Asked>
): Promise<FloorAnswer> => {
  const keys = (kind: Kind) => wanted.filter((one) => one.kind === kind).map(keyOf)
  const { rows } = await client.query<Array<string>>({
    name: "together",
    text: together,
    values: [organization, ...kinds.map(keys)],
    rowMode: "array",
    types
  })
  const found = new Map(rows.map(([key, id]) => [key, id] as const))
  return new Map(wanted.map((one) => [one.reference, found.get(keyOf(one))] as const))
}
