import { Result } from "effect"
import { type AttributePath, isAttributeName, parseAttributePath } from "./AttributePath.ts"
import { type CompareOperator, compareOperators, type Filter } from "./Filter.ts"
import { FilterScanner, type ScanFault } from "./FilterScanner.ts"
import { badRequest, type ScimError } from "./ScimError.ts"

/** How deep parentheses and brackets of a filter may nest (ABUSE-27). */
export const maxFilterDepth = 64

/** How many comparisons a filter may hold. */
export const maxFilterTerms = 1000

/**
 * Reads a filter by the grammar of RFC 7644 section 3.4.2.2: `and` binds stronger than `or`, operators and keywords in
 * any case. Beyond it, values without quotes (R-SCIM-2), white space around colons and before brackets, and
 * `emails[type eq "work"].value eq "x"` (WIRE B.3), which reads as `emails[type eq "work" and value eq "x"]`.
 *
 * Linear time and bounded depth. Fails with 400 `invalidFilter` that says where, near what, and what would be right.
 */
export const parseFilter = (text: string): Result.Result<Filter, ScimError> => {
  const parser = new FilterParser(text)
  const filter = parser.whole()
  return filter === undefined
    ? Result.fail(badRequest("invalidFilter", faultText("filter", text, parser.fault)))
    : Result.succeed(filter)
}

/** The parts of the path of a PATCH operation as they are written. */
export interface PathSyntax {
  readonly path: AttributePath
  /** What stands in brackets behind it, and the name after the dot behind these. */
  readonly filter: Filter | undefined
  readonly sub: string | undefined
}

/**
 * Reads a path by the grammar of RFC 7644 section 3.5.2. Fails with 400 `invalidFilter` where the fault lies inside
 * the brackets (RFC 7644 table 9), else with `invalidPath`; both say where.
 */
export const parsePathSyntax = (text: string): Result.Result<PathSyntax, ScimError> => {
  const parser = new FilterParser(text)
  const syntax = parser.path()
  return syntax === undefined
    ? Result.fail(
        badRequest(parser.inBrackets ? "invalidFilter" : "invalidPath", faultText("path", text, parser.fault))
      )
    : Result.succeed(syntax)
}

/** The words of every refusal of a filter or path: position (the first character is 1), what stands there, the reason. */
export const faultText = (kind: "filter" | "path", text: string, fault: ScanFault | undefined): string => {
  const { offset, reason } = fault ?? { offset: 0, reason: "it cannot be read" }
  const near = text.slice(offset, offset + 24)
  const place =
    near.trim() === "" ? "at its end" : `at character ${offset + 1}, near ${JSON.stringify(near.toWellFormed())}`
  return `The ${kind} is not valid ${place}: ${reason}.`
}

const example = 'such as userName eq "ada@example.com"'

const operators = new Map<string, CompareOperator>(compareOperators.map((operator) => [operator, operator]))

class FilterParser {
  private readonly scanner: FilterScanner
  private depth = 0
  private terms = 0
  /** Whether reading stands, or stopped, inside the brackets of a value path. */
  inBrackets = false

  constructor(text: string) {
    this.scanner = new FilterScanner(text)
  }

  get fault(): ScanFault | undefined {
    return this.scanner.fault
  }

  whole(): Filter | undefined {
    const filter = this.disjunction()
    if (filter === undefined) return undefined
    this.scanner.skipSpace()
    if (this.scanner.atEnd()) return filter
    const reason =
      this.scanner.peek() === ")" || this.scanner.peek() === "]"
        ? "nothing is open that this could close"
        : "`and`, `or` or the end is expected here; a value with spaces stands in double quotation marks"
    return this.scanner.fail(this.scanner.index, reason)
  }

  path(): PathSyntax | undefined {
    this.scanner.skipSpace()
    const path = this.attributePath("the path is empty; it names an attribute, such as name.givenName")
    if (path === undefined) return undefined
    this.scanner.skipSpace()
    let filter: Filter | undefined
    let sub: string | undefined
    if (this.scanner.peek() === "[") {
      filter = this.bracketed()
      if (filter === undefined) return undefined
      if (this.scanner.take(".")) {
        sub = this.subAttribute()
        if (sub === undefined) return undefined
      }
    }
    this.scanner.skipSpace()
    if (!this.scanner.atEnd()) return this.scanner.fail(this.scanner.index, "the path should end here")
    return { path, filter, sub }
  }

  private disjunction(): Filter | undefined {
    let left = this.conjunction()
    while (left !== undefined && this.keyword("or")) {
      const right = this.conjunction()
      left = right === undefined ? undefined : { _tag: "Or", left, right }
    }
    return left
  }

  private conjunction(): Filter | undefined {
    let left = this.term()
    while (left !== undefined && this.keyword("and")) {
      const right = this.term()
      left = right === undefined ? undefined : { _tag: "And", left, right }
    }
    return left
  }

  private keyword(word: "and" | "or"): boolean {
    this.scanner.skipSpace()
    if (this.scanner.peekWord() !== word) return false
    this.scanner.word()
    return true
  }

  private term(): Filter | undefined {
    this.scanner.skipSpace()
    if (this.scanner.peek() === "(") return this.enclosed(")")
    const start = this.scanner.index
    if (this.scanner.peekWord() === "not") {
      this.scanner.word()
      this.scanner.skipSpace()
      if (this.scanner.peek() !== "(") {
        return this.scanner.fail(
          this.scanner.index,
          "`not` is followed by an expression in parentheses: not (title pr)"
        )
      }
      const filter = this.enclosed(")")
      return filter === undefined ? undefined : { _tag: "Not", filter }
    }
    this.scanner.index = start
    return this.attributeExpression()
  }

  /** An expression between the opening character that comes next and the closing one given. */
  private enclosed(close: ")" | "]"): Filter | undefined {
    const start = this.scanner.index++
    if (++this.depth > maxFilterDepth) {
      return this.scanner.fail(start, `parentheses and brackets nest deeper than ${maxFilterDepth}`)
    }
    const filter = this.disjunction()
    if (filter === undefined) return undefined
    this.scanner.skipSpace()
    if (!this.scanner.take(close)) {
      const reason = this.scanner.atEnd()
        ? `"${close}" is missing for what opens at character ${start + 1}`
        : `\`and\`, \`or\` or "${close}" is expected here; a value with spaces stands in double quotation marks`
      return this.scanner.fail(this.scanner.index, reason)
    }
    this.depth--
    return filter
  }

  private bracketed(): Filter | undefined {
    const start = this.scanner.index
    if (this.inBrackets) return this.scanner.fail(start, "brackets do not stand inside brackets")
    this.inBrackets = true
    const filter = this.enclosed("]")
    if (filter !== undefined) this.inBrackets = false
    return filter
  }

  private attributeExpression(): Filter | undefined {
    const start = this.scanner.index
    if (++this.terms > maxFilterTerms) {
      return this.scanner.fail(start, `the filter has more than ${maxFilterTerms} comparisons; send several requests`)
    }
    const path = this.attributePath(`an expression ${example} is missing`)
    if (path === undefined) return undefined
    this.scanner.skipSpace()
    if (this.scanner.peek() !== "[") return this.comparison(path, start + 1)
    const filter = this.bracketed()
    if (filter === undefined) return undefined
    const position = start + 1
    if (!this.scanner.take(".")) return { _tag: "ValuePath", path, filter, position }
    const subStart = this.scanner.index
    const name = this.subAttribute()
    if (name === undefined) return undefined
    const right = this.comparison({ urn: undefined, name, sub: undefined }, subStart + 1)
    if (right === undefined) return undefined
    return { _tag: "ValuePath", path, filter: { _tag: "And", left: filter, right }, position }
  }

  private attributePath(missing: string): AttributePath | undefined {
    const start = this.scanner.index
    const text = this.scanner.pathText()
    if (text === "") return this.scanner.fail(start, missing)
    const path = parseAttributePath(text)
    if (Result.isSuccess(path)) return path.success
    return this.scanner.fail(start + path.failure.offset, path.failure.reason)
  }

  private subAttribute(): string | undefined {
    const start = this.scanner.index
    const name = this.scanner.word()
    if (isAttributeName(name)) return name
    return this.scanner.fail(start, "the name of a sub-attribute is expected after the dot, such as .value")
  }

  private comparison(path: AttributePath, position: number): Filter | undefined {
    this.scanner.skipSpace()
    const start = this.scanner.index
    const word = this.scanner.word()
    const folded = word.toLowerCase()
    if (folded === "pr") return { _tag: "Present", path, position }
    const operator = operators.get(folded)
    if (operator === undefined) {
      const known = `${compareOperators.join(", ")} or pr`
      return this.scanner.fail(start, word === "" ? `an operator is missing: ${known}` : `the operators are ${known}`)
    }
    this.scanner.skipSpace()
    const value = this.scanner.literal()
    return value === undefined ? undefined : { _tag: "Compare", path, operator, value, position }
  }
}
