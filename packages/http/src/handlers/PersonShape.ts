import type { PersonSummary } from "@rollcall/domain/user/PersonSummary"
import type { Person } from "../api/Person.ts"

/** A person as the Public API shows them. */
export const personShape = ({ number, ...person }: PersonSummary): typeof Person.Type => ({ ...person, userId: number })
