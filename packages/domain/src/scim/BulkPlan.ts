import { bulkIdOf, bulkIdPrefix, bulkReferences, withoutReferences } from "./BulkReference.ts"
import type { BulkOperation } from "./BulkRequest.ts"
import { isJsonObject } from "./Json.ts"
import { ScimError } from "./ScimError.ts"

/**
 * What to do next in a bulk request. Before each step the ids given so far are put in with `resolveOperation`; a step of
 * whose `needs` one has no id is refused with {@link unresolvedReference}.
 *
 * `Run` is the operation as sent. `Begin` is a POST within a circle of references, without those that cannot be known
 * yet. Its `Complete` follows: a PUT of the whole body to what `Begin` made, whose outcome is told only where it fails.
 */
export interface BulkStep {
  readonly _tag: "Run" | "Begin" | "Complete"
  readonly operation: BulkOperation
  /** The bulkIds to which the step refers. */
  readonly needs: ReadonlySet<string>
}

/**
 * The order in which the operations of a bulk request are done. It is the order sent, except that an operation which
 * refers to a resource that a later POST creates waits for that POST, and later operations on the same resource wait
 * with it. A circle of references is resolved (RFC 7644 section 3.7.1) by making one of its resources without them and
 * completing it afterwards.
 */
export const planBulk = (operations: ReadonlyArray<BulkOperation>): ReadonlyArray<BulkStep> => {
  const nodes = link(operations)
  const steps: Array<BulkStep> = []
  const ready = nodes.filter((node) => node.after.size === 0)
  const release = (node: Node) => {
    for (const next of node.before) {
      next.after.delete(node)
      if (next.after.size === 0) insert(ready, next)
    }
  }
  let first = 0
  for (;;) {
    const node = ready.shift()
    if (node !== undefined) {
      steps.push(node.begun ? complete(node) : { _tag: "Run", operation: node.operation, needs: node.needs })
      if (!node.begun) release(node)
      node.done = true
      continue
    }
    while (nodes[first]?.done === true) first++
    const blocked = nodes[first]
    if (blocked === undefined) return steps
    const broken = inCircle(blocked)
    steps.push(begin(broken))
    broken.begun = true
    // Its id is known from here on; the node itself becomes ready again when the rest of the circle is done.
    release(broken)
  }
}

/** The refusal of a step that refers to a resource which this request has not made: its POST failed or there is none. */
export const unresolvedReference = (bulkId: string): ScimError =>
  new ScimError({
    status: 409,
    scimType: "invalidValue",
    detail:
      `The operation refers to ${bulkIdPrefix}${bulkId.slice(0, 64)}, but no POST of this request with that bulkId ` +
      "succeeded. Correct that POST and send both again."
  })

interface Node {
  readonly position: number
  readonly operation: BulkOperation
  readonly needs: ReadonlySet<string>
  /** What must be done first; emptied as it gets done. */
  readonly after: Set<Node>
  /** What waits for this one. */
  readonly before: Set<Node>
  begun: boolean
  done: boolean
}

const link = (operations: ReadonlyArray<BulkOperation>): ReadonlyArray<Node> => {
  const nodes = operations.map((operation, position): Node => {
    const needs = new Set(bulkReferences(operation.data))
    const target = operation.id === undefined ? undefined : bulkIdOf(operation.id)
    if (target !== undefined) needs.add(target)
    return { position, operation, needs, after: new Set(), before: new Set(), begun: false, done: false }
  })
  const posts = new Map<string, Node>()
  for (const node of nodes) {
    if (node.operation.method === "POST" && node.operation.bulkId !== undefined) posts.set(node.operation.bulkId, node)
  }
  const lastOn = new Map<string, Node>()
  const order = (earlier: Node | undefined, later: Node) => {
    if (earlier === undefined) return
    earlier.before.add(later)
    later.after.add(earlier)
  }
  for (const node of nodes) {
    for (const bulkId of node.needs) order(posts.get(bulkId), node)
    const { resource, id } = node.operation
    if (id === undefined) continue
    order(lastOn.get(`${resource}/${id}`), node)
    lastOn.set(`${resource}/${id}`, node)
  }
  return nodes
}

/**
 * The first node of a circle that this one waits for, found by going back from any node to one it waits for. All of a
 * circle are POSTs: nothing waits for other operations but later ones on the same resource.
 */
const inCircle = (from: Node): Node => {
  const seen = new Map<Node, number>()
  const path: Array<Node> = []
  let node: Node | undefined = from
  while (node !== undefined && !seen.has(node)) {
    seen.set(node, path.length)
    path.push(node)
    node = node.after.values().next().value
  }
  const circle = path.slice(node === undefined ? 0 : seen.get(node))
  return circle.reduce((least, candidate) => (candidate.position < least.position ? candidate : least), node ?? from)
}

const begin = (node: Node): BulkStep => {
  const unknown = new Set<string>()
  for (const { operation } of node.after) if (operation.bulkId !== undefined) unknown.add(operation.bulkId)
  const { data } = node.operation
  const stripped = data === undefined ? undefined : withoutReferences(data, unknown)
  return {
    _tag: "Begin",
    operation: { ...node.operation, data: isJsonObject(stripped) ? stripped : data },
    needs: new Set([...node.needs].filter((bulkId) => !unknown.has(bulkId)))
  }
}

const complete = (node: Node): BulkStep => {
  const bulkId = node.operation.bulkId ?? ""
  return {
    _tag: "Complete",
    operation: { ...node.operation, method: "PUT", id: `${bulkIdPrefix}${bulkId}`, version: undefined },
    needs: new Set([...node.needs, bulkId])
  }
}

/** Keeps the operations that are ready in the order in which they were sent. */
const insert = (ready: Array<Node>, node: Node): void => {
  const at = ready.findIndex((other) => other.position > node.position)
  ready.splice(at === -1 ? ready.length : at, 0, node)
}
