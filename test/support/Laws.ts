import { posix } from "node:path"
import type { Source } from "./SourceTree.ts"

/** The part of a `package.json` that the laws read. */
export interface Manifest {
  /** From the root, e.g. `packages/domain`; empty for the root itself. */
  readonly directory: string
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly exports: unknown
}

/** Each law answers with its violations, one line of text each: none is the law kept. */
export type Violations = ReadonlyArray<string>

/** The layer graph: what each workspace package may import of the others (a package, or one folder of it). */
const MAY_IMPORT: Readonly<Record<string, ReadonlyArray<string>>> = {
  "@rollcall/domain": [],
  "@rollcall/sql": ["@rollcall/domain"],
  "@rollcall/http": ["@rollcall/domain"],
  "@rollcall/delivery": ["@rollcall/domain"],
  "@rollcall/cli": ["@rollcall/domain", "@rollcall/http/api"],
  "@rollcall/app-console": ["@rollcall/http/api"]
}
/** Apps see every package, and no other app. */
const PACKAGES = Object.keys(MAY_IMPORT).filter((name) => !name.startsWith("@rollcall/app-"))
const allowedFor = (name: string): ReadonlyArray<string> =>
  Object.hasOwn(MAY_IMPORT, name) ? (MAY_IMPORT[name] ?? []) : name.startsWith("@rollcall/app-") ? PACKAGES : []

const isWorkspace = (specifier: string) => specifier.startsWith("@rollcall/")
const isRelative = (specifier: string) => specifier.startsWith(".")
const isInside = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
const packageOf = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
const resolve = (source: Source, specifier: string) => posix.join(posix.dirname(source.path), specifier)

const ownerOf = (source: Source, manifests: ReadonlyArray<Manifest>): Manifest | undefined =>
  manifests.find(({ directory }) => directory !== "" && isInside(source.path, directory))

/** The program itself, without tests and scripts. */
export const isProgram = (source: Source): boolean => /^(packages|apps)\/[^/]+\/src\//.test(source.path)
const inDomain = (source: Source) => source.path.startsWith("packages/domain/src/")

/** domain <- sql, http, delivery, cli; http/api <- cli, console; apps see all packages; nothing else. */
export const importLaw = (sources: ReadonlyArray<Source>, manifests: ReadonlyArray<Manifest>): Violations =>
  sources.flatMap((source) => {
    const owner = ownerOf(source, manifests)
    if (owner === undefined) return []
    const allowed = [...allowedFor(owner.name), ...(isProgram(source) ? [] : [owner.name])]
    return source.imports
      .filter(({ specifier }) => isWorkspace(specifier) && !allowed.some((name) => isInside(specifier, name)))
      .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`)
  })

/**
 * Relative imports stay in their package, and the program does not import tests. A test may use `test/support`, and
 * the contracts of ports and the generators that stand in the domain's tests: an adapter proves itself by them.
 */
export const borderLaw = (sources: ReadonlyArray<Source>, manifests: ReadonlyArray<Manifest>): Violations =>
  sources.flatMap((source) => {
    const owner = ownerOf(source, manifests)
    if (owner === undefined) return []
    const homes = isProgram(source)
      ? [`${owner.directory}/src`]
      : [owner.directory, "test/support", "packages/domain/test"]
    return source.imports
      .filter(({ specifier }) => isRelative(specifier))
      .filter(({ specifier }) => !homes.some((home) => isInside(resolve(source, specifier), home)))
      .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`)
  })

/** The program imports only packages that its own `package.json` names; `packages/domain` and `http/api` no `node:`. */
export const declarationLaw = (sources: ReadonlyArray<Source>, manifests: ReadonlyArray<Manifest>): Violations =>
  sources.filter(isProgram).flatMap((source) => {
    const owner = ownerOf(source, manifests)
    const mayUseNode = !inDomain(source) && !source.path.startsWith("packages/http/src/api/")
    const isAllowed = (specifier: string) =>
      isRelative(specifier) ||
      (specifier.startsWith("node:")
        ? mayUseNode
        : owner !== undefined && Object.hasOwn(owner.dependencies, packageOf(specifier)))
    return source.imports
      .filter(({ specifier }) => !isAllowed(specifier))
      .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`)
  })

/** What the manifests name obeys the same graph; the domain depends on `effect` alone; versions are exact. */
export const manifestLaw = (manifests: ReadonlyArray<Manifest>): Violations =>
  manifests.flatMap(({ dependencies, directory, name }) =>
    Object.entries(dependencies).flatMap(([dependency, version]) => {
      const where = `${directory === "" ? "." : directory}/package.json`
      const allowed = allowedFor(name).map(packageOf)
      const outOfGraph = directory !== "" && isWorkspace(dependency) && !allowed.includes(dependency)
      const impure = name === "@rollcall/domain" && dependency !== "effect"
      const loose = version !== "workspace:*" && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)
      return [
        ...(outOfGraph || impure ? [`${where} depends on ${dependency}`] : []),
        ...(loose ? [`${where} leaves the version of ${dependency} open: ${version}`] : [])
      ]
    })
  )

/** A package shows its modules one by one. */
export const exportsLaw = (manifests: ReadonlyArray<Manifest>): Violations =>
  manifests
    .filter(({ directory }) => directory.startsWith("packages/"))
    .filter(({ exports }) => JSON.stringify(exports) !== '{"./*":"./src/*.ts"}')
    .map(({ directory }) => `${directory}/package.json exports something else than its modules`)

/** The parts of Effect that describe and do not act: `effect/crypto` names services, whose layers live with the platform. */
const PURE = new Set(["effect", "effect/crypto", "effect/encoding"])

/** The domain imports `effect`, and no part of it that talks to the world. */
export const domainImportLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources
    .filter(inDomain)
    .flatMap((source) =>
      source.imports
        .filter(({ specifier }) => !PURE.has(specifier) && !isRelative(specifier))
        .map(({ line, specifier }) => `${source.path}:${line} imports ${specifier}`)
    )

/** Time, chance and surroundings reach the domain as arguments and services. */
export const purityLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources
    .filter(inDomain)
    .flatMap(({ impurities, path }) => impurities.map(({ line, what }) => `${path}:${line} uses ${what}`))

/** No file exists only to hand on others. */
export const barrelLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources.filter((source) => /(^|\/)index\.tsx?$/.test(source.path) || source.onlyReexports).map(({ path }) => path)

/** A file is named for the thing in it. */
export const nameLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources
    .map(({ path }) => path)
    .filter((path) =>
      /^(utils?|helpers?|common|types?|misc|shared|constants?|lib)$/i.test(posix.basename(path).split(".")[0] ?? "")
    )

const MOST_LINES = 400
/** Files that may be longer, each with its reason. */
const LONGER: Readonly<Record<string, string>> = {}

/** A file of the program has at most 400 lines. */
export const lengthLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources
    .filter((source) => isProgram(source) && source.lines > MOST_LINES && !Object.hasOwn(LONGER, source.path))
    .map(({ lines, path }) => `${path} has ${lines} lines`)

/** SQL, and the drivers that run it, live in `packages/sql`. */
export const sqlLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources
    .filter((source) => isProgram(source) && !source.path.startsWith("packages/sql/"))
    .flatMap(({ imports, path, statements }) => [
      ...statements.map((line) => `${path}:${line} has a statement`),
      ...imports
        .filter(({ specifier }) => /^(effect\/sql|@effect\/sql-pg|@electric-sql\/pglite|pg)(\/|$)/.test(specifier))
        .map(({ line, specifier }) => `${path}:${line} imports ${specifier}`)
    ])

/** Relative imports name a file with its ending. */
export const endingLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources.flatMap(({ imports, path }) =>
    imports
      .filter(({ specifier }) => isRelative(specifier) && !/\.(tsx?|css|json|svg)$/.test(specifier))
      .map(({ line, specifier }) => `${path}:${line} imports ${specifier}`)
  )

/** The checkers are obeyed, not silenced. */
export const silenceLaw = (sources: ReadonlyArray<Source>): Violations =>
  sources.filter(isProgram).flatMap(({ path, text }) =>
    text
      .split("\n")
      .map((line, index) => ({ line, at: index + 1 }))
      .filter(({ line }) => /@ts-(ignore|nocheck|expect-error)|biome-ignore|eslint-disable/.test(line))
      .map(({ at }) => `${path}:${at}`)
  )

/** Inside a package no file imports itself by way of others, types included. One line a cycle. */
export const cycleLaw = (sources: ReadonlyArray<Source>): Violations => {
  const bySource = new Map(sources.map((source) => [source.path, source]))
  const neighbours = (path: string): ReadonlyArray<string> => {
    const source = bySource.get(path)
    if (source === undefined) return []
    const relatives = source.imports.filter(({ specifier }) => isRelative(specifier))
    return [...new Set(relatives.map(({ specifier }) => resolve(source, specifier)))].filter((to) => bySource.has(to))
  }
  const finished = new Set<string>()
  const violations: Array<string> = []
  const walk = (path: string, trail: ReadonlyArray<string>): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      violations.push([...trail.slice(start), path].join(" -> "))
      return
    }
    if (finished.has(path)) return
    for (const next of neighbours(path)) walk(next, [...trail, path])
    finished.add(path)
  }
  for (const path of bySource.keys()) walk(path, [])
  return violations
}
