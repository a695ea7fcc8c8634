import { Context, type Effect, type Redacted } from "effect"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import type { FederatedIdentity, OAuthClient, OAuthClientId, OAuthCredentialId } from "./OAuthClient.ts"
import type { Organization, OrganizationId } from "./Organization.ts"

/** A live credential of a live client, found by what proved it. */
export interface LiveCredential {
  readonly organization: Pick<Organization, "id" | "subdomain">
  readonly id: OAuthCredentialId
  /** Who signs for the client, where that is what it is. */
  readonly identity: FederatedIdentity | undefined
}

/** A token that was just made: it is known to nobody else, and is never to be had again. */
export interface IssuedToken {
  readonly token: Redacted.Redacted<string>
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number
}

/** Who a token belongs to. */
export interface TokenHolder {
  readonly organization: Organization
  readonly credential: OAuthCredentialId
  /** The labels of the client and of the secret or federated identity, for the log. */
  readonly label: string
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number
}

/**
 * Clients by OAuth 2.0, what they prove themselves by, and their tokens (port; R-ORG-5). What becomes of them is decided in
 * the organisation's queue ({@link OAuthAdministration}). Secrets and tokens are kept as hashes only. A token is as live as the credential that made it, and that as its client: whether it is, is looked up
 * with the token, so that a revocation ends every token at once. Each call is atomic; of another organisation's client
 * or credential nothing is found or changed.
 */
export class OAuthClients extends Context.Service<
  OAuthClients,
  {
    /** All clients in the order in which they were made, revoked ones and their credentials included. */
    list(organization: OrganizationId): Effect.Effect<ReadonlyArray<OAuthClient>, StoreUnavailable>
    /** The live secret with that hash of that live client. */
    findSecret(
      organization: OrganizationId,
      client: OAuthClientId,
      secretHash: string
    ): Effect.Effect<LiveCredential | undefined, StoreUnavailable>
    /** The live federated identity of that live client. */
    findFederation(
      organization: OrganizationId,
      client: OAuthClientId
    ): Effect.Effect<(LiveCredential & { readonly identity: FederatedIdentity }) | undefined, StoreUnavailable>
    /**
     * Notes that an assertion was used, by a hash of its issuer and `jti`: true for exactly one of any number that try, on
     * whatever server, until `expiresAt` (ABUSE-22).
     */
    useAssertion(
      organization: OrganizationId,
      assertionHash: string,
      expiresAt: number
    ): Effect.Effect<boolean, StoreUnavailable>
    /** A token that lives for {@link oauthTokenLifetime}; undefined where the credential was revoked meanwhile. */
    issueToken(
      organization: OrganizationId,
      credential: OAuthCredentialId
    ): Effect.Effect<IssuedToken | undefined, StoreUnavailable>
    /** Whose a token is that has not expired and whose credential and client are live; undefined for anything else. */
    findTokenHolder(token: string): Effect.Effect<TokenHolder | undefined, StoreUnavailable>
    /**
     * Forgets up to so many tokens, and as many used assertions, of an organisation that have expired; answers how many
     * tokens. Any number may do so at once: each takes what no other is just taking.
     */
    removeExpired(organization: OrganizationId, limit: number): Effect.Effect<number, StoreUnavailable>
  }
>()("@rollcall/domain/organization/OAuthClients") {}
