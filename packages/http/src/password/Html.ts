/** HTML text that is safe to send: what was put into it is escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What can be put into a template: text is escaped, HTML is not, and nothing is nothing. */
export type HtmlPart = string | Html | undefined | ReadonlyArray<Html>

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const textOf = (part: HtmlPart): string => {
  if (part === undefined) return ""
  if (part instanceof Html) return part.text
  return typeof part === "string"
    ? part.replace(/[&<>"']/g, (character) => entities[character] ?? "")
    : part.map(textOf).join("")
}

/** A template of HTML; every value in it is escaped unless it is HTML itself, and attributes are in quotes (ABUSE-35). */
export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<HtmlPart>): Html =>
  new Html(strings.map((text, i) => text + textOf(parts[i])).join(""))
