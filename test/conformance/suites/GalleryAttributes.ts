import type { Step } from "../Case.ts"
import { ENTERPRISE, EXTENSION, ines, patchOp, user } from "../Halden.ts"
import type { Json, JsonObject } from "../Json.ts"
import { entra } from "../Wire.ts"

/** One attribute as the gallery's harness names it, a value for it, and how the resource then reads. */
type Update = { readonly path: string; readonly value: Json; readonly read: JsonObject }

const plain = (path: string, value: Json): Update => ({ path, value, read: { [path]: value } })
const named = (sub: string, value: string): Update => ({ path: `name.${sub}`, value, read: { name: { [sub]: value } } })
const typed = (attribute: string, type: string, sub: string, value: string): Update => ({
  path: `${attribute}[type eq "${type}"].${sub}`,
  value,
  read: { [attribute]: { $contains: { type, [sub]: value } } }
})
const extended = (urn: string, name: string, value: string): Update => ({
  path: `${urn}:${name}`,
  value,
  read: { [urn]: { [name]: value } }
})

/** Every attribute that `/Schemas` leads the harness to, required ones included. */
export const attributeUpdates: ReadonlyArray<Update> = [
  plain("displayName", "Ines Lund"),
  plain("nickName", "Nes"),
  plain("profileUrl", "https://haldenrobotics.example/ines"),
  plain("title", "Lead"),
  plain("userType", "Employee"),
  plain("preferredLanguage", "da-DK"),
  plain("locale", "da-DK"),
  plain("timezone", "Europe/Copenhagen"),
  plain("externalId", "5a1d-{{case}}"),
  named("formatted", "Dr Ines M. Lund PhD"),
  named("familyName", "Lund"),
  named("givenName", "Inês"),
  named("middleName", "M."),
  named("honorificPrefix", "Dr"),
  named("honorificSuffix", "PhD"),
  typed("emails", "work", "value", "ines.lund.{{case}}@haldenrobotics.example"),
  typed("emails", "home", "value", "ines.{{case}}@home.example"),
  typed("emails", "other", "value", "ines.{{case}}@other.example"),
  ...["work", "home", "mobile", "fax", "pager", "other"].map((type) =>
    typed("phoneNumbers", type, "value", `+45 55 50 01 ${type}`)
  ),
  ...["formatted", "streetAddress", "locality", "region", "postalCode", "country"].map((sub) =>
    typed("addresses", "work", sub, sub === "country" ? "DK" : `${sub} of Halden`)
  ),
  extended(ENTERPRISE, "employeeNumber", "HR-{{case}}"),
  extended(ENTERPRISE, "costCenter", "C-9"),
  extended(ENTERPRISE, "organization", "Halden"),
  extended(ENTERPRISE, "division", "Nordic"),
  extended(ENTERPRISE, "department", "Vision"),
  extended(EXTENSION, "location", "Odense"),
  extended(EXTENSION, "hireDate", "02/01/2024")
]

/** The attribute of the person of the case, read back after its own PATCH. */
export const readOne = (read: JsonObject): Step => entra.get("/Users/{{id}}", user(200, read))

// Required attributes, userName, active, externalId and manager are skipped (C.2); familyName and givenName stay for the checks of others.
const optional = attributeUpdates.filter(({ path }) => path !== "externalId")

const unassigned = ({ path, read, value }: Update): JsonObject => {
  const [key = ""] = Object.keys(read)
  if (path.includes("[")) {
    const sub = path.slice(path.indexOf("].") + 2)
    return { [key]: { $not: { $contains: { [sub]: value } } } }
  }
  if (path === key) return { [key]: { $absent: true } }
  const sub = path.slice(key.length + 1)
  return { [key]: { $oneOf: [{ $absent: true }, { [sub]: { $absent: true } }] } }
}

/** Test 16: each optional attribute gets a value and is then emptied by its path, with `""` or with `null`. */
export const nullTargets = (empty: "" | null): ReadonlyArray<Step> =>
  optional.flatMap((update) => [
    entra.patch("/Users/{{id}}", patchOp({ op: "replace", path: update.path, value: update.value }), user(200, {})),
    readOne(update.read),
    entra.patch(
      "/Users/{{id}}",
      patchOp({ op: "replace", path: update.path, value: empty }),
      user(200, { userName: ines })
    ),
    readOne(unassigned(update))
  ])
