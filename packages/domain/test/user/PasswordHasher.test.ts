import { NodeCrypto } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { formatPasswordHash, PasswordHash, parsePasswordHash, passwordCost } from "@rollcall/domain/user/PasswordHash"
import { longestPassword, PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { Deferred, Effect, Fiber, Layer, Redacted } from "effect"
import { Kdf, SecureRandom } from "effect/crypto"

const secret = (text: string) => Redacted.make(text)

layer(Layer.provide(PasswordHasher.layer(), [NodeCrypto.layerKdf, SecureRandom.layerWebCrypto]))(
  "hashes of passwords (R-MAIL-2)",
  (it) => {
    it.effect("are argon2id with 19 MiB, 2 passes and 1 lane as a PHC string, with a salt of their own", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const first = yield* hasher.hash(secret("correct horse"))
        const second = yield* hasher.hash(secret("correct horse"))
        assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
        assert.notStrictEqual(first, second)
        assert.isTrue(yield* hasher.verify(secret("correct horse"), first))
        assert.isTrue(yield* hasher.verify(secret("correct horse"), second))
        assert.isFalse(yield* hasher.verify(secret("correct horsf"), first))
        assert.isFalse(yield* hasher.verify(secret(""), first))
      })
    )
    it.effect("are verified at the cost they name, not at that of new ones", () =>
      Effect.gen(function* () {
        const cheap = PasswordHasher.layer(1, { memory: 16, passes: 1, parallelism: 2 })
        const services = Layer.mergeAll(NodeCrypto.layerKdf, SecureRandom.layerWebCrypto)
        const old = yield* Effect.provide(
          Effect.flatMap(PasswordHasher, (hasher) => hasher.hash(secret("of another day"))),
          Layer.fresh(Layer.provide(cheap, services))
        )
        assert.match(old, /^\$argon2id\$v=19\$m=16,t=1,p=2\$/)
        const hasher = yield* PasswordHasher
        assert.isTrue(yield* hasher.verify(secret("of another day"), old))
        assert.isFalse(yield* hasher.verify(secret("of another year"), old))
      })
    )
    it.effect("are the same for the composed and the decomposed form of the characters", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const hash = yield* hasher.hash(secret("J\u00f3\u017asef \u5bc6\u7801"))
        assert.isTrue(yield* hasher.verify(secret("Jo\u0301z\u0301sef \u5bc6\u7801"), hash))
      })
    )
    it.effect("are nobody's where there is none, where it cannot be read, and for what is too long", () =>
      Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        assert.isFalse(yield* hasher.verify(secret("anything"), undefined))
        const unreadable = PasswordHash.make("not a hash", { disableChecks: true })
        assert.isFalse(yield* hasher.verify(secret("anything"), unreadable))
        const longest = "x".repeat(longestPassword)
        const hash = yield* hasher.hash(secret(longest))
        assert.isTrue(yield* hasher.verify(secret(longest), hash))
        assert.isFalse(yield* hasher.verify(secret(`${longest}x`), hash))
        assert.isFalse(yield* hasher.verify(secret(`${longest}x`), yield* hasher.hash(secret(""))))
        assert.strictEqual((yield* Effect.exit(hasher.hash(secret(`${longest}x`))))._tag, "Failure")
      })
    )
  }
)

/** What a verification asks of the key derivation, which is all that it costs. */
const recorded = (asked: Array<string>) =>
  Layer.succeed(Kdf.Kdf, {
    derive: (algorithm, bytes, { length, salt }) =>
      Effect.sync(() => {
        asked.push(`${JSON.stringify(algorithm)} ${bytes.length} ${salt.length} ${length}`)
        return new Uint8Array(length)
      })
  })

describe("verifying a password", () => {
  it.effect("costs the same whether or not there is a hash, so that the time tells nobody who is known", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const zeros = SecureRandom.make((size) => new Uint8Array(size))
      const services = Layer.mergeAll(recorded(asked), Layer.succeed(SecureRandom.SecureRandom, zeros))
      const verify = (hash: PasswordHash | undefined) =>
        Effect.provide(
          Effect.flatMap(PasswordHasher, (hasher) => hasher.verify(secret("guess"), hash)),
          Layer.fresh(Layer.provide(PasswordHasher.layer(), services))
        )
      const zero = new Uint8Array(32)
      const hash = formatPasswordHash({ cost: passwordCost, salt: new Uint8Array(16), key: zero })
      assert.isTrue(yield* verify(hash))
      assert.isFalse(yield* verify(undefined), "not even where what is derived is what nobody's hash holds")
      assert.strictEqual(asked.length, 2)
      assert.strictEqual(asked[0], asked[1])
    })
  )

  it.effect("runs no more hashes at once than it may, however many are asked for and given up", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const gate = yield* Deferred.make<void>()
      const busy = yield* Deferred.make<void>()
      const slow = Layer.succeed(Kdf.Kdf, {
        derive: (_algorithm, _bytes, { length }) =>
          Effect.gen(function* () {
            most = Math.max(most, ++running)
            if (running === 2) yield* Deferred.succeed(busy, undefined)
            yield* Deferred.await(gate)
            running--
            return new Uint8Array(length)
          }).pipe(Effect.uninterruptible)
      })
      yield* Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const fibers = yield* Effect.forEach(Array.from({ length: 50 }), () =>
          Effect.forkChild(hasher.hash(secret("one of many")))
        )
        yield* Deferred.await(busy)
        const [first, ...rest] = fibers
        // A client that goes away does not make room before its hash is done.
        if (first !== undefined) yield* Effect.forkChild(Fiber.interrupt(first))
        yield* Effect.yieldNow
        assert.strictEqual(running, 2)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.awaitAll(rest)
      }).pipe(Effect.provide(Layer.provide(PasswordHasher.layer(2), [slow, SecureRandom.layerWebCrypto])))
      assert.strictEqual(most, 2)
    })
  )
})

describe("a PHC string", () => {
  it("is read as it was written, and nothing else is one", () => {
    const parts = {
      cost: passwordCost,
      salt: Uint8Array.from({ length: 16 }, (_, i) => i * 16 + 15),
      key: Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
    }
    const text = formatPasswordHash(parts)
    assert.deepStrictEqual(parsePasswordHash(text), parts)
    for (const wrong of [
      "",
      "withheld",
      "$argon2id$",
      text.replace("argon2id", "argon2i"),
      text.replace("v=19", "v=16"),
      text.replace("t=2", "t=0"),
      text.replace("p=1", "p=0"),
      text.replace("m=19456", "m=1"),
      text.replace("m=19456", "m=99999999"),
      `${text}=`,
      `${text}\n`,
      ` ${text}`,
      text.slice(0, text.lastIndexOf("$"))
    ]) {
      assert.isUndefined(parsePasswordHash(wrong), wrong)
    }
  })
})
