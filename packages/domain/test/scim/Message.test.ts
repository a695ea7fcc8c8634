import { assert, describe, it } from "@effect/vitest"
import { bulkRequestUrn, readMember, readMessage, requireNamed } from "@rollcall/domain/scim/Message"
import { Result } from "effect"

describe("members of messages (R-SCIM-7)", () => {
  it("are found without regard to case, the last of several counts", () => {
    assert.strictEqual(readMember({ Operations: 1 }, "operations"), 1)
    assert.strictEqual(readMember({ operations: 1, OPERATIONS: 2 }, "Operations"), 2)
    assert.strictEqual(readMember({ OPERATIONS: 2, operations: 1 }, "Operations"), 1)
    assert.isUndefined(readMember({ operation: 1 }, "Operations"))
  })

  it("are own members only (ABUSE-29)", () => {
    assert.isUndefined(readMember({}, "constructor"))
    assert.isUndefined(readMember({}, "toString"))
    assert.isUndefined(readMember(JSON.parse(`{"__proto__":{"path":"x"}}`), "path"))
  })
})

describe("schemas of messages (R-SCIM-5)", () => {
  const named = (schemas: string | ReadonlyArray<string>) => readMessage({ schemas }, bulkRequestUrn)

  it("must name the message where there are any", () => {
    assert.isTrue(Result.isSuccess(named([bulkRequestUrn.toUpperCase(), "urn:x"])))
    assert.isTrue(Result.isSuccess(named(bulkRequestUrn)))
    for (const schemas of ["urn:x", ["urn:x"], [`${bulkRequestUrn}s`]]) {
      const result = named(schemas)
      assert.isTrue(Result.isFailure(result) && result.failure.scimType === "invalidSyntax")
    }
  })

  it("that are missing are the caller's to judge", () => {
    const message = Result.getOrThrow(readMessage({ Operations: [] }, bulkRequestUrn))
    assert.isFalse(message.named)
    assert.isTrue(Result.isFailure(requireNamed(message, bulkRequestUrn)))
    const whole = Result.getOrThrow(named([bulkRequestUrn]))
    assert.isTrue(Result.isSuccess(requireNamed(whole, bulkRequestUrn)))
  })
})
