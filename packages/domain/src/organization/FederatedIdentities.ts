import { Context, type Effect, type Redacted, Schema } from "effect"

/** The assertion is no JWT, or none that its issuer signed. */
export class AssertionRefused extends Schema.TaggedError<AssertionRefused>()("AssertionRefused", {
  /** Why, for the log only; no part of the assertion. */
  reason: Schema.String
}) {}

/** No keys of the issuer are to be had just now, nor are any known from before. */
export class IssuerUnreachable extends Schema.TaggedError<IssuerUnreachable>()("IssuerUnreachable", {
  /** Why, for the log only. */
  reason: Schema.String
}) {}

/**
 * Identities that others vouch for (port): whether an assertion was signed by its issuer. Nothing that the assertion says
 * decides where keys are fetched from: that follows from the configured issuer. What the claims must say is judged by
 * `judgeAssertion`.
 */
export class FederatedIdentities extends Context.Service<
  FederatedIdentities,
  {
    /** The claims of an assertion that a current key of the issuer signed, by an algorithm that is allowed. */
    claims(
      issuer: string,
      assertion: Redacted.Redacted<string>
    ): Effect.Effect<unknown, AssertionRefused | IssuerUnreachable>
  }
>()("@rollcall/domain/organization/FederatedIdentities") {}
