import { PgTypes } from "@effect/sql-pg"

/**
 * The parameters of a statement while its text is put together. Whatever comes from outside goes through here: the text
 * of a statement holds placeholders and what this package itself writes.
 */
export class ParameterList {
  readonly values: Array<unknown>
  readonly #texts = new Map<string, string>()

  /** With the values of `$1`, `$2`, … that the statement begins with. */
  constructor(...first: ReadonlyArray<unknown>) {
    this.values = [...first]
  }

  /** The placeholder of a further value. Values carry their type, so that one which ends unused does no harm. */
  add(value: PgTypes.Parameter | number): string {
    return `$${this.values.push(value)}`
  }

  /** A text; equal ones share a placeholder. It must be well-formed Unicode without NUL, as a filter's literals are. */
  text(value: string): string {
    const known = this.#texts.get(value)
    if (known !== undefined) return known
    const placeholder = this.add(PgTypes.text(value))
    this.#texts.set(value, placeholder)
    return placeholder
  }
}
