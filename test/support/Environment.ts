import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url))

// What the program reads (DESIGN: environment) must come from the test alone, and it must not learn that a test started it.
const OWN = new Set([
  ...["PORT", "HOST", "DATABASE_URL", "DATA_DIR", "BASE_DOMAIN", "PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "LOG_LEVEL"],
  ...["OTEL_EXPORTER_OTLP_ENDPOINT", "NODE_ENV", "NODE_OPTIONS", "INIT_CWD", "TEST", "DEV", "PROD", "MODE", "SSR"]
])
const isOurs = (name: string) => OWN.has(name) || /^(npm_(?!config_)|pnpm_|VITEST|VITE_|ESBK|TINYPOOL)/i.test(name)

/** The environment of this process without anything that would configure Rollcall, plus `settings`. */
export const cleanEnvironment = (settings: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const clean: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !isOurs(name)) clean[name] = value
  }
  // Programs are started by the hundred: what Node made of their files is kept for the next.
  return { ...clean, NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/compile"), ...settings }
}

/** The same for a command that somebody types in a terminal: without the directories that a running script put in the path. */
export const terminalEnvironment = (settings: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const clean = cleanEnvironment(settings)
  const path = (clean.PATH ?? "").split(":").filter((directory) => !directory.includes("node_modules"))
  return { ...clean, PATH: path.join(":") }
}
