import { spawn } from "node:child_process"
import { cleanEnvironment, ROOT, terminalEnvironment } from "./Environment.ts"

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** `readme`: `npx -y pnpm@12 -s rollcall …`; `node` (default): the same program without the package manager. */
  readonly command?: "readme" | "node"
  /** What the program reads from its standard input; default nothing. */
  readonly stdin?: string
}

export interface NewOrganization {
  readonly subdomain: string
  readonly name?: string
  readonly preset?: "product" | "rfc"
  /** Default true. */
  readonly scim?: boolean
}

export interface CreatedOrganization {
  readonly subdomain: string
  readonly scimBaseUrl: string
  readonly scimToken: string
  readonly apiKey: string
}

/** Runs the `rollcall` program to its end; a code other than 0 is an answer, not an error. */
export const rollcall = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  options: CommandOptions = {}
): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const readme = options.command === "readme"
    const program = readme ? ["npx", "-y", "pnpm@12", "-s", "rollcall"] : [process.execPath, "apps/cli/src/main.ts"]
    const [command = "", ...first] = program
    const child = spawn(command, [...first, ...args], {
      cwd: ROOT,
      env: readme ? terminalEnvironment(env) : cleanEnvironment(env),
      stdio: ["pipe", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.once("error", reject)
    child.once("close", (code) => resolve({ code: code ?? -1, stdout, stderr }))
    // A program that ends without reading breaks the pipe; its answer still counts.
    child.stdin.on("error", () => undefined)
    child.stdin.end(options.stdin ?? "")
  })

const isCreatedOrganization = (value: unknown): value is CreatedOrganization =>
  typeof value === "object" &&
  value !== null &&
  ["subdomain", "scimBaseUrl", "scimToken", "apiKey"].every(
    (key) => Object.hasOwn(value, key) && typeof Reflect.get(value, key) === "string"
  )

/** What is typed to make an organisation. */
export const creationArguments = (organization: NewOrganization): ReadonlyArray<string> => {
  const { name = organization.subdomain, preset, scim = true, subdomain } = organization
  const presetFlag = preset === undefined ? [] : ["--preset", preset]
  return ["org", "create", subdomain, "--name", name, ...presetFlag, ...(scim ? ["--scim"] : []), "--json"]
}

/** What was made, where the program says that it was. */
export const creationResult = (args: ReadonlyArray<string>, result: CommandResult): CreatedOrganization => {
  const { code, stderr, stdout } = result
  if (code !== 0) throw new Error(`rollcall ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`)
  const printed: unknown = JSON.parse(stdout)
  if (!isCreatedOrganization(printed)) throw new Error(`rollcall ${args.join(" ")} printed something else:\n${stdout}`)
  return printed
}

/**
 * Makes an organisation with `rollcall org create … --json`, on the database that `env` names, in a process of its own;
 * RollcallHere.ts does it without one.
 *
 * `scimBaseUrl` is what the program prints; tests usually talk to their server's own address instead.
 */
export const createOrganization = async (
  env: Readonly<Record<string, string>>,
  organization: NewOrganization,
  options: CommandOptions = {}
): Promise<CreatedOrganization> => {
  const args = creationArguments(organization)
  return creationResult(args, await rollcall(args, env, options))
}
