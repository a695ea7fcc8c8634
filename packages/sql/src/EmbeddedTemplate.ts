import { openAsBlob, readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Schema } from "effect"

const Manifest = Schema.fromJsonString(
  Schema.Struct({ dependencies: Schema.Struct({ "@electric-sql/pglite": Schema.String }) })
)

/**
 * The files of an empty embedded database, as the version in use makes them: making them takes seconds of computing,
 * copying them a tenth of that. They are kept beside what was installed, where nobody else can put others.
 */
export const templatePath = (): string => {
  const manifest = readFileSync(join(import.meta.dirname, "../package.json"), "utf8")
  const version = Schema.decodeSync(Manifest)(manifest).dependencies["@electric-sql/pglite"]
  return join(import.meta.dirname, "../../../node_modules/.cache/rollcall", `embedded-${version}.tar`)
}

/** The template; undefined where none was kept yet. */
export const findTemplate = async (path: string): Promise<Blob | undefined> => {
  try {
    return await openAsBlob(path)
  } catch {
    return undefined
  }
}

/** Keeps a template for the next; whole or not at all, and where it cannot be kept nothing depends on it. */
export const keepTemplate = async (path: string, files: Blob): Promise<void> => {
  const draft = `${path}.${process.pid}`
  try {
    await mkdir(join(path, ".."), { recursive: true })
    await writeFile(draft, files.stream())
    await rename(draft, path)
  } catch {
    await rm(draft, { force: true }).catch(() => undefined)
  }
}

/** Takes away a template from which no database came. */
export const dropTemplate = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined)
