import { assert, describe, it } from "@effect/vitest"
import { masked } from "@rollcall/cli/commands/config/show"

describe("a secret in `rollcall config`", () => {
  it("shows of a URL everything but the password and the parameters", () => {
    assert.strictEqual(masked("postgresql://ada:hunter2@db:5432/rollcall"), "postgresql://ada:***@db:5432/rollcall")
    assert.strictEqual(masked("postgresql://db/rollcall?password=hunter2&user=ada"), "postgresql://db/rollcall?***")
    assert.strictEqual(masked("smtps://mail.example.com"), "smtps://mail.example.com")
  })
  it("shows nothing of what is no URL of a host", () => {
    for (const value of ["hunter2", "postgresql://ada:hun/ter2@db/rollcall", "mailto:hunter2", "ada:hunter2@db"]) {
      assert.notInclude(masked(value), "ter2")
      assert.notInclude(masked(value), "hun")
    }
  })
})
