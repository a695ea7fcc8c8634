import { layer, type Vitest } from "@effect/vitest"
import { Layer } from "effect"
import { attributeContract } from "./AttributeContract.ts"
import { batchContract } from "./BatchContract.ts"
import { bulkContract } from "./BulkContract.ts"
import { concurrencyContract } from "./ConcurrencyContract.ts"
import { dateContract } from "./DateContract.ts"
import { groupAdministrationContract } from "./GroupAdministrationContract.ts"
import { groupContract } from "./GroupContract.ts"
import { groupNameContract } from "./GroupNameContract.ts"
import { managerContract } from "./ManagerContract.ts"
import { managerReadContract } from "./ManagerReadContract.ts"
import { matchingContract } from "./MatchingContract.ts"
import { ownershipContract } from "./OwnershipContract.ts"
import { passwordContract } from "./PasswordContract.ts"
import { peopleContract } from "./PeopleContract.ts"
import { searchContract } from "./SearchContract.ts"
import { type Adapters, type Services, useCases } from "./Tenant.ts"
import { uniquenessContract } from "./UniquenessContract.ts"
import { wallContract } from "./WallContract.ts"

/**
 * What every adapter of the directory (`Directory`, `Users`, `Groups`) keeps: the suite is run on memory, on PostgreSQL
 * and on the embedded database, through the use cases as callers have them. `more` are tests of that adapter alone.
 */
export const directoryContract = <More = never>(
  name: string,
  adapters: Layer.Layer<Adapters | More>,
  more: (it: Vitest.MethodsNonLive<Services | More>) => void = () => undefined
): void =>
  layer(Layer.provideMerge(useCases, Layer.fresh(adapters)), { timeout: "120 seconds" })(
    `the directory (${name})`,
    (it) => {
      peopleContract(it)
      attributeContract(it)
      uniquenessContract(it)
      matchingContract(it)
      managerContract(it)
      managerReadContract(it)
      dateContract(it)
      passwordContract(it)
      ownershipContract(it)
      groupContract(it)
      groupNameContract(it)
      groupAdministrationContract(it)
      searchContract(it)
      bulkContract(it)
      wallContract(it)
      concurrencyContract(it)
      batchContract(it)
      more(it)
    }
  )
