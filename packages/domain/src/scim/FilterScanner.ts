import { isSpace } from "./AttributePath.ts"
import { textFault } from "./Comparison.ts"
import type { Literal } from "./Filter.ts"

/** Where and why a text is not what the grammar wants; `offset` counts UTF-16 units from 0. */
export interface ScanFault {
  readonly offset: number
  readonly reason: string
}

/**
 * Reads the tokens of filters and paths from left to right, each character once (ABUSE-28). The first fault is kept
 * and every method answers undefined from then on, so that a parser needs no exceptions.
 */
export class FilterScanner {
  readonly text: string
  index = 0
  fault: ScanFault | undefined = undefined

  constructor(text: string) {
    this.text = text
  }

  fail(offset: number, reason: string): undefined {
    this.fault ??= { offset, reason }
    return undefined
  }

  skipSpace(): void {
    while (this.index < this.text.length && isSpace(this.text.charCodeAt(this.index))) this.index++
  }

  atEnd(): boolean {
    return this.index >= this.text.length
  }

  /** The next character, `""` at the end. */
  peek(): string {
    return this.text.charAt(this.index)
  }

  /** Consumes the character if it comes next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.index++
    return true
  }

  /** The characters up to white space, a bracket, a parenthesis or a quotation mark; may be empty. */
  word(): string {
    const start = this.index
    while (this.index < this.text.length && !endsWord(this.text.charCodeAt(this.index))) this.index++
    return this.text.slice(start, this.index)
  }

  /** The next word in lower case, without consuming it. */
  peekWord(): string {
    const start = this.index
    const word = this.word().toLowerCase()
    this.index = start
    return word
  }

  /** A word that may be a path: white space around its colons belongs to it (WIRE E.12). */
  pathText(): string {
    const start = this.index
    this.word()
    for (;;) {
      const end = this.index
      this.skipSpace()
      const joined = this.peek() === ":" || (this.text.charAt(end - 1) === ":" && end > start)
      if (!joined || this.word() === "") {
        this.index = end
        return this.text.slice(start, end)
      }
    }
  }

  /** A comparison value: a JSON literal, or a text without quotes, which several clients send (R-SCIM-2). */
  literal(): Literal | undefined {
    const start = this.index
    const value = this.peek() === '"' ? this.quoted() : this.unquoted()
    if (typeof value !== "string") return value
    const reason = textFault(value)
    return reason === undefined ? value : this.fail(start, `the value ${reason}`)
  }

  private quoted(): string | undefined {
    const start = this.index++
    let value = ""
    let from = this.index
    while (this.index < this.text.length) {
      const code = this.text.charCodeAt(this.index)
      if (code === 0x22) {
        value += this.text.slice(from, this.index++)
        return value
      }
      if (code < 0x20)
        return this.fail(this.index, "a control character in a text must be written as an escape (\\n, \\u000A)")
      if (code !== 0x5c) this.index++
      else {
        value += this.text.slice(from, this.index)
        const escaped = this.escape()
        if (escaped === undefined) return undefined
        value += escaped
        from = this.index
      }
    }
    return this.fail(start, "the text that begins here has no closing quotation mark")
  }

  private escape(): string | undefined {
    const start = this.index
    const letter = this.text.charAt(start + 1)
    const simple = escapes.get(letter)
    this.index += 2
    if (simple !== undefined) return simple
    const digits = this.text.slice(this.index, this.index + 4)
    if (letter !== "u" || digits.length < 4 || !isHex(digits)) {
      return this.fail(start, 'this is no escape of JSON; a backslash is written \\\\, a quotation mark \\"')
    }
    this.index += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  private unquoted(): Literal | undefined {
    const start = this.index
    while (this.index < this.text.length && !endsValue(this.text.charCodeAt(this.index))) this.index++
    const token = this.text.slice(start, this.index)
    if (token === "") return this.fail(start, 'a value is missing after the operator, such as "work", 42, true or null')
    if (token.startsWith("'")) return this.fail(start, "texts stand in double quotation marks, not in single ones")
    const quote = token.indexOf('"')
    if (quote >= 0) return this.fail(start + quote, "a quotation mark inside a value that does not begin with one")
    if (token === "true") return true
    if (token === "false") return false
    if (token === "null") return null
    // Only a number that reads back as it was written is one: an identifier of 20 digits or with leading zeros is text.
    const number = Number(token)
    return Number.isFinite(number) && String(number) === token ? number : token
  }
}

const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"]
])

const isHex = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = code >= 0x30 && code <= 0x39
    if (!(digit || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46))) return false
  }
  return true
}

/** `)` and `]` */
const closes = (code: number): boolean => code === 0x29 || code === 0x5d

const endsValue = (code: number): boolean => isSpace(code) || closes(code)

/** Besides, `(`, `[` and the quotation mark. */
const endsWord = (code: number): boolean => endsValue(code) || code === 0x28 || code === 0x5b || code === 0x22
