import type { Habit, Note } from "../dialect/Note.ts"
import type { Attribute } from "./Attribute.ts"
import type { AttributeRef } from "./AttributeTable.ts"
import { badRequest, type ScimError, type ScimType } from "./ScimError.ts"

const mostNotes = 50

/**
 * What reading one body gathers: notes for the log and the first refusal. Functions that take it return undefined where
 * they refuse; whoever begins a reading looks at `refusal` at the end, and then throws all else away.
 */
export class Reading {
  readonly notes: Array<Note> = []
  /** Where in the body the reading is, the beginning of a refusal's detail: empty, or `Operation 3: `. */
  where = ""
  #refusal: ScimError | undefined
  readonly #noted = new Set<string>()

  get refusal(): ScimError | undefined {
    return this.#refusal
  }

  /** Refuses with 400; the first refusal stays. */
  refuse(scimType: ScimType, detail: string): undefined {
    this.#refusal ??= badRequest(scimType, `${this.where}${detail}`)
  }

  /** Refuses with an error made elsewhere, adding the place. */
  refuseWith(error: ScimError): undefined {
    if (error.scimType !== undefined) this.refuse(error.scimType, error.detail)
    else this.#refusal ??= error
  }

  /** A habit that was understood; one note for each habit and attribute. */
  tolerate(habit: Habit, attribute: string, text: string): undefined {
    this.#note("tolerated", habit, attribute, text)
  }

  /** Something that has no effect. */
  ignore(habit: Habit, attribute: string, text: string): undefined {
    this.#note("ignored", habit, attribute, text)
  }

  #note(kind: Note["kind"], habit: Habit, attribute: string, text: string): undefined {
    const key = `${habit} ${attribute}`
    if (this.#noted.size > mostNotes || this.#noted.has(key)) return
    this.#noted.add(key)
    this.notes.push(
      this.#noted.size > mostNotes
        ? {
            kind: "ignored",
            habit: "too-many-notes",
            attribute: "",
            text: "There was more to note than the log keeps."
          }
        : { kind, habit, attribute, text }
    )
  }
}

/** How texts name an attribute or sub-attribute: with the URN where it stands in an extension. */
export const attributeLabel = (ref: AttributeRef, sub?: Attribute): string => {
  const name = ref.extension === undefined ? ref.attribute.name : `${ref.extension}:${ref.attribute.name}`
  return sub === undefined ? name : `${name}.${sub.name}`
}
