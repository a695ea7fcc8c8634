import type { Case, Step, Suite } from "../Case.ts"
import {
  ENTERPRISE,
  emptyList,
  GROUP,
  gone,
  group,
  ines,
  list,
  managerAsSent,
  mateo,
  members,
  noContent,
  noMembers,
  patchOp,
  person,
  refusal,
  USER,
  user,
  workEmail
} from "../Halden.ts"
import type { Json, JsonObject } from "../Json.ts"
import { entra } from "../Wire.ts"
import { attributeUpdates } from "./GalleryAttributes.ts"

const full: JsonObject = {
  schemas: [USER, ENTERPRISE],
  externalId: "v-{{case}}",
  userName: ines,
  active: true,
  displayName: "Ines Okafor",
  nickName: "Nes",
  profileUrl: "https://haldenrobotics.example/ines",
  title: "Controls Engineer",
  userType: "Employee",
  preferredLanguage: "da-DK",
  locale: "da-DK",
  timezone: "Europe/Copenhagen",
  emails: workEmail(ines),
  phoneNumbers: [
    { primary: true, type: "work", value: "55-500-1017" },
    { type: "mobile", value: "55-500-1018" },
    { type: "fax", value: "55-500-1019" }
  ],
  addresses: [{ primary: true, type: "work", formatted: "Havnegade 12", streetAddress: "Havnegade 12", country: "DK" }],
  roles: [{ primary: "True", display: "Coach", value: "coach", type: "WindowsAzureActiveDirectoryRole" }],
  name: { formatted: "Ines Okafor", familyName: "Okafor", givenName: "Ines" },
  [ENTERPRISE]: { employeeNumber: "HR-{{case}}", department: "Controls", manager: { value: "QZKXV-{{case}}" } }
}

// Whether the directory's own extension (its user id) is there is ours to say.
const readFull: JsonObject = {
  ...full,
  schemas: { $contains: ENTERPRISE },
  roles: [{ primary: true, display: "Coach", value: "coach", type: "WindowsAzureActiveDirectoryRole" }]
}

const start = entra.post("/Users", full, user(201, readFull), { capture: { id: "$.id" } })
const created = [start, entra.get("/Users/{{id}}", user(200, readFull))]
const lookUp = "/Users?filter=userName+eq+%22ines.okafor.{{case}}%40haldenrobotics.example%22"

const make = (source: string) => {
  const counted = { number: 0 }
  return (name: string, ...steps: ReadonlyArray<Step>): Case => ({
    name,
    source: `${source} (${++counted.number})`,
    rules: ["R-SCIM-2", "R-SCIM-4"],
    steps
  })
}
const mandatory = make("WIRE C.3 mandatory")
const preview = make("WIRE C.3 preview")

const verbose = (op: string): Json => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [
    ...attributeUpdates.map(({ path, value }): Json => ({ op, path, value })),
    { op, path: 'roles[primary eq "True"].value', value: "lead" },
    { op, path: 'roles[primary eq "True"].display', value: "Lead" },
    { op, path: 'roles[primary eq "True"].type', value: "Custom" }
  ]
})

const updated: ReadonlyArray<Step> = [
  ...attributeUpdates.map(({ read }) => entra.get("/Users/{{id}}", user(200, read))),
  entra.get(
    "/Users/{{id}}",
    user(200, { roles: [{ primary: true, value: "lead", display: "Lead", type: "Custom" }], userName: ines })
  )
]

const onlyUserName = entra.post("/Users", { schemas: [USER], userName: ines }, user(201, { userName: ines }), {
  capture: { id: "$.id" },
  seed: true
})

const path = `${ENTERPRISE}:manager`
const boss = entra.post("/Users", person(mateo, "Mateo", "Brandt"), user(201, {}), {
  capture: { boss: "$.id" },
  seed: true
})
const manager = (op: string, value: Json, expected: Json) => [
  entra.patch("/Users/{{id}}", patchOp({ op, path, value }), user(200, {})),
  entra.get("/Users/{{id}}", user(200, { [ENTERPRISE]: { department: "Controls", manager: expected } }))
]
const found: Json = managerAsSent("{{boss}}", "{{boss}}", "Mateo Brandt")

const pathlessAndFiltered = (op: string): Json =>
  patchOp(
    { op, path: 'emails[type eq "work"].value', value: "lund.{{case}}@haldenrobotics.example" },
    { op, path: 'phoneNumbers[type eq "mobile"].value', value: "55-500-1099" },
    { op, path: 'addresses[type eq "work"].postalCode', value: "8000" },
    { op, path: 'roles[primary eq "True"].value', value: "lead" },
    {
      op,
      value: {
        displayName: "Ines Lund",
        "name.familyName": "Lund",
        "name.formatted": "Ines Lund",
        title: "Lead",
        [`${ENTERPRISE}:department`]: "Vision"
      }
    }
  )

const pathlessRead = entra.get(
  "/Users/{{id}}",
  user(200, {
    userName: ines,
    displayName: "Ines Lund",
    title: "Lead",
    name: { familyName: "Lund", formatted: "Ines Lund" },
    emails: { $contains: { type: "work", value: "lund.{{case}}@haldenrobotics.example" } },
    phoneNumbers: { $contains: { type: "mobile", value: "55-500-1099" } },
    addresses: { $contains: { type: "work", postalCode: "8000" } },
    roles: { $contains: { primary: true, value: "lead" } },
    [ENTERPRISE]: { department: "Vision" }
  })
)

const users: ReadonlyArray<Case> = [
  mandatory("create-user", ...created),
  mandatory(
    "create-duplicate-user",
    ...created,
    entra.post("/Users", full, refusal(409, "uniqueness")),
    entra.get("/Users/{{id}}", user(200, readFull))
  ),
  mandatory("filter-existing-user", ...created, entra.get(lookUp, list([{ id: "{{id}}", userName: ines }]))),
  mandatory("filter-non-existing-user", entra.get(lookUp, emptyList)),
  mandatory(
    "filter-user-different-case",
    ...created,
    entra.get("/Users?filter=userName+eq+%22INES.OKAFOR.{{case}}%40HALDENROBOTICS.EXAMPLE%22", list([{ id: "{{id}}" }]))
  ),
  mandatory(
    "replace-attributes-verbose",
    ...created,
    entra.patch("/Users/{{id}}", verbose("replace"), user(200, {})),
    ...updated
  ),
  mandatory(
    "replace-attributes",
    ...created,
    entra.patch("/Users/{{id}}", pathlessAndFiltered("replace"), user(200, {})),
    pathlessRead
  ),
  mandatory(
    "add-attributes",
    onlyUserName,
    entra.patch("/Users/{{id}}", pathlessAndFiltered("add"), user(200, {})),
    pathlessRead
  ),
  mandatory(
    "add-attributes-verbose",
    onlyUserName,
    entra.patch("/Users/{{id}}", verbose("add"), user(200, {})),
    ...updated
  ),
  mandatory(
    "update-user-name",
    ...created,
    entra.patch(
      "/Users/{{id}}",
      patchOp({ op: "replace", path: "userName", value: mateo }),
      user(200, { userName: mateo })
    ),
    entra.get("/Users/{{id}}", user(200, { userName: mateo, emails: workEmail(ines) })),
    entra.get(lookUp, emptyList)
  ),
  mandatory(
    "disable-user",
    ...created,
    entra.patch(
      "/Users/{{id}}",
      patchOp({ op: "replace", path: "active", value: false }),
      user(200, { active: false })
    ),
    entra.get("/Users/{{id}}", user(200, { active: false })),
    entra.get(lookUp, list([{ id: "{{id}}", active: false }]))
  ),
  mandatory("add-manager", boss, ...created, ...manager("add", { value: "{{boss}}" }, found)),
  mandatory("replace-manager", boss, ...created, ...manager("replace", { value: "{{boss}}" }, found)),
  mandatory("remove-manager", ...created, ...manager("replace", { value: "" }, { $absent: true })),
  mandatory("delete-user", ...created, entra.delete("/Users/{{id}}", noContent), entra.get("/Users/{{id}}", gone))
]

const displayName = "Validated {{case}}"
const groupLookUp = "/Groups?filter=displayName+eq+%22Validated+{{case}}%22"
const createdGroup = [
  entra.post("/Groups", { schemas: [GROUP], displayName, externalId: "g-{{case}}" }, group(201, { displayName }), {
    capture: { group: "$.id" }
  }),
  entra.get("/Groups/{{group}}", group(200, { displayName, externalId: "g-{{case}}", members: noMembers }))
]
const added = [
  boss,
  ...createdGroup,
  entra.patch(
    "/Groups/{{group}}",
    patchOp({ op: "replace", path: "members", value: [{ value: "{{boss}}" }] }),
    noContent
  ),
  entra.get("/Groups/{{group}}", group(200, { members: members("{{boss}}") }))
]

const groups: ReadonlyArray<Case> = [
  mandatory(
    "get-group-excluding-members",
    ...added,
    entra.get("/Groups/{{group}}?excludedAttributes=members", { ...group(200, { displayName }), absent: ["$.members"] })
  ),
  mandatory(
    "filter-group",
    ...added,
    entra.get(groupLookUp, list([{ id: "{{group}}", members: members("{{boss}}") }])),
    entra.get(`${groupLookUp}&excludedAttributes=members`, {
      ...list([{ id: "{{group}}" }]),
      absent: ["$.Resources[0].members"]
    }),
    entra.get("/Groups?filter=displayName+eq+%22VALIDATED+{{case}}%22", list([{ id: "{{group}}" }]))
  ),
  mandatory("filter-non-existing-group", entra.get(groupLookUp, emptyList)),
  mandatory("create-group", ...createdGroup),
  mandatory(
    "create-duplicate-group",
    ...createdGroup,
    entra.post("/Groups", { schemas: [GROUP], displayName, externalId: "h-{{case}}" }, refusal(409, "uniqueness")),
    entra.get("/Groups/{{group}}", group(200, { externalId: "g-{{case}}" }))
  ),
  mandatory(
    "patch-group-replace-attributes",
    ...createdGroup,
    entra.patch("/Groups/{{group}}", patchOp({ op: "replace", value: { externalId: "h-{{case}}" } }), noContent),
    entra.get("/Groups/{{group}}", group(200, { externalId: "h-{{case}}", displayName }))
  ),
  mandatory(
    "update-group-display-name",
    ...createdGroup,
    entra.patch("/Groups/{{group}}", patchOp({ op: "replace", value: { displayName: "Renamed {{case}}" } }), noContent),
    entra.get("/Groups/{{group}}", group(200, { displayName: "Renamed {{case}}" }))
  ),
  mandatory("patch-group-add-member", ...added),
  mandatory(
    "patch-group-remove-member",
    ...added,
    entra.patch("/Groups/{{group}}", patchOp({ op: "remove", path: 'members[value eq "{{boss}}"]' }), noContent),
    entra.get("/Groups/{{group}}", group(200, { members: noMembers }))
  ),
  mandatory(
    "delete-group",
    ...createdGroup,
    entra.delete("/Groups/{{group}}", noContent),
    entra.get("/Groups/{{group}}", gone)
  )
]

const unknown = "b7c1a3f2-0000-4000-8000-5d6e7f809a1b"

const previews: ReadonlyArray<Case> = [
  preview(
    "multiple-ops-different-attributes",
    ...created,
    entra.patch(
      "/Users/{{id}}",
      patchOp(
        { op: "replace", path: "title", value: "Lead" },
        { op: "remove", path: "nickName" },
        { op: "add", path: "userType", value: "Contractor" }
      ),
      user(200, {})
    ),
    entra.get("/Users/{{id}}", user(200, { title: "Lead", nickName: { $absent: true }, userType: "Contractor" }))
  ),
  preview(
    "multiple-ops-same-attribute",
    ...created,
    entra.patch(
      "/Users/{{id}}",
      patchOp(
        { op: "remove", path: "title" },
        { op: "add", path: "title", value: "Lead" },
        { op: "replace", path: "title", value: "Head" }
      ),
      user(200, {})
    ),
    entra.get("/Users/{{id}}", user(200, { title: "Head" }))
  ),
  preview("delete-non-existent-user", entra.delete(`/Users/${unknown}`, gone), entra.get(`/Users/${unknown}`, gone)),
  preview(
    "delete-user-twice",
    ...created,
    entra.delete("/Users/{{id}}", noContent),
    entra.get("/Users/{{id}}", gone),
    entra.delete("/Users/{{id}}", gone),
    entra.get("/Users/{{id}}", gone)
  ),
  preview(
    "group-multiple-ops-same-attribute",
    boss,
    ...createdGroup,
    entra.patch(
      "/Groups/{{group}}",
      patchOp(
        { op: "add", path: "members", value: [{ value: "{{boss}}" }] },
        { op: "remove", path: 'members[value eq "{{boss}}"]' }
      ),
      noContent
    ),
    entra.get("/Groups/{{group}}", group(200, { members: noMembers }))
  ),
  preview("delete-non-existent-group", entra.delete(`/Groups/${unknown}`, gone), entra.get(`/Groups/${unknown}`, gone)),
  preview(
    "delete-group-twice",
    ...createdGroup,
    entra.delete("/Groups/{{group}}", noContent),
    entra.get("/Groups/{{group}}", gone),
    entra.delete("/Groups/{{group}}", gone),
    entra.get("/Groups/{{group}}", gone)
  )
]

/** Microsoft's SCIM validator: what it sends and what it looks at afterwards. */
export const scimValidatorSuite: Suite = {
  name: "validator",
  title: "Microsoft SCIM validator",
  preset: "rfc",
  cases: [...users, ...groups, ...previews],
  notCovered: []
}
