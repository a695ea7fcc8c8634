import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answer, isoTime, table } from "../../Answer.ts"
import { publicId } from "../../OAuthClientArgument.ts"
import { findOrganization, organizationArgument } from "../../OrganizationArgument.ts"

/** `rollcall oauth-client list`: the clients of an organisation and what they prove themselves by, revoked ones too. */
export const list = Command.make(
  "list",
  { subdomain: organizationArgument },
  Effect.fnUntraced(function* ({ subdomain }) {
    const organization = yield* findOrganization(subdomain)
    const times = <A extends { readonly createdAt: number; readonly revokedAt: number | null }>(one: A) => ({
      ...one,
      createdAt: isoTime(one.createdAt),
      revokedAt: isoTime(one.revokedAt)
    })
    const credential = <A extends Parameters<typeof times>[0] & { readonly lastUsedAt: number | null }>(one: A) => ({
      ...times(one),
      lastUsedAt: isoTime(one.lastUsedAt)
    })
    const clients = (yield* (yield* OAuthClients).list(organization.id)).map(
      ({ federations, id, secrets, ...client }) => ({
        clientId: publicId(organization, { id }),
        ...times(client),
        secrets: secrets.map(credential),
        federations: federations.map(credential)
      })
    )
    const rows = clients.flatMap((client) => [
      [client.clientId, "client", "", client.revokedAt === null ? "" : "revoked", client.label],
      ...client.secrets.map((one) => [`  ${one.id}`, "secret", `...${one.hint}`, stateOf(one), one.label]),
      ...client.federations.map((one) => [`  ${one.id}`, "federation", one.issuer, stateOf(one), one.label])
    ])
    yield* answer(
      clients,
      rows.length === 0
        ? [
            `${organization.subdomain} has no client. \`rollcall oauth-client create ${organization.subdomain}\` makes one.`
          ]
        : table([["ID", "KIND", "BY", "LAST USED", "LABEL"], ...rows])
    )
  })
).pipe(Command.withDescription("List an organisation's clients with their secrets' ids, without the secrets"))

const stateOf = (one: { readonly lastUsedAt: string | null; readonly revokedAt: string | null }): string =>
  one.revokedAt === null ? (one.lastUsedAt?.slice(0, 10) ?? "never") : "revoked"
