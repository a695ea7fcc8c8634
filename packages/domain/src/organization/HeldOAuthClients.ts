import type { OAuthChange } from "./OAuthChange.ts"
import { isLive, type OAuthClient, type OAuthClientId, type OAuthCredentialId } from "./OAuthClient.ts"

/** The clients of an organisation as the memory adapters hold them, with the hashes of their secrets. */
export type HeldOAuthClients = Map<
  OAuthClientId,
  { client: OAuthClient; readonly hashes: Map<OAuthCredentialId, string> }
>

/** The live clients with what they have that is live. */
export const standingClients = (held: HeldOAuthClients): ReadonlyArray<OAuthClient> =>
  [...held.values()].flatMap(({ client }) =>
    isLive(client)
      ? [{ ...client, secrets: client.secrets.filter(isLive), federations: client.federations.filter(isLive) }]
      : []
  )

/** Writes a change; when credentials were last used is noted past the hand, and stays. */
export const applyOAuthChange = (all: HeldOAuthClients, change: OAuthChange): void => {
  const { at, client, ended, federation, isNew, secret } = change
  if (isNew) all.set(client.id, { client, hashes: new Map() })
  const held = all.get(client.id)
  if (held === undefined) return
  if (secret !== undefined) held.hashes.set(secret.entry.id, secret.hash)
  const end = <A extends { readonly id: OAuthCredentialId; readonly revokedAt: number | null }>(one: A): A =>
    ended.includes(one.id) ? { ...one, revokedAt: at } : one
  held.client = {
    ...held.client,
    revokedAt: client.revokedAt,
    secrets: [...held.client.secrets.map(end), ...(secret === undefined ? [] : [secret.entry])],
    federations: [...held.client.federations.map(end), ...(federation === undefined ? [] : [federation])]
  }
}
