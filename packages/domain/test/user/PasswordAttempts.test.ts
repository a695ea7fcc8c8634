import { assert, it, layer } from "@effect/vitest"
import { layerMemoryPasswordAttempts } from "@rollcall/domain/user/MemoryPasswordAttempts"
import { attemptLimits, attemptWindow, judgeAttempts } from "@rollcall/domain/user/PasswordAttempts"
import { passwordAttemptsContract } from "../contract/PasswordAttemptsContract.ts"

layer(layerMemoryPasswordAttempts)("counting attempts at passwords (memory)", passwordAttemptsContract)

it("R-API-2: attempts up to the limit are looked at; from then on it is said when the window ends", () => {
  const since = 1_900_000_000_000
  for (const kind of ["person", "key"] as const) {
    const limit = attemptLimits[kind]
    const judge = (attempts: number, after: number) => judgeAttempts(kind, { attempts, since }, since + after)
    assert.isUndefined(judge(1, 0))
    assert.isUndefined(judge(limit, 0))
    assert.deepStrictEqual(judge(limit + 1, 0), { retryAfter: attemptWindow / 1_000, isFirst: true })
    assert.deepStrictEqual(judge(limit + 2, attemptWindow - 1_500), { retryAfter: 2, isFirst: false })
    // Another server's clock is behind, or ahead.
    assert.strictEqual(judge(limit + 2, -60_000)?.retryAfter, attemptWindow / 1_000)
    assert.strictEqual(judge(limit + 2, attemptWindow + 60_000)?.retryAfter, 1)
  }
})
