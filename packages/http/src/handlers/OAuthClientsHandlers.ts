import {
  type OAuthClient,
  type OAuthClientId,
  type OAuthClientRefused,
  OAuthCredentialId
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { clientIdText, parseClientId } from "@rollcall/domain/organization/OAuthCredentials"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import {
  clientFacts,
  credentialFacts,
  federationFacts,
  standingCredential,
  standingFederation
} from "@rollcall/domain/organization/oauthFacts"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller, ApiRecording } from "../api/ApiAccess.ts"
import type { OAuthClientView } from "../api/OAuthClientsApi.ts"
import { Conflict, InvalidRequest, isProblem, NotFound, type Problem } from "../api/Problem.ts"
import { PublicApi } from "../api/PublicApi.ts"
import { problemOf } from "./ApiProblem.ts"

type Failure = OAuthClientRefused | StoreUnavailable

const viewOf = (organization: OrganizationId, { id, ...client }: OAuthClient): typeof OAuthClientView.Type => ({
  clientId: clientIdText({ organization, client: id }),
  ...client
})

/** What cannot be used is the request's fault, with its place; all else is of what stands. */
const refusalOf = ({ detail, field }: OAuthClientRefused, requestId: string): Problem =>
  field === undefined
    ? new Conflict({ detail, requestId })
    : new InvalidRequest({ detail, requestId, errors: [{ pointer: `/${field}`, detail }] })

export const oauthClientsHandlers = HttpApiBuilder.group(
  PublicApi,
  "oauthClients",
  Effect.fnUntraced(function* (handlers) {
    const clients = yield* OAuthClients

    const forCaller = <A, R = never>(
      act: (organization: OrganizationId) => Effect.Effect<A | undefined, Failure | Problem, R>
    ) =>
      Effect.flatMap(
        ApiCaller,
        ({ caller: { organization, requestId } }): Effect.Effect<A, Problem, R> =>
          Effect.flatMap(
            Effect.mapError(act(organization.id), (error) =>
              isProblem(error)
                ? error
                : error._tag === "StoreUnavailable"
                  ? problemOf(error, requestId)
                  : refusalOf(error, requestId)
            ),
            (found) =>
              found === undefined
                ? Effect.fail(
                    new NotFound({ detail: "There is no such live client or credential. List the clients.", requestId })
                  )
                : Effect.succeed(found)
          )
      )

    /** What is done with a client of the caller's organisation; another's is as little there as one that never was (ABUSE-11). */
    const withClient = <A>(
      clientId: string,
      factsOf: (client: OAuthClient) => readonly [before: JsonObject, after: JsonObject],
      act: (organization: OrganizationId, client: OAuthClientId) => Effect.Effect<A | undefined, Failure>
    ) =>
      forCaller((organization) =>
        Effect.gen(function* () {
          const address = parseClientId(clientId)
          if (address?.organization !== organization) return undefined
          const known = yield* clients.list(organization)
          const live = known.find(({ id, revokedAt }) => id === address.client && revokedAt === null)
          if (live === undefined) return undefined
          yield* (yield* ApiRecording).tell(...factsOf(live))
          return yield* act(organization, address.client)
        })
      )

    /** Done, or not there. */
    const whether = (done: Effect.Effect<boolean, Failure>) => Effect.map(done, (isDone) => isDone || undefined)

    return handlers.handleAll({
      list: () =>
        forCaller((organization) =>
          Effect.map(clients.list(organization), (all) => ({
            items: all.map((client) => viewOf(organization, client)),
            next: null
          }))
        ),
      create: ({ payload: { label } }) =>
        forCaller((organization) =>
          Effect.gen(function* () {
            yield* (yield* ApiRecording).tell({}, clientFacts({ label }))
            return viewOf(organization, yield* clients.create(organization, label))
          })
        ),
      revoke: ({ params: { clientId } }) =>
        Effect.asVoid(
          withClient(
            clientId,
            (live) => [clientFacts(live), {}],
            (organization, client) => whether(clients.revokeClient(organization, client))
          )
        ),
      addSecret: ({ params: { clientId }, payload: { label } }) =>
        withClient(
          clientId,
          () => [{}, credentialFacts({ label })],
          (organization, client) =>
            Effect.map(clients.addSecret(organization, client, label), ({ entry, secret }) => ({
              entry,
              secret: Redacted.value(secret)
            }))
        ),
      federate: ({ params: { clientId }, payload: { label, ...identity } }) =>
        withClient(
          clientId,
          (live) => [standingFederation(live), federationFacts({ label, ...identity })],
          (organization, client) => clients.federate(organization, client, label, identity)
        ),
      revokeCredential: ({ params: { clientId, id } }) => {
        const uuid = parseUuid(id)
        const credential = uuid === undefined ? undefined : OAuthCredentialId.make(uuid)
        return Effect.asVoid(
          withClient(
            clientId,
            (live) => [credential === undefined ? {} : standingCredential(live, credential), {}],
            (organization, client) =>
              credential === undefined
                ? Effect.succeed(undefined)
                : whether(clients.revokeCredential(organization, client, credential))
          )
        )
      }
    })
  })
)
