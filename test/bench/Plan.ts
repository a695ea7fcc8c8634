import { memberLimit, type OperationName } from "./Operation.ts"
import { smallSize } from "./Target.ts"

/** How much is seeded and measured. */
export interface Plan {
  readonly operations: ReadonlySet<OperationName>
  readonly connections: ReadonlyArray<number>
  readonly rounds: number
  /** The longest a measured run lasts. */
  readonly seconds: number
  /** Requests of an operation, at a number of connections, that each side gets before it is measured. */
  readonly warmUp: number
  readonly people: number
  readonly largeGroup: number
}

/** Additions to one group, or to the small ones together, that the warm-up and all rounds can ask for. */
const additions = (plan: Plan): number =>
  plan.connections.reduce((sum, connections) => sum + plan.warmUp + memberLimit(connections) * plan.rounds, 0)

export const smallGroupCount = (plan: Plan): number =>
  plan.operations.has("member-small") ? Math.ceil(additions(plan) / smallSize) : 0

/** Members of the large group at the start; none where it is not measured. */
export const largeSize = (plan: Plan): number => (plan.operations.has("member-large") ? plan.largeGroup : 0)

/** People in the organisation of the groups: the large group's, those added to it, and those of the small groups. */
export const crowdSize = (plan: Plan): number =>
  Math.max(
    plan.operations.has("member-large") ? plan.largeGroup + additions(plan) : 0,
    smallGroupCount(plan) * smallSize * 2
  )
