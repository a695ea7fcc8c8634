import type { AttributeTable } from "../scim/AttributeTable.ts"
import type { Json } from "../scim/Json.ts"
import { isUnassigned } from "./EmptyClears.ts"
import type { Habit } from "./Note.ts"
import { asList } from "./SingleAsArray.ts"
import { tidyUrn } from "./UrnSpelling.ts"

/**
 * What is odd about the `schemas` of a resource; they are advisory and never a reason to refuse (WIRE E.2): Entra
 * leaves extensions out and adds a URN of its own, Google adds one of SCIM 1.1, the documents have `core::2.0`.
 */
export const schemasHabits = (table: AttributeTable, schemas: Json | undefined): ReadonlyArray<Habit> => {
  if (schemas === undefined || isUnassigned(schemas)) return ["schemas-missing"]
  const habits = new Set<Habit>()
  for (const item of asList(schemas)) {
    if (typeof item !== "string") habits.add("schemas-unknown")
    else if (table.schema(item) === undefined) {
      habits.add(table.schema(tidyUrn(item)) === undefined ? "schemas-unknown" : "schemas-spelling")
    }
  }
  return [...habits]
}
