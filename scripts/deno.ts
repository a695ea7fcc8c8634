import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * Type-checks `packages/domain` with Deno and runs its rules there, without permissions: no network, files or environment.
 *
 * Deno comes with an optional dependency that exists for Linux on x64. Elsewhere this says that it skips; with `CI` set in
 * the environment a missing Deno is a failure.
 */
const ROOT = fileURLToPath(new URL("../", import.meta.url))
const DOMAIN = join(ROOT, "packages/domain")

const findDeno = (): string | undefined => {
  try {
    const manifest = createRequire(import.meta.url).resolve("@deno/linux-x64-glibc/package.json")
    const binary = join(manifest, "..", "deno")
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

const runDeno = (deno: string, args: ReadonlyArray<string>): number => {
  const env = {
    PATH: process.env.PATH,
    NO_COLOR: "1",
    DENO_DIR: join(ROOT, "node_modules/.cache/deno"),
    DENO_NO_UPDATE_CHECK: "1"
  }
  const { error, signal, status } = spawnSync(deno, args, { cwd: DOMAIN, env, stdio: "inherit" })
  if (error !== undefined) throw error
  if (signal !== null) console.error(`deno ${args[0]} was ended by ${signal}`)
  return status ?? 1
}

const main = (): number => {
  const deno = findDeno()
  if (deno === undefined) {
    const where = `${process.platform}-${process.arch}`
    console.error(`NOTICE: no Deno for this machine (${where}): the domain was NOT checked on Deno`)
    return process.env.CI === undefined ? 0 : 1
  }
  const offline = ["--no-remote", "--cached-only"]
  const checked = runDeno(deno, ["check", "--quiet", "--no-remote", "src", "test/deno"])
  return checked === 0
    ? runDeno(deno, ["test", ...offline, "--no-check", "--no-prompt", "--deny-net", "test/deno"])
    : checked
}

process.exitCode = main()
