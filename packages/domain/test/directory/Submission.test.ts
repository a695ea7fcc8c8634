import { assert, describe, it } from "@effect/vitest"
import type { Answer } from "@rollcall/domain/directory/Answer"
import type { Caller } from "@rollcall/domain/directory/Caller"
import type { Request } from "@rollcall/domain/directory/Command"
import { type Directory, DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { refuse, submit } from "@rollcall/domain/directory/Submission"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { badRequest } from "@rollcall/domain/scim/ScimError"
import { Effect } from "effect"

const caller: Caller = {
  organization: {
    id: OrganizationId.make("5a1f0c7e-0b7d-4f0e-8a55-0c0de0000001"),
    subdomain: Subdomain.make("halden"),
    name: "Halden Robotics",
    timeZone: "UTC",
    singleSignOn: { enabled: false, signInUrl: null },
    scimEnabled: true,
    csvAllowed: false,
    settings: presets.product,
    customAttributes: [],
    reviewWindows: []
  },
  baseUrl: "https://halden.example/scim/v2",
  actor: { keyId: "k1", keyLabel: "IdP", client: "test" },
  requestId: "r1",
  line: "POST /Groups",
  size: 4_000,
  receivedAt: 7
}

const error = badRequest("invalidSyntax", "Not so.")
const refused = (detail: string): Answer => ({ _tag: "Refused", error: badRequest("invalidSyntax", detail) })

/** A directory that answers as told, and the requests that it got. */
const directoryOf = (answer: ReturnType<Directory["Service"]["submit"]>) => {
  const requests: Array<Request> = []
  const directory: Directory["Service"] = {
    submit: (organization, request) => {
      assert.strictEqual(organization, caller.organization.id)
      requests.push(request)
      return answer
    },
    submitTogether: () => Effect.die(new Error("These requests come one by one"))
  }
  return { directory, requests }
}

describe("a submission", () => {
  it.effect("is the command in the name of the caller; a refusal of the directory is its error", () =>
    Effect.gen(function* () {
      const { directory, requests } = directoryOf(Effect.succeed(refused("Not so. [case K7Q2M9]")))
      const failure = yield* Effect.flip(submit(directory, caller, { _tag: "Refuse", error }))
      assert.strictEqual(failure.message, "Not so. [case K7Q2M9]")
      const { actor, line, receivedAt, requestId, size } = caller
      assert.deepStrictEqual(requests, [
        { command: { _tag: "Refuse", error }, actor, line, receivedAt, requestId, size }
      ])
    })
  )
})

describe("R-LOG-1: a refusal before there is a command", () => {
  it.effect("is answered with the case code of its entry, and takes no room of bodies in the queue", () =>
    Effect.gen(function* () {
      const { directory, requests } = directoryOf(Effect.succeed(refused("Not so. [case K7Q2M9]")))
      assert.strictEqual((yield* Effect.flip(refuse(directory, caller, error))).detail, "Not so. [case K7Q2M9]")
      assert.deepStrictEqual(
        requests.map(({ size }) => size),
        [0]
      )
    })
  )

  const troubles = [new StoreUnavailable({ operation: "write" }), new DirectoryBusy({ retryAfter: 2 })]
  for (const trouble of troubles) {
    it.effect(`stands without a code where the log cannot be written just now (${trouble._tag})`, () =>
      Effect.gen(function* () {
        const { directory } = directoryOf(Effect.fail(trouble))
        assert.strictEqual(yield* Effect.flip(refuse(directory, caller, error)), error)
      })
    )
  }
})
