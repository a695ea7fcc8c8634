import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { DomainEvent } from "@rollcall/domain/events/DomainEvent"
import { GroupId } from "@rollcall/domain/group/Group"
import { defaultGroupType } from "@rollcall/domain/group/GroupType"
import { eventSentence } from "@rollcall/domain/log/EventSentence"
import { clockActor, type LogEntry } from "@rollcall/domain/log/LogEntry"
import { dayText, momentIn } from "@rollcall/domain/log/Moment"
import { quoted, shownValue } from "@rollcall/domain/log/ShownValue"
import { paragraph, type Reader, tellEntry, tellStory } from "@rollcall/domain/log/Story"
import { habitMeanings, mailNames, managerReasons, meanings, remedyOf } from "@rollcall/domain/log/StoryTexts"
import { UserId } from "@rollcall/domain/user/UserId"

const reader: Reader = {
  timeZone: "Europe/Copenhagen",
  nameOf: (id) => (id === "id-mateo" ? "Mateo Ruiz" : undefined)
}

const at = Date.UTC(2027, 2, 3, 8, 14)

const entry = (more: Partial<LogEntry>): LogEntry => ({
  at,
  requestId: "r1",
  actor: { keyId: "k1", keyLabel: "Okta production", client: "Okta SCIM Client 1.0.0" },
  request: "POST /Users",
  outcome: "created",
  status: 201,
  subject: { type: "User", id: "id-ada", name: "ada@halden.example" },
  changes: [],
  notes: [],
  error: undefined,
  duration: 4,
  ...more
})

const told = (more: Partial<LogEntry>) => paragraph(tellEntry({ sequence: 3, entry: entry(more) }, reader))

const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"

describe("R-LOG-4: the story of a person", () => {
  it("tells of a create when, by whom, what came, whom the manager matched, and the mail that follows", () => {
    const text = told({
      changes: [
        { attribute: "userName", before: undefined, after: "ada@halden.example" },
        { attribute: "name.givenName", before: undefined, after: "Ada" },
        { attribute: "emails", before: undefined, after: [{ value: "ada@halden.example", type: "work" }] },
        { attribute: "directory manager", before: undefined, after: "id-mateo" }
      ],
      matched: [{ attribute: manager, reference: "E77", rule: "employeeNumber", user: "id-mateo", alsoBy: undefined }],
      mails: ["welcome"]
    })
    assert.strictEqual(
      text,
      'On 3 March 2027 at 09:14 (Europe/Copenhagen) Okta SCIM Client 1.0.0, with the key "Okta production", created the ' +
        'person ada@halden.example. It came with userName "ada@halden.example", name.givenName "Ada", emails ' +
        '"ada@halden.example" (work). The manager in the directory was nobody before and is Mateo Ruiz now. The manager ' +
        '"E77" matched Mateo Ruiz by employee number. The welcome e-mail follows from this. [case 5NJ4T6]'
    )
    const guide = readFileSync(new URL("../../../../docs/log.md", import.meta.url), "utf8")
    assert.include(guide, `> ${text}\n`, "the guide for support shows this very story")
  })

  it("tells of a change what was before and what is after, and of active what it means", () => {
    const text = told({
      request: "PATCH /Users/id-ada",
      outcome: "updated",
      status: 200,
      changes: [
        { attribute: "title", before: "Engineer", after: "Lead" },
        { attribute: "nickName", before: "A", after: undefined },
        { attribute: "urn:x:2.0:User:custom_level", before: undefined, after: 3 },
        { attribute: "active", before: true, after: false }
      ]
    })
    assert.include(text, 'title was changed from "Engineer" to "Lead".')
    assert.include(text, 'nickName was removed; it was "A".')
    assert.include(text, "custom_level was set to 3.")
    assert.include(text, "The person was deactivated: no sign-in and no notifications from then on.")
    assert.include(
      told({ outcome: "updated", changes: [{ attribute: "active", before: false, after: true }] }),
      "The person was let in again."
    )
  })

  it("tells of a refusal the answer, that nothing changed, and what helps", () => {
    const text = told({
      outcome: "refused",
      status: 409,
      error: { scimType: "uniqueness", detail: "Email address already in use by id-bo" }
    })
    assert.match(text, /was refused: POST \/Users, about the person ada@halden.example\./)
    assert.include(
      text,
      "The answer was 409 uniqueness: Email address already in use by id-bo. Nothing was changed. Import"
    )
    const lost = told({
      outcome: "refused",
      status: 404,
      subject: undefined,
      error: { scimType: undefined, detail: "No." }
    })
    assert.include(lost, "The answer was 404: No. Nothing was changed. The identity provider remembers somebody")
  })

  it("tells of a manager who matched nobody, and of a reference that two rules know", () => {
    const matched = { attribute: manager, reference: "7", user: undefined, rule: undefined, alsoBy: undefined }
    assert.include(told({ matched: [matched] }), 'The manager "7" matched nobody.')
    assert.include(
      told({ matched: [{ ...matched, rule: "userId", user: "id-mateo", alsoBy: "employeeNumber" }] }),
      'The manager "7" matched Mateo Ruiz by User ID; as employee number it would have been somebody else.'
    )
  })

  it("tells what was tolerated, ignored and held, and why", () => {
    const text = told({
      notes: [
        { kind: "tolerated", habit: "string-boolean", attribute: "active", text: '"active" is a boolean' },
        { kind: "ignored", habit: "unknown-attribute", attribute: "shoe", text: 'No schema has "shoe".' },
        { kind: "told", habit: "rule", attribute: manager, text: "A review window is open." }
      ]
    })
    assert.include(text, `Understood: "active" is a boolean. ${habitMeanings["string-boolean"]}`)
    assert.include(text, `Ignored: No schema has "shoe". ${habitMeanings["unknown-attribute"]}`)
    assert.include(text, " A review window is open. [case")
  })

  it("tells what the clock did, and what followed from something else", () => {
    const clock = told({ actor: clockActor, outcome: "updated", mails: ["startDay"] })
    assert.match(clock, /Rollcall, as time has come, changed the person/)
    const follows = told({ outcome: "updated", cause: "K7Q2M9" })
    assert.match(
      follows,
      /the person ada@halden.example was changed by what happened to somebody else\..*the case K7Q2M9/
    )
  })

  it("tells of groups who came and went, by name where it is known", () => {
    const text = told({
      outcome: "overwritten",
      subject: { type: "Group", id: "g1", name: "Ops" },
      changes: [
        { attribute: "members added", before: undefined, after: ["id-mateo", "id-x"] },
        { attribute: "members removed", before: Array.from({ length: 30 }, (_, i) => `id-${i}`), after: undefined }
      ]
    })
    assert.include(text, "overwrote the members of the group Ops.")
    assert.include(text, "Members added: Mateo Ruiz, id-x.")
    assert.include(text, "id-19 and 10 more.")
  })

  it("has one entry after the other, each with what opens it", () => {
    const story = tellStory(
      [1, 2].map((sequence) => ({ sequence, entry: entry({ at: at + sequence }) })),
      reader
    )
    assert.deepStrictEqual(
      story.map(({ at: when, caseCode, outcome }) => [when, caseCode, outcome]),
      [
        [at + 1, "0CTAH4", "created"],
        [at + 2, "K167NN", "created"]
      ]
    )
  })

  it("ABUSE-35: has no line breaks, control characters or hidden marks, whatever names and values hold", () => {
    const evil = "a\r\nb\u0000c\u202Ed\u200B\u2028<img onerror=x>"
    const text = told({
      actor: { keyId: "k", keyLabel: evil, client: evil },
      subject: { type: "User", id: "i", name: evil },
      outcome: "updated",
      changes: [{ attribute: `urn:x:${evil}`, before: { a: evil }, after: [evil, { value: evil, type: evil }] }],
      notes: [{ kind: "ignored", habit: "rule", attribute: evil, text: evil }],
      matched: [{ attribute: manager, reference: evil, rule: undefined, user: undefined, alsoBy: undefined }],
      error: { scimType: "invalidValue", detail: evil }
    })
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0
      assert.isTrue(code >= 0x20 && ![0x7f, 0x202e, 0x200b, 0x2028].includes(code), `U+${code.toString(16)}`)
    }
  })

  it("R-LOG-1: shows no secret, even where an entry held one", () => {
    const text = told({
      outcome: "updated",
      changes: [
        { attribute: "password", before: "hunter1", after: "hunter2" },
        { attribute: "urn:x:passwordProfile.password", before: undefined, after: "hunter3" },
        { attribute: "profile", before: undefined, after: { apiToken: "hunter4", shoe: "42" } }
      ]
    })
    assert.notMatch(text, /hunter/)
    assert.include(text, 'profile was set to shoe "42".')
  })
})

describe("R-LOG-4: the texts", () => {
  it("explain every habit that a note can tell of, every reason, mail and outcome", () => {
    const source = readFileSync(new URL("../../src/dialect/Note.ts", import.meta.url), "utf8")
    const habits = [...source.slice(source.indexOf("export type Habit")).matchAll(/"([a-z-]+)"/g)].map(
      ([, name]) => name
    )
    assert.isAbove(habits.length, 20)
    assert.deepStrictEqual([...habits, "rule"].toSorted(), Object.keys(habitMeanings).toSorted())
    const texts = [
      ...Object.values(habitMeanings),
      ...Object.values(managerReasons),
      ...Object.values(meanings).filter((text) => text !== undefined),
      ...[400, 403, 404, 409, 412, 413, 415, 429, 501, 503].map((status) => remedyOf(status, undefined)),
      remedyOf(409, "uniqueness")
    ]
    for (const text of texts) assert.match(text, /^.{19,}\.$/)
    assert.deepStrictEqual(Object.keys(mailNames).toSorted(), ["passwordReset", "startDay", "welcome", "welcomeBack"])
  })

  it("have a sentence for every event", () => {
    const ada = { user: UserId.make("id-ada"), version: 2 }
    const group = { group: GroupId.make("g1"), version: 2 }
    const mateo = UserId.make("id-mateo")
    const events: ReadonlyArray<DomainEvent> = [
      { ...ada, type: "user.created", revived: false, mail: "welcome" },
      { ...ada, type: "user.created", revived: true },
      { ...ada, type: "user.updated", attributes: ["title", manager] },
      { ...ada, type: "user.started", mail: "startDay" },
      { ...ada, type: "user.scheduled", on: "2027-03-05" },
      { ...ada, type: "user.deactivated" },
      { ...ada, type: "user.reactivated", mail: "welcomeBack" },
      { ...ada, type: "user.deleted" },
      { ...ada, type: "user.managerChanged", manager: mateo },
      { ...ada, type: "user.managerChanged", manager: undefined },
      { ...ada, type: "user.passwordChanged", mail: "passwordReset" },
      { ...group, type: "group.created" },
      { ...group, type: "group.updated", attributes: ["displayName"] },
      { ...group, type: "group.deleted" },
      { ...group, type: "group.moved", groupType: defaultGroupType.id },
      { ...group, type: "group.adminsChanged", added: [], removed: [mateo] },
      { type: "groupTypes.changed", types: [defaultGroupType] },
      { ...group, type: "group.membershipChanged", added: [mateo], removed: [] }
    ]
    const source = readFileSync(new URL("../../src/events/DomainEvent.ts", import.meta.url), "utf8")
    assert.deepStrictEqual(
      [...new Set(events.map(({ type }) => type))].toSorted(),
      [...new Set([...source.matchAll(/type: "([A-Za-z.]+)"/g)].map(([, type]) => type))].toSorted()
    )
    const sentences = events.map((event) => eventSentence(event, reader))
    for (const sentence of sentences) assert.match(sentence, /^[A-Zi].{15,}\.$/)
    assert.strictEqual(new Set(sentences).size, events.length)
    assert.include(sentences[0] ?? "", "; the welcome e-mail follows.")
    assert.include(sentences[2] ?? "", "title, manager")
    assert.include(sentences[4] ?? "", "starts on 5 March 2027")
    assert.include(sentences.at(-1) ?? "", "added: Mateo Ruiz.")
  })

  it("tell time in the organisation's zone, across the date line and summer time", () => {
    assert.strictEqual(momentIn("UTC", at), "3 March 2027 at 08:14 (UTC)")
    assert.strictEqual(
      momentIn("Pacific/Kiritimati", Date.UTC(2027, 11, 31, 10)),
      "1 January 2028 at 00:00 (Pacific/Kiritimati)"
    )
    assert.strictEqual(
      momentIn("Europe/Copenhagen", Date.UTC(2027, 2, 28, 1)),
      "28 March 2027 at 03:00 (Europe/Copenhagen)"
    )
    assert.strictEqual(momentIn("Nowhere/Land", at), "3 March 2027 at 08:14 (UTC)")
    assert.strictEqual(dayText("2028-02-29"), "29 February 2028")
    assert.strictEqual(dayText("soon"), "soon")
  })

  it("show values as short as they can be", () => {
    assert.strictEqual(shownValue(null), "nothing")
    assert.strictEqual(shownValue([1, 2, 3, 4, 5, 6, 7]), "1, 2, 3, 4, 5 and 2 more")
    assert.strictEqual(shownValue({ formatted: "A", inner: { deep: 1 } }), 'formatted "A"')
    assert.strictEqual(shownValue({ inner: {} }), "something complex")
    assert.strictEqual(quoted("x".repeat(200)), `"${"x".repeat(120)}…"`)
    assert.strictEqual(quoted("😀".repeat(200)), `"${"😀".repeat(120)}…"`)
    assert.strictEqual(quoted("y".repeat(120)), `"${"y".repeat(120)}"`)
  })
})
