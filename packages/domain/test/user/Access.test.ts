import { assert, describe, it } from "@effect/vitest"
import { accessOf, passwordAnswer, signInWay } from "@rollcall/domain/user/Access"
import { noManager } from "@rollcall/domain/user/ManagerLink"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"

const user = (more: Partial<User> = {}): User => ({
  id: UserId.make("5b0f6f39-6c1e-4a51-8f55-0d7f3a8f2c11"),
  number: 7,
  attributes: { userName: "ada@halden.example", active: true },
  sources: {},
  standing: { startedAt: 1, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined,
  ...more
})
const waiting = { startedAt: undefined, startsOn: "2027-03-10", endsOn: undefined }
const inactive = { userName: "ada@halden.example", active: false }
const person = { id: user().id, number: 7 }

describe("who may sign in (R-API-2)", () => {
  const table = [
    ["started", user(), null, null, person],
    ["without active", user({ attributes: { userName: "x" } }), null, null, person],
    ["scheduled", user({ standing: waiting }), "notStarted", "2027-03-10", person],
    ["waiting for the clock", user({ standing: { ...waiting, startsOn: undefined } }), "notStarted", null, person],
    ["deactivated", user({ attributes: inactive }), "deactivated", null, person],
    ["deactivated before the start", user({ attributes: inactive, standing: waiting }), "deactivated", null, person],
    ["deleted", user({ deletedAt: 5 }), "unknown", null, null],
    ["nobody", undefined, "unknown", null, null]
  ] as const
  for (const [name, who, refusal, startsOn, shown] of table) {
    it(name, () => {
      const access = accessOf(who)
      assert.deepStrictEqual(access, { allowed: refusal === null, refusal, startsOn, person: shown })
      const wrong = { allowed: false, refusal: "wrongPassword", startsOn: null, person: null } as const
      // Whoever does not know the password learns nothing of the person.
      assert.deepStrictEqual(passwordAnswer(who, false), wrong)
      assert.deepStrictEqual(passwordAnswer(who, true), refusal === "unknown" ? wrong : { ...access, refusal })
    })
  }

  it("by single sign-on where that is on, else with a password", () => {
    const url = "https://sso.halden.example"
    assert.deepStrictEqual(signInWay({ singleSignOn: { enabled: true, signInUrl: url } }), { by: "sso", url })
    const off = signInWay({ singleSignOn: { enabled: false, signInUrl: url } })
    assert.deepStrictEqual(off, { by: "password", url: null })
  })
})
