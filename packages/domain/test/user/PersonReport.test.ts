import { assert, describe, it } from "@effect/vitest"
import { presets, type Settings } from "@rollcall/domain/organization/Settings"
import { defaultExtensionUserUrn as extension } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { noManager, type PendingReason } from "@rollcall/domain/user/ManagerLink"
import { explainPerson, type ReportContext } from "@rollcall/domain/user/PersonReport"
import type { User } from "@rollcall/domain/user/User"
import { UserId } from "@rollcall/domain/user/UserId"

const started = Date.UTC(2027, 2, 1, 8)

const person = (more: Partial<User> = {}): User => ({
  id: UserId.make("id-ada"),
  number: 7,
  attributes: { userName: "ada@halden.example", active: true, title: "Lead", name: { givenName: "Ada" } },
  sources: { title: "csv" },
  standing: { startedAt: started, startsOn: undefined, endsOn: undefined },
  manager: noManager,
  origin: "scim",
  version: 1,
  createdAt: 0,
  lastModifiedAt: 0,
  deletedAt: undefined,
  ...more
})

const context = (settings: Partial<Settings> = {}): ReportContext => ({
  extensionUrn: extension,
  settings: { ...presets.product, ...settings },
  timeZone: "Europe/Copenhagen",
  nameOf: (id) => (id === "id-mateo" ? "Mateo Ruiz" : undefined),
  lastCall: undefined
})

const standing = (user: User, settings?: Partial<Settings>) => {
  const report = explainPerson(user, context(settings))
  return `${report.state}: ${report.standing.join(" ")}`
}

const inactive = { userName: "ada@halden.example", active: false }
const never = { startedAt: undefined, startsOn: undefined, endsOn: undefined }

describe("R-LOG-4: where a person stands", () => {
  it("says for each state what it means", () => {
    assert.strictEqual(
      standing(person()),
      "started: ada@halden.example is active and may sign in, first on 1 March 2027 at 09:00 (Europe/Copenhagen)."
    )
    assert.match(
      standing(person({ standing: { ...never, startsOn: "2027-04-05" } })),
      /^scheduled: .* they start on 5 April 2027 \(Europe\/Copenhagen\), and may not sign in/
    )
    assert.match(standing(person({ standing: never })), /^scheduled: .*within minutes/)
    assert.match(standing(person({ attributes: inactive })), /^deactivated: .*no sign-in/)
    assert.match(
      standing(person({ attributes: inactive, standing: never })),
      /^deactivatedBeforeStart: .*never started/
    )
    assert.match(
      standing(person({ attributes: inactive, standing: { ...never, startsOn: "2027-04-05" } })),
      /no e-mail goes out on their start date, 5 April 2027/
    )
    assert.match(
      standing(person({ deletedAt: started })),
      /^deleted: .*deleted by the identity provider on 1 March 2027 at 09:00/
    )
  })

  it("R-START-2, R-START-6, R-START-9: says of dates whether they do anything, and why not", () => {
    const dated = person({
      attributes: { userName: "a", [extension]: { startDate: "04/05/2027", terminationDate: "12/31/2027" } },
      standing: { startedAt: started, startsOn: undefined, endsOn: "2027-12-31" }
    })
    assert.match(standing(dated), /"04\/05\/2027" has no effect any more: the person has started/)
    assert.match(standing(dated), /"12\/31\/2027" is information only: Deactivate on termination date is switched off/)
    const settings = { startDates: false, deactivateOnTerminationDate: true }
    assert.match(standing(dated, settings), /"04\/05\/2027" has no effect: Start dates are switched off/)
    assert.match(standing(dated, settings), /deactivated at the end of 31 December 2027 \(Europe\/Copenhagen\)/)
  })

  it("R-MGR-2, R-MGR-3, R-MGR-4, R-MGR-6: says who the manager is, what is not followed, and why", () => {
    const manager = (pending: PendingReason | undefined, reference: string | undefined = "E77") =>
      explainPerson(
        person({
          manager: {
            id: UserId.make("id-mateo"),
            reference: "mateo@halden.example",
            rule: "email",
            pending: pending === undefined ? undefined : { reason: pending, reference }
          }
        }),
        context()
      ).manager.join(" ")
    const now = 'The manager is Mateo Ruiz, matched from "mateo@halden.example" by e-mail.'
    assert.strictEqual(manager(undefined), now)
    const reasons: ReadonlyArray<readonly [PendingReason, RegExp]> = [
      ["unmatched", /nobody here has it/],
      ["ambiguous", /several people have that employee number/],
      ["self", /the person themselves/],
      ["switchedOff", /Sync managers is off/],
      ["reviewWindow", /review window is open/]
    ]
    for (const [reason, text] of reasons) {
      assert.include(manager(reason), `${now} The manager that was sent last, "E77", is not followed: `)
      assert.match(manager(reason), text)
    }
    const cleared = person({ manager: { ...noManager, pending: { reason: "reviewWindow", reference: undefined } } })
    const [first, second] = explainPerson(cleared, context()).manager
    assert.strictEqual(first, "There is no manager.")
    assert.match(second ?? "", /^That there be no manager is not followed: a review window/)
  })

  it("R-USER-11: lists the directory's own fields with where each came from", () => {
    assert.deepStrictEqual(explainPerson(person(), context()).fields, [
      { name: "firstName", value: "Ada", source: "scim" },
      { name: "title", value: "Lead", source: "csv" }
    ])
  })

  it("R-HELP: says when the identity provider last asked for something, and what became of it", () => {
    assert.match(explainPerson(person(), context()).lastCall, /^Nothing has been sent about this person/)
    const entry = {
      at: started,
      requestId: "r",
      actor: { keyId: "k", keyLabel: "Okta", client: "Okta" },
      request: "PATCH /Users/id-ada",
      outcome: "refused",
      status: 400,
      subject: undefined,
      changes: [],
      notes: [],
      error: undefined,
      duration: 1
    } as const
    assert.strictEqual(
      explainPerson(person(), { ...context(), lastCall: { caseCode: "K7Q2M9", entry } }).lastCall,
      'The last change was asked for on 1 March 2027 at 09:00 (Europe/Copenhagen) by "Okta"; it was refused [case K7Q2M9].'
    )
  })
})
