import { assert, layer as suite } from "@effect/vitest"
import { Directory } from "@rollcall/domain/directory/Directory"
import type { ProvisioningError } from "@rollcall/domain/directory/Submission"
import type { Actor, LogEntry } from "@rollcall/domain/log/LogEntry"
import { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import {
  checkFederatedIdentity,
  OAuthClientId,
  OAuthCredentialId,
  oauthLimits,
  oauthTokenLifetime
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import type { OAuthCommand } from "@rollcall/domain/organization/OAuthCommand"
import { generateAccessToken, hashCredential } from "@rollcall/domain/organization/OAuthCredentials"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, type Layer, Redacted, Result } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { administerOAuth } from "./Operator.ts"

const identity = { issuer: "https://login.kelp.example/t1/v2.0", subject: "sync-1", audience: "api://kelp" }

const make = Effect.gen(function* () {
  return yield* (yield* Organizations).create({
    subdomain: Subdomain.make(`o${SecureRandom.uuidV4Unsafe().slice(0, 12)}`),
    name: "Kelp",
    timeZone: "UTC",
    scimEnabled: true,
    settings: presets.product
  })
})

const admin: Actor = { keyId: "k1", keyLabel: "console", client: "test", via: "hand" }

/** An organisation with a client that has one secret, and who looks after it. */
const prepared = Effect.gen(function* () {
  const clients = yield* OAuthClients
  const organization = yield* make
  const hand = yield* administerOAuth(organization, admin)
  const client = yield* hand.create("Entra")
  const { entry, secret } = yield* hand.addSecret(client.id, "2027")
  return { clients, hand, organization, client, entry, secret: Redacted.value(secret) }
})

const hashed = (text: string) => Effect.provide(hashCredential(text), Digest.layerWebCrypto)

const only = <A>(all: ReadonlyArray<A>): A => {
  const [one] = all
  if (one === undefined || all.length !== 1) throw new Error(`${all.length} where there should be one`)
  return one
}

const tokenOf = (organization: Organization, credential: OAuthCredentialId) =>
  Effect.gen(function* () {
    const issued = yield* (yield* OAuthClients).issueToken(organization.id, credential)
    if (issued === undefined) return assert.fail("no token was made")
    return Redacted.value(issued.token)
  })

export type OAuthServices = OAuthClients | OAuthAdministration | Organizations

/** What every adapter of {@link OAuthClients} keeps. */
export const oauthClientsContract = (name: string, services: Layer.Layer<OAuthServices>): void =>
  suite(services, { timeout: "60 seconds" })(`OAuthClients contract: ${name}`, (it) => {
    it.effect(
      "a client is listed with its secrets by their last four characters, and never by the whole (R-ORG-5)",
      () =>
        Effect.gen(function* () {
          const { client, clients, entry, hand, organization, secret } = yield* prepared
          assert.match(secret, /^rcs_[A-Za-z0-9]{40}$/)
          assert.strictEqual(entry.hint, secret.slice(-4))
          const second = yield* hand.addSecret(client.id, "  2028 ")
          assert.strictEqual(second.entry.label, "2028")
          const listed = yield* clients.list(organization.id)
          assert.deepStrictEqual(listed, [
            { ...client, label: "Entra", secrets: [entry, second.entry], federations: [] }
          ])
          assert.notInclude(JSON.stringify(listed), secret.slice(4, -4))
        })
    )

    it.effect("several secrets are live at once, and each finds itself by its hash alone (R-ORG-5)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization, secret } = yield* prepared
        const second = yield* hand.addSecret(client.id, "2028")
        const found = (text: string) =>
          Effect.flatMap(hashed(text), (hash) => clients.findSecret(organization.id, client.id, hash))
        assert.strictEqual((yield* found(secret))?.id, entry.id)
        assert.strictEqual((yield* found(secret))?.organization.subdomain, organization.subdomain)
        assert.strictEqual((yield* found(Redacted.value(second.secret)))?.id, second.entry.id)
        assert.isUndefined(yield* found(`${secret}x`))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, secret))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, ""))
      })
    )

    it.effect("a secret finds nothing at another client, nor in another organisation (R-ORG-1)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization, secret } = yield* prepared
        const other = yield* prepared
        const sibling = yield* hand.create("sibling")
        const hash = yield* hashed(secret)
        assert.isUndefined(yield* clients.findSecret(organization.id, sibling.id, hash))
        assert.isUndefined(yield* clients.findSecret(other.organization.id, client.id, hash))
        assert.isUndefined(yield* clients.findSecret(other.organization.id, other.client.id, hash))
        assert.isUndefined(yield* clients.issueToken(other.organization.id, entry.id))
        assert.isFalse(yield* Effect.isSuccess(other.hand.revokeClient(client.id)))
        assert.isFalse(yield* Effect.isSuccess(other.hand.revokeCredential(client.id, entry.id)))
        assert.isFalse(yield* Effect.isSuccess(hand.revokeCredential(sibling.id, entry.id)))
        assert.isDefined(yield* clients.findSecret(organization.id, client.id, hash))
        assert.lengthOf(yield* clients.list(other.organization.id), 1)
      })
    )

    it.effect("a token is its organisation's for 60 minutes, and says which client and secret it is of (R-ORG-5)", () =>
      Effect.gen(function* () {
        const { clients, entry, organization } = yield* prepared
        const now = yield* Clock.currentTimeMillis
        const issued = yield* clients.issueToken(organization.id, entry.id)
        const token = Redacted.value(issued?.token ?? Redacted.make(""))
        assert.strictEqual(issued?.expiresAt, now + 3_600_000)
        assert.match(token, /^rct_[A-Za-z0-9_-]{64}$/)
        assert.notInclude(String(issued?.token), token)
        const holder = yield* clients.findTokenHolder(token)
        assert.deepStrictEqual(holder, {
          organization,
          credential: entry.id,
          label: "Entra: 2027",
          expiresAt: now + 3_600_000
        })
        yield* TestClock.adjust(oauthTokenLifetime - 1)
        assert.isDefined(yield* clients.findTokenHolder(token))
        yield* TestClock.adjust(1)
        assert.isUndefined(yield* clients.findTokenHolder(token))
      })
    )

    it.effect("the making of a token is the last use of its secret, and of no other", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization } = yield* prepared
        const second = yield* hand.addSecret(client.id, "2028")
        yield* TestClock.adjust(5_000)
        yield* tokenOf(organization, second.entry.id)
        const { secrets } = only(yield* clients.list(organization.id))
        assert.deepStrictEqual(
          secrets.map(({ id, lastUsedAt }) => [id, lastUsedAt]),
          [
            [entry.id, null],
            [second.entry.id, yield* Clock.currentTimeMillis]
          ]
        )
      })
    )

    it.effect("revoking a secret ends its tokens at once, and those of others live on (R-ORG-5, ABUSE-24)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization, secret } = yield* prepared
        const second = yield* hand.addSecret(client.id, "2028")
        const doomed = yield* tokenOf(organization, entry.id)
        const spared = yield* tokenOf(organization, second.entry.id)
        assert.isTrue(yield* Effect.isSuccess(hand.revokeCredential(client.id, entry.id)))
        assert.isUndefined(yield* clients.findTokenHolder(doomed))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, yield* hashed(secret)))
        assert.isUndefined(yield* clients.issueToken(organization.id, entry.id))
        assert.isDefined(yield* clients.findTokenHolder(spared))
        assert.isFalse(yield* Effect.isSuccess(hand.revokeCredential(client.id, entry.id)), "it is revoked already")
      })
    )

    it.effect("revoking a client ends all its secrets, federated identities and tokens (ABUSE-24)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization, secret } = yield* prepared
        const federation = yield* hand.federate(client.id, "tenant", identity)
        const tokens = [yield* tokenOf(organization, entry.id), yield* tokenOf(organization, federation.id)]
        assert.isTrue(yield* Effect.isSuccess(hand.revokeClient(client.id)))
        for (const token of tokens) assert.isUndefined(yield* clients.findTokenHolder(token))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, yield* hashed(secret)))
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        assert.isFalse(yield* Effect.isSuccess(hand.revokeClient(client.id)))
        assert.isFalse(yield* Effect.isSuccess(hand.revokeCredential(client.id, entry.id)))
        const refused = yield* Effect.flip(hand.addSecret(client.id, "late"))
        assert.strictEqual(refused._tag, "ScimError")
        const listed = only(yield* clients.list(organization.id))
        assert.isNotNull(listed.revokedAt)
        assert.isNotNull(only(listed.secrets).revokedAt)
        assert.isNotNull(only(listed.federations).revokedAt)
      })
    )

    it.effect("of revocations of one secret at once exactly one is told that it did it", () =>
      Effect.gen(function* () {
        const { client, entry, hand } = yield* prepared
        const done = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => Effect.isSuccess(hand.revokeCredential(client.id, entry.id)),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          done.filter((one) => one),
          1
        )
      })
    )

    it.effect("no token that is made beside the revocation of its client outlives it (ABUSE-24)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization } = yield* prepared
        const issue = clients.issueToken(organization.id, entry.id)
        const [issued] = yield* Effect.all(
          [
            Effect.all([issue, issue, issue, issue], { concurrency: "unbounded" }),
            Effect.isSuccess(hand.revokeClient(client.id))
          ],
          { concurrency: "unbounded" }
        )
        for (const one of issued) {
          if (one !== undefined) assert.isUndefined(yield* clients.findTokenHolder(Redacted.value(one.token)))
        }
      })
    )

    it.effect("one identity signs for a client at a time: another takes its place and ends its tokens", () =>
      Effect.gen(function* () {
        const { client, clients, entry, hand, organization } = yield* prepared
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        const first = yield* hand.federate(client.id, "old tenant", identity)
        const doomed = yield* tokenOf(organization, first.id)
        const bySecret = yield* tokenOf(organization, entry.id)
        assert.strictEqual((yield* clients.findTokenHolder(doomed))?.label, "Entra: old tenant")
        const second = yield* hand.federate(client.id, "new tenant", {
          ...identity,
          audience: "api://other/.default"
        })
        const found = yield* clients.findFederation(organization.id, client.id)
        assert.strictEqual(found?.id, second.id)
        assert.deepStrictEqual(found?.identity, { ...identity, audience: "api://other" })
        assert.isUndefined(yield* clients.findTokenHolder(doomed))
        assert.isDefined(yield* clients.findTokenHolder(bySecret), "what the secret made lives on")
        const listed = only(yield* clients.list(organization.id))
        assert.deepStrictEqual(
          listed.federations.map(({ label, revokedAt }) => [label, revokedAt === null]),
          [
            ["old tenant", false],
            ["new tenant", true]
          ]
        )
      })
    )

    it.effect("an identity that nobody could prove is refused", () =>
      Effect.gen(function* () {
        const { client, clients, hand, organization } = yield* prepared
        const wrong = [
          { issuer: "http://login.kelp.example" },
          { issuer: "login.kelp.example" },
          { issuer: "https://a:b@login.kelp.example" },
          { issuer: "https://login.kelp.example/?tenant=1" },
          { issuer: "https://login.kelp.example/#" },
          { subject: "" },
          { subject: "a b" },
          { audience: " " },
          { audience: "x".repeat(2_000) }
        ]
        for (const part of wrong) {
          const refused = yield* Effect.flip(hand.federate(client.id, "x", { ...identity, ...part }))
          assert.strictEqual(refused._tag, "ScimError", JSON.stringify(part))
        }
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        assert.deepStrictEqual(Result.getOrThrow(checkFederatedIdentity(identity)), identity)
      })
    )

    it.effect("of many uses of one assertion at once exactly one counts, each organisation for itself (ABUSE-22)", () =>
      Effect.gen(function* () {
        const { clients, organization } = yield* prepared
        const other = yield* make
        const until = (yield* Clock.currentTimeMillis) + 1_000
        const uses = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => clients.useAssertion(organization.id, "jti1", until),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          uses.filter((won) => won),
          1
        )
        assert.isTrue(yield* clients.useAssertion(organization.id, "jti2", until))
        assert.isTrue(yield* clients.useAssertion(other.id, "jti1", until))
        assert.isFalse(yield* clients.useAssertion(organization.id, "jti1", until))
      })
    )

    it.effect("expired tokens and assertions are forgotten in steps, and nothing else is", () =>
      Effect.gen(function* () {
        const { clients, entry, organization } = yield* prepared
        const other = yield* prepared
        for (let i = 0; i < 5; i++) yield* tokenOf(organization, entry.id)
        yield* tokenOf(other.organization, other.entry.id)
        const soon = (yield* Clock.currentTimeMillis) + oauthTokenLifetime
        yield* clients.useAssertion(organization.id, "early", soon)
        yield* TestClock.adjust(1)
        const later = yield* tokenOf(organization, entry.id)
        yield* clients.useAssertion(organization.id, "late", soon + 1)
        assert.strictEqual(yield* clients.removeExpired(organization.id, 100), 0)
        yield* TestClock.adjust(oauthTokenLifetime - 1)
        assert.strictEqual(yield* clients.removeExpired(organization.id, 3), 3)
        assert.strictEqual(yield* clients.removeExpired(organization.id, 100), 2)
        assert.strictEqual(yield* clients.removeExpired(organization.id, 100), 0)
        assert.isDefined(yield* clients.findTokenHolder(later))
        assert.isTrue(yield* clients.useAssertion(organization.id, "early", soon), "it is forgotten")
        assert.isFalse(yield* clients.useAssertion(organization.id, "late", soon + 1))
        assert.strictEqual(yield* clients.removeExpired(other.organization.id, 100), 1)
      })
    )

    it.effect("what is no token, or another organisation's by its first half, finds nothing (ABUSE-11)", () =>
      Effect.gen(function* () {
        const { clients, entry, organization } = yield* prepared
        const other = yield* make
        const token = yield* tokenOf(organization, entry.id)
        const foreign = Redacted.value(
          yield* Effect.provide(generateAccessToken(other.id), SecureRandom.layerWebCrypto)
        )
        const mixed = foreign.slice(0, 25) + token.slice(25)
        const odd = ["rct_", `rct_${"é".repeat(64)}`, `rct_${"\0".repeat(64)}`, `rct_${"-".repeat(64)}`]
        for (const wrong of ["", token.slice(4), `${token}A`, token.slice(0, -1), mixed, foreign, ...odd]) {
          assert.isUndefined(yield* clients.findTokenHolder(wrong), wrong)
        }
        assert.isDefined(yield* clients.findTokenHolder(token))
      })
    )

    it.effect("labels are for people, and what is not there is refused or nothing", () =>
      Effect.gen(function* () {
        const { clients, hand, organization } = yield* prepared
        for (const label of ["", "  ", "a\nb", "x".repeat(201)]) {
          assert.strictEqual((yield* Effect.flip(hand.create(label)))._tag, "ScimError")
        }
        const nobody = OAuthClientId.make(SecureRandom.uuidV4Unsafe())
        const nothing = OAuthCredentialId.make(SecureRandom.uuidV4Unsafe())
        assert.strictEqual((yield* Effect.flip(hand.addSecret(nobody, "x")))._tag, "ScimError")
        assert.isFalse(yield* Effect.isSuccess(hand.revokeClient(nobody)))
        assert.isFalse(yield* Effect.isSuccess(hand.revokeCredential(nobody, nothing)))
        assert.isUndefined(yield* clients.issueToken(organization.id, nothing))
        assert.isUndefined(yield* clients.findFederation(organization.id, nobody))
      })
    )

    it.effect("live secrets and clients are limited, also where many are made at once; revoked ones do not count", () =>
      Effect.gen(function* () {
        const { client, entry, hand } = yield* prepared
        const add = Effect.result(hand.addSecret(client.id, "more"))
        const made = yield* Effect.forEach(Array.from({ length: oauthLimits.secrets + 3 }), () => add, {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          made.filter(({ _tag }) => _tag === "Success"),
          oauthLimits.secrets - 1
        )
        assert.isTrue(yield* Effect.isSuccess(hand.revokeCredential(client.id, entry.id)))
        assert.strictEqual((yield* add)._tag, "Success")
        const another = Effect.result(hand.create("more"))
        const others = yield* Effect.forEach(Array.from({ length: oauthLimits.clients + 3 }), () => another, {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          others.filter(({ _tag }) => _tag === "Success"),
          oauthLimits.clients - 1
        )
        assert.isTrue(yield* Effect.isSuccess(hand.revokeClient(client.id)))
        assert.strictEqual((yield* another)._tag, "Success")
      })
    )
  })

/** What the log has of an organisation, the oldest entry first. */
const logOf = ({ id }: Organization) =>
  Effect.flatMap(ProvisioningLog, (log) =>
    Effect.map(log.search(id, { limit: 200 }), ({ entries }) => entries.toReversed().map(({ entry }) => entry))
  )

const changesOf = ({ changes }: LogEntry) =>
  Object.fromEntries(changes.map(({ after, attribute, before }) => [attribute, [before ?? null, after ?? null]]))

/** What the log has of every change of a client, in the change's own transaction (R-LOG-1). */
export const oauthLogContract = (
  name: string,
  services: Layer.Layer<OAuthServices | ProvisioningLog | Directory>
): void =>
  suite(services, { timeout: "60 seconds" })(`The log of OAuth clients: ${name}`, (it) => {
    it.effect("every change leaves one entry beside it: who, what, before and after, and no secret (R-LOG-1)", () =>
      Effect.gen(function* () {
        const { client, entry, hand, organization, secret } = yield* prepared
        const second = yield* hand.federate(client.id, "old tenant", identity)
        yield* hand.federate(client.id, "new tenant", { ...identity, subject: "sync-2" })
        yield* hand.revokeCredential(client.id, entry.id)
        yield* hand.revokeClient(client.id)
        const entries = yield* logOf(organization)
        assert.deepStrictEqual(
          entries.map(({ notes, status }) => [status, notes[0]?.text]),
          [
            [201, "An OAuth client was made."],
            [201, "An OAuth client got a new secret."],
            [200, "An OAuth client was federated with an issuer."],
            [200, "An OAuth client was federated with an issuer."],
            [200, "A secret or federated identity of an OAuth client was revoked."],
            [200, "An OAuth client was revoked."]
          ]
        )
        assert.deepStrictEqual(entries.map(changesOf), [
          { "client.label": [null, "Entra"] },
          { "credential.label": [null, "2027"], "credential.endsWith": [null, entry.hint] },
          {
            "federation.label": [null, "old tenant"],
            "federation.issuer": [null, second.issuer],
            "federation.subject": [null, "sync-1"],
            "federation.audience": [null, second.audience]
          },
          { "federation.label": ["old tenant", "new tenant"], "federation.subject": ["sync-1", "sync-2"] },
          { "credential.label": ["2027", null], "credential.endsWith": [entry.hint, null] },
          { "client.label": ["Entra", null] }
        ])
        for (const one of entries) assert.deepInclude(one, { actor: admin, outcome: "updated" })
        const text = JSON.stringify(entries)
        assert.notInclude(text, secret.slice(4, -4))
        assert.notInclude(text, yield* hashed(secret))
      })
    )

    it.effect("what is refused changes nothing, and its entry tells of no change (R-LOG-1)", () =>
      Effect.gen(function* () {
        const { client, clients, hand, organization } = yield* prepared
        const before = yield* clients.list(organization.id)
        const known = (yield* logOf(organization)).length
        const nobody = OAuthClientId.make(SecureRandom.uuidV4Unsafe())
        const refusals = [
          [hand.create("a\nb"), 400, "label"],
          [hand.addSecret(client.id, " "), 400, "label"],
          [hand.federate(client.id, "x", { ...identity, issuer: "http://a.example" }), 400, "issuer"],
          [hand.addSecret(nobody, "x"), 404, undefined],
          [hand.revokeClient(nobody), 404, undefined],
          [hand.revokeCredential(client.id, OAuthCredentialId.make(nobody)), 404, undefined]
        ] as const
        for (const [asked, status, field] of refusals) {
          const error = yield* Effect.flip<unknown, ProvisioningError, never>(asked)
          if (error._tag !== "ScimError") return assert.fail(error._tag)
          assert.deepStrictEqual([error.status, error.field], [status, field])
          assert.match(error.detail, /\[case [0-9A-Z]{6}\]$/)
        }
        assert.deepStrictEqual(yield* clients.list(organization.id), before)
        const told = (yield* logOf(organization)).slice(known)
        assert.lengthOf(told, refusals.length)
        assert.isTrue(told.every(({ changes, outcome }) => outcome === "refused" && changes.length === 0))
      })
    )

    it.effect("what is made and ended in one batch is written as it ends (R-ORG-5)", () =>
      Effect.gen(function* () {
        const { clients, organization } = yield* prepared
        const directory = yield* Directory
        const id = OAuthClientId.make(SecureRandom.uuidV4Unsafe())
        const secret = { id: OAuthCredentialId.make(SecureRandom.uuidV4Unsafe()), label: "short", hint: "abcd" }
        const commands: ReadonlyArray<OAuthCommand> = [
          { _tag: "CreateOAuthClient", newId: id, label: "brief" },
          { _tag: "AddOAuthSecret", client: id, secret, secretHash: "h1" },
          { _tag: "FederateOAuthClient", client: id, newId: OAuthCredentialId.make(id), label: "x", identity },
          { _tag: "RevokeOAuthCredential", client: id, credential: secret.id },
          { _tag: "RevokeOAuthCredential", client: id, credential: secret.id },
          { _tag: "RevokeOAuthClient", client: id },
          { _tag: "AddOAuthSecret", client: id, secret, secretHash: "h2" }
        ]
        const known = (yield* logOf(organization)).length
        const answers = yield* directory.submitTogether(
          organization.id,
          commands.map((command) => ({
            command,
            ...{ requestId: "r1", actor: admin, line: "test", size: 0, receivedAt: 0 }
          }))
        )
        const tags = ["Done", "Done", "Done", "Done", "Refused", "Done", "Refused"]
        assert.deepStrictEqual(
          answers.map(({ _tag }) => _tag),
          tags
        )
        assert.lengthOf((yield* logOf(organization)).slice(known), tags.length)
        const brief = (yield* clients.list(organization.id)).find((client) => client.id === id)
        const now = yield* Clock.currentTimeMillis
        assert.strictEqual(brief?.revokedAt, now)
        assert.strictEqual(only(brief?.secrets ?? []).revokedAt, now)
        assert.strictEqual(only(brief?.federations ?? []).revokedAt, now)
        assert.isUndefined(yield* clients.findSecret(organization.id, id, "h1"))
      })
    )
  })
