import { Context, Effect, Layer } from "effect"
import { KnownPeople } from "../directory/KnownPeople.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { type Match, matchReference } from "./matchReference.ts"
import { referenceNeeds } from "./PersonReference.ts"

/**
 * Resolves references to people outside of a write: for the rows of a file, the Public API, whoever asks who is meant
 * (R-MATCH). Within a write the reducer matches by the same rule, on what its batch knows.
 */
export class UserMatching extends Context.Service<
  UserMatching,
  {
    /** What each reference comes to in an organisation; any number of references costs one round trip (R-MATCH-3). */
    resolve(
      organization: OrganizationId,
      references: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyMap<string, Match>, StoreUnavailable>
  }
>()("@rollcall/domain/user/UserMatching") {
  static readonly layer: Layer.Layer<UserMatching, never, PeopleLookup> = Layer.effect(
    UserMatching,
    Effect.map(PeopleLookup, (lookup) =>
      UserMatching.of({
        resolve: Effect.fnUntraced(function* (organization, references) {
          const needs = new NeedsUnion()
          for (const reference of references) needs.add(referenceNeeds(reference))
          const people = new KnownPeople()
          if (!needs.isEmpty) people.load(needs, yield* lookup.find(organization, needs))
          return new Map(references.map((reference) => [reference, matchReference(people, reference)] as const))
        })
      })
    )
  )
}
