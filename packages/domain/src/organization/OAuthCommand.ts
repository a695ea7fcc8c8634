import type { FederatedIdentity, OAuthClientId, OAuthCredentialId, OAuthSecret } from "./OAuthClient.ts"

/**
 * What admins do with clients by OAuth 2.0 (R-ORG-5); of a new secret only the hash is told. A text that can be no id of this
 * organisation is none, and refused like one that there is not.
 */
export type OAuthCommand =
  | { readonly _tag: "CreateOAuthClient"; readonly newId: OAuthClientId; readonly label: string }
  | {
      readonly _tag: "AddOAuthSecret"
      readonly client: OAuthClientId | undefined
      readonly secret: Pick<OAuthSecret, "id" | "label" | "hint">
      readonly secretHash: string
    }
  | {
      readonly _tag: "FederateOAuthClient"
      readonly client: OAuthClientId | undefined
      readonly newId: OAuthCredentialId
      readonly label: string
      readonly identity: FederatedIdentity
    }
  | { readonly _tag: "RevokeOAuthClient"; readonly client: OAuthClientId | undefined }
  | {
      readonly _tag: "RevokeOAuthCredential"
      readonly client: OAuthClientId | undefined
      readonly credential: OAuthCredentialId | undefined
    }
