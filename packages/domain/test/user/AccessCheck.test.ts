import { NodeCrypto } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { layerMemoryGroups, layerMemoryUsers } from "@rollcall/domain/directory/MemoryReads"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { GroupTypes } from "@rollcall/domain/group/GroupTypes"
import { AccessCheck } from "@rollcall/domain/user/AccessCheck"
import { layerMemoryPasswordAttempts } from "@rollcall/domain/user/MemoryPasswordAttempts"
import { layerMemoryPasswords } from "@rollcall/domain/user/MemoryPasswords"
import { attemptLimits, attemptWindow, PasswordAttempts } from "@rollcall/domain/user/PasswordAttempts"
import { PasswordCheck } from "@rollcall/domain/user/PasswordCheck"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { Passwords } from "@rollcall/domain/user/Passwords"
import { UserId } from "@rollcall/domain/user/UserId"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { Digest, Kdf, SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { DirectoryProbe } from "../contract/DirectoryProbe.ts"
import { PasswordProbe } from "../contract/PasswordProbe.ts"
import { newTenant, person, resourceTypes, useCases } from "../contract/Tenant.ts"

/** Little, so that the tests are quick; what is computed for nobody has to be of the same. */
const cost = { memory: 64, passes: 3, parallelism: 1 }

/** What was done for an answer, in order: each look for a password, and each hash with its parameters. */
class Work extends Context.Service<Work, Array<string>>()("@rollcall/domain/test/Work") {
  static readonly layer = Layer.sync(Work, () => [])
}

const watchedKdf = Layer.effect(
  Kdf.Kdf,
  Effect.gen(function* () {
    const kdf = yield* Kdf.Kdf
    const work = yield* Work
    return Kdf.Kdf.of({
      ...kdf,
      derive: (algorithm, password, options) => {
        const { length, salt } = options as { readonly length: number; readonly salt?: Uint8Array }
        work.push(`hash ${JSON.stringify(algorithm)} salt ${salt?.length} key ${length}`)
        return kdf.derive(algorithm, password, options)
      }
    })
  })
).pipe(Layer.provide(NodeCrypto.layerKdf))

const watchedPasswords = Layer.effect(
  Passwords,
  Effect.gen(function* () {
    const { find } = yield* Passwords
    const work = yield* Work
    return Passwords.of({
      find: (organization, user) => {
        work.push("look")
        return find(organization, user)
      }
    })
  })
).pipe(Layer.provide(layerMemoryPasswords))

const adapters = Layer.mergeAll(
  layerMemoryDirectory(resourceTypes),
  layerMemoryUsers(resourceTypes),
  layerMemoryGroups,
  GroupTypes.layerMemory,
  layerMemoryPeopleLookup,
  DirectoryProbe.layerMemory,
  PasswordProbe.layerMemory,
  layerMemoryPasswordAttempts,
  watchedPasswords
)

const services = AccessCheck.layer.pipe(
  Layer.provide(PasswordCheck.layer),
  Layer.provideMerge(PasswordHasher.layer(2, cost)),
  Layer.provideMerge(Layer.provideMerge(useCases, adapters)),
  Layer.provide([MemoryStore.layer, watchedKdf, SecureRandom.layerWebCrypto, Digest.layerWebCrypto]),
  Layer.provideMerge(Work.layer)
)

const scene = Effect.gen(function* () {
  const tenant = yield* newTenant()
  const work = yield* Work
  const check = yield* AccessCheck
  const ask = (name: string, password: string, keyId = "k1") =>
    Effect.gen(function* () {
      work.length = 0
      const caller = { ...tenant.caller, actor: { ...tenant.caller.actor, keyId } }
      const answer = yield* check.checkPassword(caller, `${name}@halden.example`, Redacted.make(password))
      return { answer, work: [...work] }
    })
  const { hash } = yield* PasswordHasher
  const probe = yield* PasswordProbe
  const withPassword = Effect.fnUntraced(function* (name: string) {
    const { id } = yield* tenant.createUser(person(name))
    yield* probe.sync(tenant.organization.id, UserId.make(id), yield* hash(Redacted.make("right")))
    return id
  })
  return { ask, tenant, withPassword }
})

layer(services)("the check of a password (R-API-2)", (it) => {
  it.effect("does the same work for whoever is here, is not, is out, or has no password", () =>
    Effect.gen(function* () {
      const { ask, tenant, withPassword } = yield* scene
      yield* withPassword("ada")
      const bo = yield* withPassword("bo")
      yield* tenant.patchUser(bo, [{ op: "replace", path: "active", value: false }])
      yield* tenant.createUser(person("cy"))
      const wrong = yield* ask("ada", "wrong")
      assert.deepStrictEqual(wrong.answer, {
        allowed: false,
        refusal: "wrongPassword",
        startsOn: null,
        person: null
      })
      assert.lengthOf(wrong.work, 2)
      assert.match(wrong.work.join(), /^look,hash .*"memory":64,"passes":3,"parallelism":1\} salt 16 key 32$/)
      for (const name of ["bo", "cy", "zoe"]) assert.deepStrictEqual(yield* ask(name, "wrong"), wrong, name)
      const right = yield* ask("ada", "right")
      assert.isTrue(right.answer.allowed)
      assert.deepStrictEqual(right.work, wrong.work)
      // Too long to be anybody's: the same again.
      for (const name of ["ada", "zoe"]) assert.deepStrictEqual(yield* ask(name, "x".repeat(5_000)), wrong, name)
    })
  )

  it.effect("ends after ten attempts at one person without looking, whatever the key, until the window is over", () =>
    Effect.gen(function* () {
      const { ask, tenant, withPassword } = yield* scene
      yield* withPassword("ada")
      const work = yield* Work
      for (const name of ["ada", "zoe"]) {
        for (let i = 0; i < attemptLimits.person; i++) yield* ask(name, "wrong", `k${i % 3}`)
        const before = yield* tenant.read
        const refused = yield* Effect.flip(ask(name, "right"))
        assert.deepInclude(refused, { _tag: "TooManyAttempts", retryAfter: attemptWindow / 1_000 })
        assert.deepStrictEqual(work, [], "nothing is looked for, nothing is hashed")
        yield* Effect.flip(ask(name, "right", "another key"))
        // One entry for the first of them, and not a word of whom it was about.
        const { log } = yield* tenant.read
        assert.strictEqual(log.length, before.log.length + 1)
        assert.strictEqual(log.at(-1)?.entry.status, 429)
        assert.notInclude(JSON.stringify(log.at(-1)), "halden.example")
      }
      yield* TestClock.adjust(attemptWindow)
      assert.isTrue((yield* ask("ada", "right")).answer.allowed)
    })
  )

  it.effect("is ended for a key that was wrong thousands of times, not for others, and not by right ones", () =>
    Effect.gen(function* () {
      const { ask, tenant, withPassword } = yield* scene
      yield* withPassword("ada")
      const attempts = yield* PasswordAttempts
      const key = { kind: "key", id: "sprayer" } as const
      const now = yield* Clock.currentTimeMillis
      for (let i = 1; i < attemptLimits.key; i++) yield* attempts.take(tenant.organization.id, key, now)
      for (let i = 0; i < 3; i++) assert.isTrue((yield* ask("ada", "right", "sprayer")).answer.allowed)
      yield* ask("zoe", "wrong", "sprayer")
      const refused = yield* Effect.flip(ask("ada", "right", "sprayer"))
      assert.match(refused.message, /Too many wrong passwords came with this API key/)
      assert.isTrue((yield* ask("ada", "right", "k1")).answer.allowed)
    })
  )
})
