import {
  type OAuthClient,
  type OAuthClientId,
  type OAuthClientRefused,
  OAuthCredentialId
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { clientIdText, parseClientId } from "@rollcall/domain/organization/OAuthCredentials"
import type { OrganizationId } from "@rollcall/domain/organization/Organization"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { parseUuid } from "@rollcall/domain/user/UserId"
import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ApiCaller } from "../api/ApiAccess.ts"
import type { OAuthClientView } from "../api/OAuthClientsApi.ts"
import { Conflict, InvalidRequest, NotFound, type Problem } from "../api/Problem.ts"
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

    const forCaller = <A>(act: (organization: OrganizationId) => Effect.Effect<A | undefined, Failure>) =>
      Effect.flatMap(
        ApiCaller,
        ({ caller: { organization, requestId } }): Effect.Effect<A, Problem> =>
          Effect.flatMap(
            Effect.mapError(act(organization.id), (error) =>
              error._tag === "StoreUnavailable" ? problemOf(error, requestId) : refusalOf(error, requestId)
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
      act: (organization: OrganizationId, client: OAuthClientId) => Effect.Effect<A | undefined, Failure>
    ) =>
      forCaller((organization) =>
        Effect.gen(function* () {
          const address = parseClientId(clientId)
          if (address?.organization !== organization) return undefined
          const known = yield* clients.list(organization)
          const isLive = known.some(({ id, revokedAt }) => id === address.client && revokedAt === null)
          return isLive ? yield* act(organization, address.client) : undefined
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
          Effect.map(clients.create(organization, label), (client) => viewOf(organization, client))
        ),
      revoke: ({ params: { clientId } }) =>
        Effect.asVoid(
          withClient(clientId, (organization, client) => whether(clients.revokeClient(organization, client)))
        ),
      addSecret: ({ params: { clientId }, payload: { label } }) =>
        withClient(clientId, (organization, client) =>
          Effect.map(clients.addSecret(organization, client, label), ({ entry, secret }) => ({
            entry,
            secret: Redacted.value(secret)
          }))
        ),
      federate: ({ params: { clientId }, payload: { label, ...identity } }) =>
        withClient(clientId, (organization, client) => clients.federate(organization, client, label, identity)),
      revokeCredential: ({ params: { clientId, id } }) =>
        Effect.asVoid(
          withClient(clientId, (organization, client) => {
            const credential = parseUuid(id)
            return credential === undefined
              ? Effect.succeed(undefined)
              : whether(clients.revokeCredential(organization, client, OAuthCredentialId.make(credential)))
          })
        )
    })
  })
)
