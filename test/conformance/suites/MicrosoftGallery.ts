import type { Case, Step, Suite } from "../Case.ts"
import {
  ENTERPRISE,
  EXTENSION,
  emptyList,
  GROUP,
  gone,
  group,
  ines,
  LIST,
  list,
  managerAsSent,
  mateo,
  members,
  noContent,
  noMembers,
  patchOp,
  person,
  sunhee,
  USER,
  user,
  workEmail
} from "../Halden.ts"
import type { Json, JsonObject } from "../Json.ts"
import { entra } from "../Wire.ts"
import { attributeUpdates, nullTargets, readOne } from "./GalleryAttributes.ts"

const test = (number: number, title: string, ...steps: ReadonlyArray<Step>): Case => ({
  name: `${String(number).padStart(2, "0")}-${title}`,
  source: `WIRE C.2 test ${number}`,
  rules: ["R-SCIM-1", "R-SCIM-4"],
  steps
})

const lookUp = "/Users?filter=userName+eq+%22ines.okafor.{{case}}%40haldenrobotics.example%22"

const create = [
  entra.get(lookUp, emptyList),
  entra.post(
    "/Users",
    person(ines, "Ines", "Okafor", { externalId: "5a1c-{{case}}", [ENTERPRISE]: { department: "Controls" } }),
    user(201, { userName: ines }),
    { capture: { id: "$.id" } }
  ),
  entra.get("/Users/{{id}}", user(200, { userName: ines, externalId: "5a1c-{{case}}", emails: workEmail(ines) })),
  entra.get(lookUp, list([{ id: "{{id}}" }]))
]

const setActive = (value: string, active: boolean) => [
  entra.patch("/Users/{{id}}", patchOp({ op: "Replace", path: "active", value }), user(200, { active })),
  entra.get("/Users/{{id}}", user(200, { active })),
  entra.get(lookUp, list([{ id: "{{id}}", active }]))
]

const boss = (userName: string, name: string, given: string, family: string) =>
  entra.post("/Users", person(userName, given, family), user(201, {}), { capture: { [name]: "$.id" }, seed: true })

const managerPath = `${ENTERPRISE}:manager`

const manager = (operation: JsonObject, expected: Json) => [
  entra.patch("/Users/{{id}}", patchOp(operation), user(200, {})),
  entra.get("/Users/{{id}}", user(200, { [ENTERPRISE]: { department: "Controls", manager: expected } }))
]

const mateoFound = managerAsSent("{{mateo}}", "{{mateo}}", "Mateo Brandt")
const sunheeFound = managerAsSent("{{sunhee}}", "{{sunhee}}", "Sun-hee Park")

const users: ReadonlyArray<Case> = [
  test(1, "create-user", ...create),
  test(
    2,
    "update-user",
    ...create,
    entra.patch(
      "/Users/{{id}}",
      patchOp(
        { op: "Replace", path: "displayName", value: "Ines Lund" },
        { op: "Replace", path: "name.familyName", value: "Lund" },
        { op: "Add", path: "title", value: "Lead" },
        { op: "Replace", path: `${ENTERPRISE}:department`, value: "Vision" }
      ),
      user(200, {})
    ),
    entra.get(
      "/Users/{{id}}",
      user(200, {
        displayName: "Ines Lund",
        name: { givenName: "Ines", familyName: "Lund" },
        title: "Lead",
        [ENTERPRISE]: { department: "Vision" }
      })
    )
  ),
  test(3, "disable-user", ...create, ...setActive("False", false)),
  test(4, "delete-user", ...create, entra.delete("/Users/{{id}}", noContent), entra.get("/Users/{{id}}", gone)),
  test(
    5,
    "user-update-manager",
    boss(mateo, "mateo", "Mateo", "Brandt"),
    boss(sunhee, "sunhee", "Sun-hee", "Park"),
    ...create,
    ...manager({ op: "Add", path: managerPath, value: "{{mateo}}" }, mateoFound),
    ...manager({ op: "Replace", path: managerPath, value: "{{sunhee}}" }, sunheeFound),
    ...manager({ op: "Remove", path: managerPath, value: "{{sunhee}}" }, { $absent: true })
  ),
  test(6, "restore-user", ...create, ...setActive("False", false), ...setActive("True", true)),
  test(7, "pod-user", ...create, ...setActive("False", false), ...setActive("True", true))
]

const groupLookUp = "/Groups?excludedAttributes=members&filter=displayName+eq+%22Field+Robotics+{{case}}%22"
const displayName = "Field Robotics {{case}}"

const createGroup = [
  entra.get(groupLookUp, emptyList),
  entra.post("/Groups", { schemas: [GROUP], externalId: "9d3b-{{case}}", displayName }, group(201, { displayName }), {
    capture: { group: "$.id" }
  }),
  entra.get("/Groups/{{group}}?excludedAttributes=members", group(200, { displayName, externalId: "9d3b-{{case}}" })),
  entra.get(groupLookUp, list([{ id: "{{group}}" }]))
]

const addMember = [
  boss(mateo, "mateo", "Mateo", "Brandt"),
  ...createGroup,
  entra.patch(
    "/Groups/{{group}}",
    patchOp({ op: "Add", path: "members", value: [{ $ref: null, value: "{{mateo}}" }] }),
    noContent
  ),
  entra.get("/Groups/{{group}}", group(200, { members: members("{{mateo}}") }))
]

const updateGroup = [
  entra.patch(
    "/Groups/{{group}}",
    patchOp({ op: "Replace", path: "displayName", value: "Robotics {{case}}" }),
    noContent
  ),
  entra.get("/Groups/{{group}}", group(200, { displayName: "Robotics {{case}}", externalId: "9d3b-{{case}}" }))
]

const deleteGroup = [entra.delete("/Groups/{{group}}", noContent), entra.get("/Groups/{{group}}", gone)]

const groups: ReadonlyArray<Case> = [
  test(8, "create-group", ...createGroup),
  test(9, "update-group", ...createGroup, ...updateGroup),
  test(10, "delete-group", ...createGroup, ...deleteGroup),
  test(11, "add-member", ...addMember),
  test(
    12,
    "remove-member",
    ...addMember,
    entra.patch(
      "/Groups/{{group}}",
      patchOp({ op: "Remove", path: "members", value: [{ $ref: null, value: "{{mateo}}" }] }),
      noContent
    ),
    entra.get("/Groups/{{group}}", group(200, { members: noMembers }))
  ),
  test(13, "pod-group", ...addMember, ...updateGroup),
  test(
    14,
    "restore-group",
    ...createGroup,
    ...deleteGroup,
    entra.post("/Groups", { schemas: [GROUP], externalId: "9d3b-{{case}}", displayName }, group(201, {}), {
      capture: { again: "$.id" }
    }),
    entra.get("/Groups/{{again}}", group(200, { displayName, members: noMembers }))
  )
]

const discovered = (urn: string, name: string): Step =>
  entra.get("/Schemas", {
    status: 200,
    body: { schemas: [LIST], Resources: { $contains: { id: urn, attributes: { $contains: { name } } } } }
  })

const seedEleven: ReadonlyArray<Step> = Array.from({ length: 11 }, (_, index) =>
  entra.post("/Users", person(`operator.${index}@haldenrobotics.example`, "Robot", `${index}`), user(201, {}), {
    capture: { [`r${index}`]: "$.id" },
    seed: true
  })
)

const seedElevenGroups: ReadonlyArray<Step> = Array.from({ length: 11 }, (_, index) =>
  entra.post("/Groups", { schemas: [GROUP], displayName: `Line ${index}` }, group(201, {}), {
    capture: { [`r${index}`]: "$.id" },
    seed: true
  })
)

const page = (endpoint: string, startIndex: number, size: number): Step =>
  entra.get(`${endpoint}?startIndex=${startIndex}&count=5`, {
    status: 200,
    body: {
      totalResults: 11,
      startIndex,
      itemsPerPage: size,
      Resources: Array.from({ length: size }, (_, index): Json => ({ id: `{{r${startIndex - 1 + index}}}` }))
    }
  })

const direct: ReadonlyArray<Case> = [
  test(
    15,
    "schema-discoverability",
    ...["userName", "name", "displayName", "emails", "active", "title"].map((name) => discovered(USER, name)),
    ...["displayName", "members"].map((name) => discovered(GROUP, name)),
    ...["employeeNumber", "department", "manager"].map((name) => discovered(ENTERPRISE, name)),
    ...["location", "startDate"].map((name) => discovered(EXTENSION, name))
  ),
  test(16, "scim-null-update", ...create, ...nullTargets(""), ...nullTargets(null)),
  test(17, "scim-user-create", ...create),
  test(
    18,
    "scim-user-update",
    ...create,
    ...attributeUpdates.flatMap(({ path, read, value }) => [
      entra.patch("/Users/{{id}}", patchOp({ op: "replace", path, value }), user(200, {})),
      readOne(read)
    ])
  ),
  test(19, "scim-group-create", ...createGroup),
  test(20, "scim-group-update", ...createGroup, ...updateGroup),
  {
    ...test(23, "user-pagination", ...seedEleven, page("/Users", 1, 5), page("/Users", 6, 5), page("/Users", 11, 1)),
    alone: true
  },
  {
    ...test(
      24,
      "group-pagination",
      ...seedElevenGroups,
      page("/Groups", 1, 5),
      page("/Groups", 6, 5),
      page("/Groups", 11, 1)
    ),
    alone: true
  },
  test(
    25,
    "scim-update-manager",
    boss(mateo, "mateo", "Mateo", "Brandt"),
    boss(sunhee, "sunhee", "Sun-hee", "Park"),
    ...create,
    ...manager({ op: "Add", path: managerPath, value: "{{mateo}}" }, mateoFound),
    ...manager({ op: "Replace", path: managerPath, value: "{{sunhee}}" }, sunheeFound),
    ...manager({ op: "Replace", path: managerPath, value: "" }, { $absent: true })
  )
]

/** The SCIM requests of Microsoft's 25 gallery tests. */
export const microsoftGallerySuite: Suite = {
  name: "gallery",
  title: "Microsoft gallery validation",
  preset: "rfc",
  cases: [...users, ...groups, ...direct],
  notCovered: [
    {
      name: "21-validate-credentials",
      source: "WIRE C.2 test 21",
      reason: "a fixture has one token; shown at two servers by test/fault/oauth.test.ts"
    },
    {
      name: "22-federated-identity",
      source: "WIRE C.2 test 22",
      reason: "a fixture has one token; shown at two servers by test/fault/oauth.test.ts"
    }
  ]
}
