import { readdirSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast"
import {
  isCallExpression,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  isTaggedTemplateExpression,
  isTypeReferenceNode
} from "typescript/unstable/ast/is"
import { API } from "typescript/unstable/sync"

/** One place where a file names another module: import, export-from, `import()`, `import type`, or a type import. */
export interface ModuleReference {
  readonly specifier: string
  readonly line: number
}

/** What the laws of the architecture need to know of one TypeScript file, read from its syntax tree. */
export interface Source {
  /** From the root, with slashes, e.g. `packages/domain/src/scim/Filter.ts`. */
  readonly path: string
  readonly lines: number
  readonly imports: ReadonlyArray<ModuleReference>
  /** True when every statement hands on what another module exports. */
  readonly onlyReexports: boolean
  /** Names of globals and members by which a value depends on where and when it runs, e.g. `Date.now`, `new Date`. */
  readonly impurities: ReadonlyArray<{ readonly what: string; readonly line: number }>
  /** Lines with a statement for a database: a template tagged `sql`, or a call of `.unsafe(`. */
  readonly statements: ReadonlyArray<number>
  readonly text: string
}

const IMPURE_OBJECTS = new Set([
  "process",
  "globalThis",
  "performance",
  "crypto",
  "Buffer",
  "require",
  "console",
  "fetch"
])

const impurityOf = (node: Node): string | undefined => {
  if (isNewExpression(node) && isIdentifier(node.expression) && node.expression.text === "Date") return "new Date"
  if (isCallExpression(node) && isIdentifier(node.expression)) {
    const { text } = node.expression
    return text === "Date" || IMPURE_OBJECTS.has(text) ? `${text}()` : undefined
  }
  if (!isPropertyAccessExpression(node)) return undefined
  const member = node.name.text
  if (member === "nowUnsafe") return ".nowUnsafe"
  if (!isIdentifier(node.expression)) return undefined
  const object = node.expression.text
  if (object === "Date" && member !== "UTC") return `Date.${member}`
  if (object === "Math" && member === "random") return "Math.random"
  return IMPURE_OBJECTS.has(object) ? `${object}.${member}` : undefined
}

// `const Clock = Date` would hide the clock from the checks above.
const isAlias = (node: Node): boolean =>
  isIdentifier(node) &&
  node.text === "Date" &&
  !isPropertyAccessExpression(node.parent) &&
  !isNewExpression(node.parent) &&
  !isCallExpression(node.parent) &&
  !isTypeReferenceNode(node.parent) &&
  node.parent.kind === SyntaxKind.VariableDeclaration

const isStatement = (node: Node): boolean => {
  if (isTaggedTemplateExpression(node)) {
    const { tag } = node
    return (isIdentifier(tag) && tag.text === "sql") || (isPropertyAccessExpression(tag) && tag.name.text === "sql")
  }
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return false
  const { expression, name } = node.expression
  return name.text === "unsafe" && isIdentifier(expression) && expression.text.toLowerCase().includes("sql")
}

const isText = (node: Node) => isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)

const specifierOf = (node: Node): string | undefined => {
  if (isImportDeclaration(node) || isExportDeclaration(node)) {
    return node.moduleSpecifier !== undefined && isText(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined
  }
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    const [name] = node.arguments
    return name !== undefined && isText(name) ? name.text : "(computed)"
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument) && isText(node.argument.literal)) {
    return node.argument.literal.text
  }
  return undefined
}

const describeSource = (root: string, file: SourceFile): Source => {
  const imports: Array<ModuleReference> = []
  const impurities: Array<{ what: string; line: number }> = []
  const statements: Array<number> = []
  const lineOf = (node: Node) => file.getLineAndCharacterOfPosition(node.end).line + 1
  const visit = (node: Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node) })
    const impurity = isAlias(node) ? "Date" : impurityOf(node)
    if (impurity !== undefined) impurities.push({ what: impurity, line: lineOf(node) })
    if (isStatement(node)) statements.push(lineOf(node))
    node.forEachChild(visit)
  }
  file.forEachChild(visit)
  return {
    path: relative(root, file.fileName).split(sep).join("/"),
    lines: file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0),
    imports,
    onlyReexports:
      file.statements.length > 0 &&
      file.statements.every((statement) => isExportDeclaration(statement) && statement.moduleSpecifier !== undefined),
    impurities,
    statements,
    text: file.text
  }
}

/** All files of a kind below `directory`, as paths from `root`, without what is installed or built. */
export const listFiles = (root: string, isWanted: (name: string) => boolean, directory = root): Array<string> =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      return /^(node_modules|build|data|coverage|\..+)$/.test(entry.name) ? [] : listFiles(root, isWanted, path)
    }
    return isWanted(entry.name) ? [relative(root, path).split(sep).join("/")] : []
  })

/** Reads the files of those projects (`tsconfig.json` paths from the root) with the compiler's own parser. */
export const readSources = (root: string, projects: ReadonlyArray<string>): ReadonlyArray<Source> => {
  const compiler = new API({ cwd: root })
  try {
    const snapshot = compiler.updateSnapshot({ openProjects: projects.map((project) => join(root, project)) })
    const sources = new Map<string, Source>()
    for (const { program } of snapshot.getProjects()) {
      for (const name of program.getSourceFileNames()) {
        if (!name.startsWith(root) || name.includes("/node_modules/")) continue
        const file = program.getSourceFile(name)
        if (file === undefined) continue
        const source = describeSource(root, file)
        sources.set(source.path, source)
      }
    }
    return [...sources.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  } finally {
    compiler.close()
  }
}
