import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { ROOT } from "./support/Environment.ts"
import * as Laws from "./support/Laws.ts"
import { listFiles, readSources } from "./support/SourceTree.ts"

const readManifest = (root: string, path: string): Laws.Manifest => {
  const parsed: unknown = JSON.parse(readFileSync(join(root, path), "utf8"))
  const at = (key: string): unknown =>
    typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, key) : undefined
  const sections = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]
  const dependencies: Record<string, string> = {}
  for (const section of sections) {
    for (const [name, version] of Object.entries(at(section) ?? {})) dependencies[name] = String(version)
  }
  const directory = dirname(path) === "." ? "" : dirname(path)
  return { directory, name: String(at("name")), dependencies, exports: at("exports") }
}

const readHouse = (root: string) => {
  const manifests = listFiles(root, (name) => name === "package.json").map((path) => readManifest(root, path))
  const projects = listFiles(root, (name) => name === "tsconfig.json").filter((path) => path !== "tsconfig.json")
  return { manifests, sources: readSources(root, projects) }
}

describe("the architecture", () => {
  const { manifests, sources } = readHouse(ROOT)
  const isKept = (violations: Laws.Violations) => assert.deepStrictEqual(violations, [])

  it("every TypeScript file is type-checked by a project that the root's tsconfig.json builds", () => {
    const known = new Set(sources.map(({ path }) => path))
    isKept(listFiles(ROOT, (name) => /\.tsx?$/.test(name)).filter((path) => !known.has(path)))
    const built = readFileSync(join(ROOT, "tsconfig.json"), "utf8")
    const projects = listFiles(ROOT, (name) => name === "tsconfig.json")
      .map(dirname)
      .filter((path) => path !== ".")
    isKept(projects.filter((path) => !built.includes(`"path": "${path}"`)))
  })
  it("packages import each other along the layer graph only", () => isKept(Laws.importLaw(sources, manifests)))
  it("relative imports stay inside their package", () => isKept(Laws.borderLaw(sources, manifests)))
  it("the program imports what its package.json names, and no node: where it must run anywhere", () =>
    isKept(Laws.declarationLaw(sources, manifests)))
  it("manifests follow the layer graph, with exact versions", () => isKept(Laws.manifestLaw(manifests)))
  it("a package exports its modules one by one", () => isKept(Laws.exportsLaw(manifests)))
  it("the domain imports effect and nothing else", () => isKept(Laws.domainImportLaw(sources)))
  it("the domain reads no clock, chance or surroundings", () => isKept(Laws.purityLaw(sources)))
  it("there are no barrels", () => isKept(Laws.barrelLaw(sources)))
  it("files are named for the thing in them", () => isKept(Laws.nameLaw(sources)))
  it("files of the program have at most 400 lines", () => isKept(Laws.lengthLaw(sources)))
  it("SQL lives in packages/sql", () => isKept(Laws.sqlLaw(sources)))
  it("relative imports name the file with its ending", () => isKept(Laws.endingLaw(sources)))
  it("no checker is silenced", () => isKept(Laws.silenceLaw(sources)))
  it("there are no import cycles", () => isKept(Laws.cycleLaw(sources)))
})

describe("the laws themselves", () => {
  const root = mkdtempSync(join(tmpdir(), "rollcall-laws-"))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const plant = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const manifest = (name: string, dependencies: Record<string, string>) =>
    JSON.stringify({ name, exports: { "./*": "./src/*.ts" }, dependencies })

  plant("packages/domain/package.json", manifest("@rollcall/domain", { effect: "4.1.0", zlib: "^1.0.0" }))
  plant("packages/sql/package.json", manifest("@rollcall/sql", { "@rollcall/http": "workspace:*", effect: "4.1.0" }))
  plant("packages/cli/package.json", JSON.stringify({ name: "@rollcall/cli", exports: "./src/index.ts" }))
  for (const name of ["domain", "sql", "cli"]) plant(`packages/${name}/tsconfig.json`, '{ "include": ["src", "test"] }')
  plant(
    "packages/domain/src/Rule.ts",
    [
      "import { Effect } from 'effect'",
      "import { readFileSync } from 'node:fs'",
      "export { Users } from '@rollcall/sql/Users'",
      "export const later = () => import('@rollcall/http/Routes')",
      "export type Row = import('./Row').Row",
      "export const a = [Date.now(), new Date(), Math.random(), process.env, Date.UTC(2026, 0, 1)]",
      "// import 'nothing'; Date.now() in a comment",
      "export const b = \"import 'nothing'; Date.now()\"",
      "const Clock = Date",
      "export const date: Date | undefined = undefined"
    ].join("\n")
  )
  plant("packages/domain/src/One.ts", "import './Two.ts'\nexport const one = 1\n")
  plant("packages/domain/src/Two.ts", "import type { Three } from './Three.ts'\nexport type Two = Three\n")
  plant("packages/domain/src/Three.ts", "export type Three = import('./One.ts').One\n")
  plant("packages/domain/src/Lost.ts", "import '../../sql/src/Users.ts'\n")
  plant("packages/sql/src/Users.ts", "declare const sql: any\nexport const x = sql`SELECT 1`\n")
  plant("packages/cli/src/index.ts", "export * from './Command.ts'\n")
  plant(
    "packages/cli/src/Command.ts",
    ["import 'effect/sql'", "import '@rollcall/http/api/People'", "import '@rollcall/http/Routes'", ""].join("\n") +
      "declare const sql: any\n// @ts-ignore\nexport const y = [sql`SELECT 1`, sql.unsafe('x')]\n"
  )
  plant("packages/cli/src/Front.ts", "export * from './Command.ts'\n")
  plant("packages/cli/src/utils.ts", `${"\n".repeat(400)}export {}\n`)
  plant("packages/cli/test/Command.test.ts", "import '@rollcall/cli/Command'\nimport '@rollcall/sql/Users'\n")
  const { manifests, sources } = readHouse(root)

  it("finds an import against the graph, whatever its form, and none in comments and strings", () => {
    assert.deepStrictEqual(Laws.importLaw(sources, manifests), [
      "packages/cli/src/Command.ts:3 imports @rollcall/http/Routes",
      "packages/cli/test/Command.test.ts:2 imports @rollcall/sql/Users",
      "packages/domain/src/Rule.ts:3 imports @rollcall/sql/Users",
      "packages/domain/src/Rule.ts:4 imports @rollcall/http/Routes"
    ])
  })
  it("finds an import across the border, and one that no manifest names", () => {
    const lost = ["packages/domain/src/Lost.ts:1 imports ../../sql/src/Users.ts"]
    assert.deepStrictEqual(Laws.borderLaw(sources, manifests), lost)
    assert.deepStrictEqual(Laws.declarationLaw(sources, manifests), [
      "packages/cli/src/Command.ts:1 imports effect/sql",
      "packages/cli/src/Command.ts:2 imports @rollcall/http/api/People",
      "packages/cli/src/Command.ts:3 imports @rollcall/http/Routes",
      "packages/domain/src/Rule.ts:2 imports node:fs",
      "packages/domain/src/Rule.ts:3 imports @rollcall/sql/Users",
      "packages/domain/src/Rule.ts:4 imports @rollcall/http/Routes"
    ])
  })
  it("finds a dependency against the graph, an open version, and a package that exports a barrel", () => {
    assert.deepStrictEqual(Laws.manifestLaw(manifests).toSorted(), [
      "packages/domain/package.json depends on zlib",
      "packages/domain/package.json leaves the version of zlib open: ^1.0.0",
      "packages/sql/package.json depends on @rollcall/http"
    ])
    assert.deepStrictEqual(Laws.exportsLaw(manifests), [
      "packages/cli/package.json exports something else than its modules"
    ])
  })
  it("finds what is impure in the domain", () => {
    assert.deepStrictEqual(
      Laws.domainImportLaw(sources).map((violation) => violation.split(" imports ")[1]),
      ["node:fs", "@rollcall/sql/Users", "@rollcall/http/Routes"]
    )
    assert.deepStrictEqual(
      Laws.purityLaw(sources).map((violation) => violation.split(" uses ")[1]),
      ["Date.now", "new Date", "Math.random", "process.env", "Date"]
    )
  })
  it("finds barrels, empty names, long files, missing endings and silenced checkers", () => {
    assert.deepStrictEqual(Laws.barrelLaw(sources), ["packages/cli/src/Front.ts", "packages/cli/src/index.ts"])
    assert.deepStrictEqual(Laws.nameLaw(sources), ["packages/cli/src/utils.ts"])
    assert.deepStrictEqual(Laws.lengthLaw(sources), ["packages/cli/src/utils.ts has 401 lines"])
    assert.deepStrictEqual(Laws.endingLaw(sources), ["packages/domain/src/Rule.ts:5 imports ./Row"])
    assert.deepStrictEqual(Laws.silenceLaw(sources), ["packages/cli/src/Command.ts:5"])
  })
  it("finds SQL outside packages/sql", () => {
    assert.deepStrictEqual(Laws.sqlLaw(sources), [
      "packages/cli/src/Command.ts:6 has a statement",
      "packages/cli/src/Command.ts:6 has a statement",
      "packages/cli/src/Command.ts:1 imports effect/sql"
    ])
  })
  it("finds an import cycle, through types too, once", () => {
    assert.deepStrictEqual(
      Laws.cycleLaw(sources).map((cycle) => cycle.replaceAll("packages/domain/src/", "")),
      ["One.ts -> Two.ts -> Three.ts -> One.ts"]
    )
  })
})
