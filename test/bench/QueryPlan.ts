/** What `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` says of a statement. */
export interface Plan {
  readonly name: string
  /** Nodes that read a table. */
  readonly reads: ReadonlyArray<{ readonly how: string; readonly rows: number; readonly loops: number }>
  /** How often a table was looked into. */
  readonly looks: number
  /** Pages that were read, from memory or disk. */
  readonly buffers: number
}

interface Node {
  readonly "Node Type": string
  readonly "Relation Name"?: string
  readonly "Index Name"?: string
  readonly "Index Cond"?: string
  readonly "Actual Rows": number
  readonly "Actual Loops": number
  readonly "Rows Removed by Filter"?: number
  readonly "Shared Hit Blocks": number
  readonly "Shared Read Blocks": number
  readonly Plans?: ReadonlyArray<Node>
}

const nodesOf = (node: Node): ReadonlyArray<Node> => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** Reads the one row that EXPLAIN answers with. */
export const readPlan = (name: string, rows: ReadonlyArray<object>): Plan => {
  const [column] = Object.values(rows[0] ?? {})
  const [explained] = (typeof column === "string" ? JSON.parse(column) : column) as ReadonlyArray<{ Plan: Node }>
  if (explained === undefined) throw new Error("EXPLAIN answered nothing")
  const top = explained.Plan
  const reads = nodesOf(top)
    .filter((node) => node["Relation Name"] !== undefined || node["Index Name"] !== undefined)
    .map((node) => ({
      how: `${node["Node Type"]} ${node["Index Name"] ?? node["Relation Name"] ?? ""} ${node["Index Cond"] ?? ""}`.trim(),
      // An average of the loops; of a look without a hit it is 0.
      rows: node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0),
      loops: node["Actual Loops"]
    }))
  return {
    name,
    reads,
    looks: reads.reduce((sum, { loops }) => sum + loops, 0),
    buffers: top["Shared Hit Blocks"] + top["Shared Read Blocks"]
  }
}

/** The most rows that one look for one person may come upon. */
const mostRowsOfALook = 2

/** Reads that are no probes of an index for a few rows each. */
export const faultsOfPlan = ({ name, reads }: Plan): ReadonlyArray<string> =>
  reads
    .filter(({ how, rows }) => !/^(Index|Bitmap)/.test(how) || rows > mostRowsOfALook)
    .map(({ how, loops, rows }) => `${name} plan reads ${rows} rows at once, ${loops} times: ${how}`)

/** Reads of more than a page, and past the indexes of more than one row. */
export const faultsOfPages = ({ name, reads }: Plan, pageSize: number): ReadonlyArray<string> =>
  reads
    .filter(({ how, loops, rows }) => rows * loops > (/^(Index|Bitmap)/.test(how) ? pageSize : 1))
    .map(({ how, loops, rows }) => `${name} plan reads ${rows} rows at once, ${loops} times: ${how}`)
