import { Result } from "effect"
import type { DecideContext } from "../directory/DecideContext.ts"
import { type Decision, refused, unloaded } from "../directory/Decision.ts"
import type { WorkingSet } from "../directory/WorkingSet.ts"
import { attributeChanges } from "../log/AttributeChanges.ts"
import type { Subject } from "../log/LogEntry.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { ScimError } from "../scim/ScimError.ts"
import { organizationSubject } from "./decideOrganization.ts"
import type { OAuthChange } from "./OAuthChange.ts"
import {
  checkFederatedIdentity,
  checkLabel,
  isLive,
  noSuchClient,
  noSuchCredential,
  type OAuthClient,
  type OAuthClientId,
  type OAuthFederation,
  type OAuthSecret,
  oauthLimits,
  tooManyClients,
  tooManySecrets
} from "./OAuthClient.ts"
import type { OAuthCommand } from "./OAuthCommand.ts"
import { clientFacts, credentialFacts, federationFacts } from "./oauthFacts.ts"

/** What a command comes to, and what the log tells of it: a sentence, and the facts before and after. */
interface Decided {
  readonly change: OAuthChange
  readonly text: string
  readonly before: JsonObject
  readonly after: JsonObject
}

/**
 * Changes the clients of an organisation (R-ORG-5). Secrets never come here, only their hashes. What is revoked ends with
 * its tokens, at once for those who ask the store (ABUSE-24).
 */
export const decideOAuthClient = (
  command: OAuthCommand,
  view: WorkingSet,
  { configuration, now }: DecideContext
): Decision => {
  const unknown = view.unknown({ oauthClients: true })
  if (unknown !== undefined) return unloaded(unknown)
  const subject: Subject = { type: "Organization", id: organizationSubject, name: configuration.name }
  const result = decided(command, view.administration.oauthClients, now)
  if (Result.isFailure(result)) return refused(result.failure, subject)
  const { after, before, change, text } = result.success
  const created = change.isNew || change.secret !== undefined
  return {
    _tag: "Accepted",
    outcome: "updated",
    subject,
    change: { oauth: change },
    events: [],
    changes: attributeChanges(before, after),
    notes: [{ kind: "told", habit: "rule", attribute: "", text }],
    reply: { _tag: "OAuthClient", client: change.client, created }
  }
}

type Clients = ReadonlyMap<OAuthClientId, OAuthClient>

const decided = (command: OAuthCommand, clients: Clients, now: number): Result.Result<Decided, ScimError> => {
  if (command._tag === "CreateOAuthClient") {
    return Result.flatMap(checkLabel(command.label), (label) => created(command.newId, label, clients, now))
  }
  const client = command.client === undefined ? undefined : clients.get(command.client)
  if (client === undefined) return Result.fail(noSuchClient)
  switch (command._tag) {
    case "AddOAuthSecret":
      return Result.flatMap(checkLabel(command.secret.label), (label) => withSecret(client, command, label, now))
    case "FederateOAuthClient":
      return Result.map(
        Result.all({ label: checkLabel(command.label), identity: checkFederatedIdentity(command.identity) }),
        ({ identity, label }) =>
          federated(client, {
            id: command.newId,
            label,
            ...identity,
            createdAt: now,
            lastUsedAt: null,
            revokedAt: null
          })
      )
    case "RevokeOAuthClient":
      return Result.succeed({
        change: ended({ ...client, revokedAt: now }, [...client.secrets, ...client.federations].filter(isLive), now),
        text: "An OAuth client was revoked.",
        before: clientFacts(client),
        after: {}
      })
    case "RevokeOAuthCredential":
      return withoutCredential(client, command, now)
  }
}

const created = (
  id: OAuthClientId,
  label: string,
  clients: Clients,
  now: number
): Result.Result<Decided, ScimError> => {
  if (clients.size >= oauthLimits.clients) return Result.fail(tooManyClients)
  const client: OAuthClient = { id, label, createdAt: now, revokedAt: null, secrets: [], federations: [] }
  return Result.succeed({
    change: { at: now, client, isNew: true, ended: [] },
    text: "An OAuth client was made.",
    before: {},
    after: clientFacts(client)
  })
}

const withSecret = (
  client: OAuthClient,
  { secret, secretHash }: Extract<OAuthCommand, { readonly _tag: "AddOAuthSecret" }>,
  label: string,
  now: number
): Result.Result<Decided, ScimError> => {
  if (client.secrets.filter(isLive).length >= oauthLimits.secrets) return Result.fail(tooManySecrets)
  const entry: OAuthSecret = { ...secret, label, createdAt: now, lastUsedAt: null, revokedAt: null }
  return Result.succeed({
    change: {
      at: now,
      client: { ...client, secrets: [...client.secrets, entry] },
      isNew: false,
      secret: { entry, hash: secretHash },
      ended: []
    },
    text: "An OAuth client got a new secret.",
    before: {},
    after: credentialFacts(entry)
  })
}

/** One identity signs for a client at a time: whoever did so until now ends by the same act. */
const federated = (client: OAuthClient, federation: OAuthFederation): Decided => {
  const standing = client.federations.filter(isLive)
  const change = ended(client, standing, federation.createdAt)
  const [before] = standing
  return {
    change: {
      ...change,
      client: { ...change.client, federations: [...change.client.federations, federation] },
      federation
    },
    text: "An OAuth client was federated with an issuer.",
    before: before === undefined ? {} : federationFacts(before),
    after: federationFacts(federation)
  }
}

const withoutCredential = (
  client: OAuthClient,
  { credential }: Extract<OAuthCommand, { readonly _tag: "RevokeOAuthCredential" }>,
  now: number
): Result.Result<Decided, ScimError> => {
  const secret = client.secrets.find((one) => one.id === credential && isLive(one))
  const federation = client.federations.find((one) => one.id === credential && isLive(one))
  const found = secret ?? federation
  if (found === undefined) return Result.fail(noSuchCredential)
  return Result.succeed({
    change: ended(client, [found], now),
    text: "A secret or federated identity of an OAuth client was revoked.",
    before: federation === undefined ? credentialFacts(found) : federationFacts(federation),
    after: {}
  })
}

const ended = (client: OAuthClient, credentials: ReadonlyArray<Pick<OAuthSecret, "id">>, now: number): OAuthChange => {
  const ids = credentials.map(({ id }) => id)
  const end = <A extends OAuthSecret | OAuthFederation>(one: A): A =>
    ids.includes(one.id) ? { ...one, revokedAt: now } : one
  const { federations, secrets } = client
  return {
    at: now,
    client: { ...client, secrets: secrets.map(end), federations: federations.map(end) },
    isNew: false,
    ended: ids
  }
}
