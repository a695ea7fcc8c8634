import { assert, describe, it } from "@effect/vitest"
import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { GroupId } from "@rollcall/domain/group/Group"
import { afterAttempt, backOff, hopeless, patience, tellable } from "@rollcall/domain/mail/MailAttempt"
import { oneLine } from "@rollcall/domain/mail/MailText"
import { mailPosition, readMailPosition } from "@rollcall/domain/mail/Outbox"
import { claimed, newMail, type OutboxMail, owedBy, released, resent } from "@rollcall/domain/mail/OutboxMail"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Schema } from "effect"

const user = UserId.make("0b4c2d6e-1f7a-4c3b-9d2e-5a6b7c8d9e0f")
const owed = { key: `start:${user}`, user, occasion: "welcome" } as const
const mail = newMail(owed, 1_000, "halden.example")
const recipient = "ines@halden.example"
const failed = { _tag: "Failed", recipient, error: "451 4.3.0 later" } as const

/** The e-mail after its attempts from now on have failed, each made as soon as it is due. */
const failing = (from: OutboxMail, attempts: number): OutboxMail => {
  let current = from
  for (let i = 0; i < attempts && current.dueAt !== undefined; i++) {
    const now = current.dueAt
    current = afterAttempt(claimed(current, now, now + 1), failed, now, 0.5)
  }
  return current
}

describe("what an event makes owed (R-MAIL-1, R-MAIL-3)", () => {
  it("is what the event says, and nothing where it says nothing", () => {
    const of = (event: DomainEvent) => owedBy(event, 7)
    assert.isUndefined(of({ type: "user.started", user, version: 1 }))
    assert.isUndefined(of({ type: "group.created", group: GroupId.make("1"), version: 1 }))
    const started = { type: "user.started", user, version: 1 } as const
    assert.deepStrictEqual(of({ ...started, mail: "welcome" }), owed)
    assert.deepStrictEqual(of({ ...started, mail: "startDay" }), { ...owed, occasion: "startDay" })
    assert.deepStrictEqual(of({ type: "user.reactivated", user, version: 2, mail: "welcomeBack" }), {
      key: `welcomeBack:${user}:7`,
      user,
      occasion: "welcomeBack"
    })
    assert.deepStrictEqual(
      of({ type: "user.passwordChanged", user, version: 2, mail: "passwordReset" })?.key,
      `passwordReset:${user}:7`
    )
  })
})

describe("the states of an e-mail", () => {
  it("an attempt ends in the state that its outcome says, and only what failed is due again", () => {
    const taken = claimed(mail, 5_000, 9_000)
    const after = (attempt: Parameters<typeof afterAttempt>[1]) => {
      const { dueAt, endedAt, error, recipient: to, state } = afterAttempt(taken, attempt, 6_000, 0.5)
      return { state, dueAt, endedAt, error, to }
    }
    const ended = { dueAt: undefined, endedAt: 6_000, to: recipient }
    assert.deepStrictEqual(after({ _tag: "Sent", recipient }), { ...ended, state: "sent", error: undefined })
    assert.deepStrictEqual(after({ _tag: "Kept", recipient }), { ...ended, state: "kept", error: undefined })
    assert.deepStrictEqual(after({ _tag: "Refused", recipient, error: "550 who?" }), {
      ...ended,
      state: "givenUp",
      error: "550 who?"
    })
    assert.deepStrictEqual(after({ _tag: "Withdrawn", reason: "gone" }), {
      ...ended,
      to: undefined,
      state: "withdrawn",
      error: "gone"
    })
    assert.deepStrictEqual(after(failed), {
      state: "failed",
      dueAt: 36_000,
      endedAt: undefined,
      error: failed.error,
      to: recipient
    })
  })

  it("failures are tried for a day, ever more rarely, then it is given up; its Message-ID stays (ABUSE-36)", () => {
    const pauses: Array<number> = []
    let current = mail
    while (current.dueAt !== undefined) {
      const due = current.dueAt
      current = failing(current, 1)
      assert.strictEqual(current.messageId, mail.messageId)
      if (current.dueAt !== undefined) pauses.push((current.dueAt - due) / 1_000)
    }
    assert.strictEqual(current.state, "givenUp")
    assert.strictEqual(current.error, failed.error)
    assert.deepStrictEqual(pauses.slice(0, 9), [30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    assert.isAtLeast((current.endedAt ?? 0) - (mail.owedAt ?? 0), patience)
    assert.isBelow((current.endedAt ?? 0) - (mail.owedAt ?? 0), patience + 3_600_000)
  })

  it("the day begins with the first attempt: one that waited while no server ran is still tried", () => {
    const late = claimed(mail, 10 * patience, 10 * patience + 1)
    assert.strictEqual(afterAttempt(late, failed, 10 * patience, 0.5).state, "failed")
  })

  it("an admin's resending begins anew", () => {
    const lost = failing(mail, 1_000)
    assert.strictEqual(lost.state, "givenUp")
    const again = resent(lost, patience * 3)
    assert.deepStrictEqual(again, { ...mail, recipient, lastAttemptAt: lost.lastAttemptAt, dueAt: patience * 3 })
    assert.strictEqual(failing(again, 1).state, "failed")
  })

  it("a claim given back was no attempt", () => {
    const once = failing(mail, 1)
    assert.strictEqual(released(claimed(once, 50_000, 60_000), 51_000).attempts, 1)
    assert.strictEqual(released(claimed(once, 50_000, 60_000), 51_000).firstAttemptAt, 1_000)
    assert.isUndefined(released(claimed(mail, 50_000, 60_000), 51_000).firstAttemptAt)
  })

  it("whose workers never live to tell is not tried for ever", () => {
    let current = mail
    let attempts = 0
    while (hopeless(current) === undefined && attempts < 1_000) {
      current = claimed(current, attempts, attempts + 1)
      attempts++
    }
    assert.strictEqual(attempts, 61)
    assert.isUndefined(hopeless(claimed(failing(mail, 1_000), 0, 1)), "a day of failures has fewer attempts")
  })

  it.effect.prop(
    "pauses lie within a fifth of half a minute, doubled with each attempt, up to an hour",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })),
      Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999 }))
    ],
    ([attempts, chance]) =>
      Effect.sync(() => {
        const middle = Math.min(3_600_000, 30_000 * 2 ** (attempts - 1))
        const pause = backOff(attempts, chance)
        assert.isAtLeast(pause, Math.floor(middle * 0.8))
        assert.isAtMost(pause, Math.ceil(middle * 1.2))
        assert.isAtLeast(backOff(attempts, 0.999), pause)
      })
  )
})

describe("texts from the outside", () => {
  it("what a mail server says is stored as one line without control characters, cut (ABUSE-35)", () => {
    assert.strictEqual(tellable("550 5.1.1\r\n550 \u001b[31mno\u0000\u2028"), "550 5.1.1  550  [31mno")
    const long = tellable(`550 ${"é".repeat(10_000)}`)
    assert.strictEqual(long.length, 501)
    assert.isTrue(tellable("\ud800x").isWellFormed())
  })

  it("a line has no line breaks, control or bidirectional characters, and single blanks (ABUSE-35)", () => {
    assert.strictEqual(oneLine(" Åse\r\nBcc: x@y.example\t& \u202eSøn\u200b\u0000 "), "Åse Bcc: x@y.example & Søn")
    assert.strictEqual(oneLine("\r\n\t "), "")
    assert.strictEqual(oneLine("a\u00a0\u2028b👩‍🚀"), "a b👩 🚀")
    assert.isTrue(oneLine("x\ud800y").isWellFormed())
  })
})

describe("the position after an e-mail in a list", () => {
  it("is read as it was written; what was not written so is none", () => {
    assert.deepStrictEqual(readMailPosition(mailPosition(mail)), { owedAt: 1_000, key: mail.key })
    for (const text of ["", ".", "x.y", "1e400.k", "-4.k", "1000.", "1000.start:\u0000", "12345678901234567890.k"]) {
      assert.isUndefined(readMailPosition(text), text)
    }
  })
})
