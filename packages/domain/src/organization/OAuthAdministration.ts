import { Context, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import { Directory } from "../directory/Directory.ts"
import { type ProvisioningError, replyTo } from "../directory/Submission.ts"
import {
  type FederatedIdentity,
  type OAuthClient,
  OAuthClientId,
  OAuthCredentialId,
  type OAuthFederation,
  type OAuthSecret
} from "./OAuthClient.ts"
import type { OAuthCommand } from "./OAuthCommand.ts"
import { generateClientSecret, hashCredential } from "./OAuthCredentials.ts"

/** A secret that was just made, the only time that it can be seen. */
export interface RevealedOAuthSecret {
  readonly entry: OAuthSecret
  readonly secret: Redacted.Redacted<string>
}

/**
 * What is done with the clients by OAuth 2.0 of the caller's organisation (R-ORG-5), for the Public API and the command line
 * alike. Each is a command in the organisation's queue, and leaves an entry in the log in its own transaction (R-LOG-1).
 * Refusals are in the log already: 404 for what is not there or revoked (an id that is `undefined` included), 409 for one too
 * many, 400 with its `field`.
 */
export class OAuthAdministration extends Context.Service<
  OAuthAdministration,
  {
    create(caller: Caller, label: string): Effect.Effect<OAuthClient, ProvisioningError>
    /** A further secret beside those that are live, so that they can be rotated. */
    addSecret(
      caller: Caller,
      client: OAuthClientId | undefined,
      label: string
    ): Effect.Effect<RevealedOAuthSecret, ProvisioningError>
    /** Lets somebody else sign for the client. Whoever did so until now is revoked by the same act. */
    federate(
      caller: Caller,
      client: OAuthClientId | undefined,
      label: string,
      identity: FederatedIdentity
    ): Effect.Effect<OAuthFederation, ProvisioningError>
    /** Ends a client and all that it has. */
    revokeClient(caller: Caller, client: OAuthClientId | undefined): Effect.Effect<void, ProvisioningError>
    /** Ends one secret or federated identity and its tokens. */
    revokeCredential(
      caller: Caller,
      client: OAuthClientId | undefined,
      credential: OAuthCredentialId | undefined
    ): Effect.Effect<void, ProvisioningError>
  }
>()("@rollcall/domain/organization/OAuthAdministration") {
  static readonly layer: Layer.Layer<
    OAuthAdministration,
    never,
    Directory | SecureRandom.SecureRandom | Digest.Digest
  > = Layer.effect(
    OAuthAdministration,
    Effect.gen(function* () {
      const directory = yield* Directory
      const random = yield* SecureRandom.SecureRandom
      const digest = yield* Digest.Digest

      const newCredentialId = Effect.map(random.uuidV7(), (id) => OAuthCredentialId.make(id))

      const ask = (caller: Caller, command: OAuthCommand) =>
        Effect.map(replyTo(directory, caller, command, "OAuthClient"), ({ client }) => client)

      const made = <A extends { readonly id: OAuthCredentialId }>(all: ReadonlyArray<A>, id: OAuthCredentialId) =>
        Effect.orDie(Effect.fromNullishOr(all.find((one) => one.id === id)))

      return OAuthAdministration.of({
        create: Effect.fnUntraced(function* (caller, label) {
          const newId = OAuthClientId.make(yield* random.uuidV7())
          return yield* ask(caller, { _tag: "CreateOAuthClient", newId, label })
        }),
        addSecret: Effect.fnUntraced(function* (caller, client, label) {
          const secret = yield* Effect.provideService(generateClientSecret, SecureRandom.SecureRandom, random)
          const text = Redacted.value(secret)
          const secretHash = yield* Effect.provideService(hashCredential(text), Digest.Digest, digest)
          const id = yield* newCredentialId
          const wanted = { id, label, hint: text.slice(-4) }
          const { secrets } = yield* ask(caller, { _tag: "AddOAuthSecret", client, secret: wanted, secretHash })
          return { entry: yield* made(secrets, id), secret }
        }),
        federate: Effect.fnUntraced(function* (caller, client, label, identity) {
          const newId = yield* newCredentialId
          const { federations } = yield* ask(caller, { _tag: "FederateOAuthClient", client, newId, label, identity })
          return yield* made(federations, newId)
        }),
        revokeClient: (caller, client) => Effect.asVoid(ask(caller, { _tag: "RevokeOAuthClient", client })),
        revokeCredential: (caller, client, credential) =>
          Effect.asVoid(ask(caller, { _tag: "RevokeOAuthCredential", client, credential }))
      })
    })
  )
}
