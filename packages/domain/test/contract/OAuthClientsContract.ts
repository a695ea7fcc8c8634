import { assert, layer as suite } from "@effect/vitest"
import {
  checkFederatedIdentity,
  OAuthClientId,
  OAuthCredentialId,
  oauthLimits,
  oauthTokenLifetime
} from "@rollcall/domain/organization/OAuthClient"
import { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import { generateAccessToken, hashCredential } from "@rollcall/domain/organization/OAuthCredentials"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Clock, Effect, type Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"

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

/** An organisation with a client that has one secret. */
const prepared = Effect.gen(function* () {
  const clients = yield* OAuthClients
  const organization = yield* make
  const client = yield* clients.create(organization.id, "Entra")
  const { entry, secret } = yield* clients.addSecret(organization.id, client.id, "2027")
  return { clients, organization, client, entry, secret: Redacted.value(secret) }
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

/** What every adapter of {@link OAuthClients} keeps. */
export const oauthClientsContract = (name: string, services: Layer.Layer<OAuthClients | Organizations>): void =>
  suite(services, { timeout: "60 seconds" })(`OAuthClients contract: ${name}`, (it) => {
    it.effect(
      "a client is listed with its secrets by their last four characters, and never by the whole (R-ORG-5)",
      () =>
        Effect.gen(function* () {
          const { client, clients, entry, organization, secret } = yield* prepared
          assert.match(secret, /^rcs_[A-Za-z0-9]{40}$/)
          assert.strictEqual(entry.hint, secret.slice(-4))
          const second = yield* clients.addSecret(organization.id, client.id, "  2028 ")
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
        const { client, clients, entry, organization, secret } = yield* prepared
        const second = yield* clients.addSecret(organization.id, client.id, "2028")
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
        const { client, clients, entry, organization, secret } = yield* prepared
        const other = yield* prepared
        const sibling = yield* clients.create(organization.id, "sibling")
        const hash = yield* hashed(secret)
        assert.isUndefined(yield* clients.findSecret(organization.id, sibling.id, hash))
        assert.isUndefined(yield* clients.findSecret(other.organization.id, client.id, hash))
        assert.isUndefined(yield* clients.findSecret(other.organization.id, other.client.id, hash))
        assert.isUndefined(yield* clients.issueToken(other.organization.id, entry.id))
        assert.isFalse(yield* clients.revokeClient(other.organization.id, client.id))
        assert.isFalse(yield* clients.revokeCredential(other.organization.id, client.id, entry.id))
        assert.isFalse(yield* clients.revokeCredential(organization.id, sibling.id, entry.id))
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
        const { client, clients, entry, organization } = yield* prepared
        const second = yield* clients.addSecret(organization.id, client.id, "2028")
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
        const { client, clients, entry, organization, secret } = yield* prepared
        const second = yield* clients.addSecret(organization.id, client.id, "2028")
        const doomed = yield* tokenOf(organization, entry.id)
        const spared = yield* tokenOf(organization, second.entry.id)
        assert.isTrue(yield* clients.revokeCredential(organization.id, client.id, entry.id))
        assert.isUndefined(yield* clients.findTokenHolder(doomed))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, yield* hashed(secret)))
        assert.isUndefined(yield* clients.issueToken(organization.id, entry.id))
        assert.isDefined(yield* clients.findTokenHolder(spared))
        assert.isFalse(yield* clients.revokeCredential(organization.id, client.id, entry.id), "it is revoked already")
      })
    )

    it.effect("revoking a client ends all its secrets, federated identities and tokens (ABUSE-24)", () =>
      Effect.gen(function* () {
        const { client, clients, entry, organization, secret } = yield* prepared
        const federation = yield* clients.federate(organization.id, client.id, "tenant", identity)
        const tokens = [yield* tokenOf(organization, entry.id), yield* tokenOf(organization, federation.id)]
        assert.isTrue(yield* clients.revokeClient(organization.id, client.id))
        for (const token of tokens) assert.isUndefined(yield* clients.findTokenHolder(token))
        assert.isUndefined(yield* clients.findSecret(organization.id, client.id, yield* hashed(secret)))
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        assert.isFalse(yield* clients.revokeClient(organization.id, client.id))
        assert.isFalse(yield* clients.revokeCredential(organization.id, client.id, entry.id))
        const refused = yield* Effect.flip(clients.addSecret(organization.id, client.id, "late"))
        assert.strictEqual(refused._tag, "OAuthClientRefused")
        const listed = only(yield* clients.list(organization.id))
        assert.isNotNull(listed.revokedAt)
        assert.isNotNull(only(listed.secrets).revokedAt)
        assert.isNotNull(only(listed.federations).revokedAt)
      })
    )

    it.effect("of revocations of one secret at once exactly one is told that it did it", () =>
      Effect.gen(function* () {
        const { client, clients, entry, organization } = yield* prepared
        const done = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => clients.revokeCredential(organization.id, client.id, entry.id),
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
        const { client, clients, entry, organization } = yield* prepared
        const issue = clients.issueToken(organization.id, entry.id)
        const [issued] = yield* Effect.all(
          [
            Effect.all([issue, issue, issue, issue], { concurrency: "unbounded" }),
            clients.revokeClient(organization.id, client.id)
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
        const { client, clients, entry, organization } = yield* prepared
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        const first = yield* clients.federate(organization.id, client.id, "old tenant", identity)
        const doomed = yield* tokenOf(organization, first.id)
        const bySecret = yield* tokenOf(organization, entry.id)
        assert.strictEqual((yield* clients.findTokenHolder(doomed))?.label, "Entra: old tenant")
        const second = yield* clients.federate(organization.id, client.id, "new tenant", {
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
        const { client, clients, organization } = yield* prepared
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
          const refused = yield* Effect.flip(
            clients.federate(organization.id, client.id, "x", { ...identity, ...part })
          )
          assert.strictEqual(refused._tag, "OAuthClientRefused", JSON.stringify(part))
        }
        assert.isUndefined(yield* clients.findFederation(organization.id, client.id))
        assert.deepStrictEqual(yield* checkFederatedIdentity(identity), identity)
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
        const { clients, organization } = yield* prepared
        for (const label of ["", "  ", "a\nb", "x".repeat(201)]) {
          assert.strictEqual((yield* Effect.flip(clients.create(organization.id, label)))._tag, "OAuthClientRefused")
        }
        const nobody = OAuthClientId.make(SecureRandom.uuidV4Unsafe())
        const nothing = OAuthCredentialId.make(SecureRandom.uuidV4Unsafe())
        assert.strictEqual(
          (yield* Effect.flip(clients.addSecret(organization.id, nobody, "x")))._tag,
          "OAuthClientRefused"
        )
        assert.isFalse(yield* clients.revokeClient(organization.id, nobody))
        assert.isFalse(yield* clients.revokeCredential(organization.id, nobody, nothing))
        assert.isUndefined(yield* clients.issueToken(organization.id, nothing))
        assert.isUndefined(yield* clients.findFederation(organization.id, nobody))
      })
    )

    it.effect("live secrets and clients are limited, also where many are made at once; revoked ones do not count", () =>
      Effect.gen(function* () {
        const { client, clients, entry, organization } = yield* prepared
        const add = Effect.result(clients.addSecret(organization.id, client.id, "more"))
        const made = yield* Effect.forEach(Array.from({ length: oauthLimits.secrets + 3 }), () => add, {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          made.filter(({ _tag }) => _tag === "Success"),
          oauthLimits.secrets - 1
        )
        assert.isTrue(yield* clients.revokeCredential(organization.id, client.id, entry.id))
        assert.strictEqual((yield* add)._tag, "Success")
        const another = Effect.result(clients.create(organization.id, "more"))
        const others = yield* Effect.forEach(Array.from({ length: oauthLimits.clients + 3 }), () => another, {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          others.filter(({ _tag }) => _tag === "Success"),
          oauthLimits.clients - 1
        )
        assert.isTrue(yield* clients.revokeClient(organization.id, client.id))
        assert.strictEqual((yield* another)._tag, "Success")
      })
    )
  })
