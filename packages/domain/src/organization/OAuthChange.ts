import type { OAuthClient, OAuthCredentialId, OAuthFederation, OAuthSecret } from "./OAuthClient.ts"

/** What a decision makes of a client by OAuth 2.0. */
export interface OAuthChange {
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  /** The client as it stands from now on, with what is live of it or ends by this. */
  readonly client: OAuthClient
  readonly isNew: boolean
  readonly secret?: { readonly entry: OAuthSecret; readonly hash: string }
  readonly federation?: OAuthFederation
  /** What ends by it, with its tokens. */
  readonly ended: ReadonlyArray<OAuthCredentialId>
}
